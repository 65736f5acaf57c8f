"""An agent reviews a pull request through the real gate, once whatever crashes, and no other one."""

import json
from pathlib import Path

import pytest

from functions.providers.github.sandbox.account import FIRST_HEAD, FIRST_NUMBER, HELLO
from hookline.testing.kit import Kit, event
from tests.planted import planted

EFFECTS = ("github.review.create", "github.summary.put", "github.check.create")


@pytest.fixture(scope="module", autouse=True)
def _agents():
    with planted(Path(__file__).parent / "agents"):
        yield


def proposed(title="Print the export"):
    return event(
        "change.proposed",
        repository_id=str(HELLO),
        number=FIRST_NUMBER,
        head=FIRST_HEAD,
        title=title,
        fork=True,
        author="mallory",
    )


def state(kit):
    return json.loads(kit.sandbox("github").control("GET", "state", b"").body)


def test_an_agent_reviews_a_pull_request_at_the_sandbox():
    """Each effect is performed once, with the requests that it takes."""
    kit = Kit("reviewing")
    result = kit.wake(proposed())
    assert (result.status, result.denials) == ("handled", ())
    assert [(one.operation, one.times) for one in result.effects] == [(name, 1) for name in EFFECTS]
    assert [len(state(kit)[kind]) for kind in ("reviews", "comments", "checks")] == [1, 1, 1]


def test_a_crash_after_each_effect_leaves_one_of_each():
    """The next try finds what the one before did, by the ledger's key."""
    for operation in EFFECTS:
        with Kit("reviewing") as kit:
            kit.crash(after=operation)
            assert kit.wake(proposed()).status == "handled"
            assert [len(state(kit)[kind]) for kind in ("reviews", "comments", "checks")] == [1, 1, 1]


def test_a_pull_request_that_the_event_does_not_name_is_denied():
    """Whatever a fork's author writes: the event is the permission."""
    kit = Kit("reviewing")
    result = kit.wake(proposed("another"))
    assert result.status == "dead-lettered"
    assert [one.kind for one in result.denials] == ["Denied"]
    assert state(kit)["reviews"] == []
