"""The kit's pytest fixture: what a test gave and never used fails it, unless it failed by itself."""

GIVEN = """
from hookline.testing.kit import event

def test_passes(kit):
    kit("notifier", answers={"slack.message.post": {}})

def test_fails(kit):
    kit("notifier", answers={"slack.message.post": {}})
    assert False
"""


def test_an_unused_answer_fails_a_test_that_passes_and_adds_nothing_to_one_that_fails(pytester):
    pytester.makepyfile(GIVEN)
    run = pytester.runpytest_inprocess("-p", "hookline.testing.pytest_plugin")
    run.assert_outcomes(passed=1, failed=1, errors=1)
    run.stdout.fnmatch_lines(["*answers that nothing asked for: slack.message.post; *performed nothing*"])
