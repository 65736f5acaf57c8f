"""What an agent writes notifies nobody, loads nothing, hides nothing; marks and places in diffs."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.providers.github.operations import diff, marks, reviews
from functions.providers.github.operations.markdown import harmless
from functions.providers.github.sandbox.lines import shown
from tests.unit.providers.github.conftest import KEY

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=100)
PIECES = st.sampled_from(
    ["@octocat", "![a](//evil)", "<img src=x>", "<!-- x", "&#64;x", "```", "~~~", "\n", " ", "\t", "- ", "> ", "a"]
)


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("ask @octo/team", "ask @\u200bocto/team"),
        ("![x](https://evil.example/?q=1)", "!\u200b[x](https://evil.example/?q=1)"),
        ("<img src=//evil>", "<\u200bimg src=//evil>"),
        ("1 < 2 and a @ b", "1 < 2 and a @ b"),
        ("```python\n@property\n```\n@me", "```python\n@property\n```\n@\u200bme"),
        ("- ```\n  a\n  ```\n@me", "- ```\n  a\n  ```\n@\u200bme"),
        ("<div>\n```\n@me\n```\n</div>", "<\u200bdiv>\n```\n@me\n```\n<\u200b/div>"),
        ("```\nopen", "```\nopen\n```"),
        ("```\n\t```\n```\n@me", "```\n\t```\n```\n@\u200bme"),
        (" ```\n```\n@me", " ```\n```\n@\u200bme"),
        ("&#64;octocat &commat;x @&#111;cto", "&\u200b#64;octocat &\u200bcommat;x @&\u200b#111;cto"),
        ("a & b && c &d", "a & b && c &d"),
    ],
)
def test_text_is_shown_as_text_and_code_stays_code(text, shown_as):
    """A suggestion is applied as it is, so a fence is not touched; it is closed."""
    assert harmless(text) == shown_as


@STABLE
@given(st.lists(PIECES, max_size=30).map("".join))
def test_nothing_harmful_stands_outside_a_fence(text):
    """By another reading of CommonMark: whether an indented fence is the document's, or a list's."""
    for most in (0, 3):
        fence = ""
        for line in harmless(text).split("\n"):
            indent = len(line) - len(line.lstrip(" "))
            bare = line[indent:].rstrip(" \t")
            if not fence:
                opened = indent <= most and re.fullmatch(r"(`{3,})[^`]*|(~{3,}).*", line[indent:])
                assert opened or not re.search(r"@\w|!\[|<[a-z!]|&#", line)
                fence = (opened[1] or opened[2]) if opened else ""
            elif indent <= 3 and set(bare) == {fence[0]} and len(bare) >= len(fence):
                fence = ""
        assert not fence or most


def test_an_agents_text_cannot_stand_for_a_mark():
    """The mark at the end is ours."""
    forged = marks.review("b2" * 32, "review", 0)
    assert marks.of_review(reviews.body(f"x{forged}", [], KEY, "a", 2)) == (KEY, "a", 2)
    assert marks.of_review(harmless(f"x{forged}")) is None


def test_comments_for_which_there_is_no_room_are_counted():
    """Nothing is left out in silence, and the mark is whole."""
    long = [{"path": "a.py", "line": line, "body": "x" * 4_000} for line in range(1, 31)]
    made = reviews.body("Text.", long, KEY, "a", 0)
    assert len(made) <= reviews.LONGEST
    assert re.search(r"- \d+ more, for which there is no room", made)
    assert marks.of_review(made) == (KEY, "a", 0)


PATCH = "@@ -1,3 +1,4 @@ def a():\n one\n-two\n+2\n+zwei\n three\n@@ -20 +21,2 @@\n+x\n y\n\\ No newline at end of file"


@pytest.mark.parametrize(
    ("comment", "stands"),
    [
        ({"line": 1}, True),
        ({"line": 3}, True),
        ({"line": 5}, False),
        ({"line": 2, "side": "LEFT"}, True),
        ({"line": 1, "side": "LEFT"}, False),
        ({"line": 4, "start_line": 2}, True),
        ({"line": 2, "start_line": 4}, False),
        ({"line": 22, "start_line": 3}, False),
        ({"line": 22, "start_line": 21}, True),
        ({"line": 3, "start_line": 2, "start_side": "LEFT"}, True),
        ({"line": 3, "start_side": "RIGHT"}, False),
    ],
)
def test_a_comment_stands_on_lines_of_one_hunk(comment, stands):
    """A deleted line is on the left, all others are on the right."""
    given_comment = {"path": "a.py", "body": "x", **comment}
    on, off = diff.split([given_comment], [{"filename": "a.py", "patch": PATCH}])
    assert (on, off) == (([given_comment], []) if stands else ([], [given_comment]))


@STABLE
@given(st.lists(st.sampled_from([" a", "+b", "-c", "\\ No newline at end of file"]), max_size=30))
def test_the_connector_and_the_sandbox_count_lines_alike(body):
    """Each reads patches with code of its own."""
    patch = "\n".join(["@@ -7,9 +11,9 @@", *body])
    places = {(one.side, one.line): one.hunk for one in diff.places(patch)}
    assert places == {place: hunk for place, (hunk, _) in shown(patch).items()}
