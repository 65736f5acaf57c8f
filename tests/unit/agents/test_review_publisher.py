"""The review's publisher: one review, summary and check run for a head, whatever crashes, and nothing for others."""

import json

import pytest

from functions.agents.code_review.manifest import MANIFEST as MANAGER
from functions.agents.review_publisher.agent import ASKED
from functions.providers.github.sandbox.account import HELLO
from hookline.testing.kit import event, wake

FILES = {"a.py": {"text": "import os\nprint(undefined)\n"}}
FOUND = ["undefined-name", "a.py", 2, "RIGHT", "high", "`undefined` is not defined.", "It raises."]
CHECK = "Code review"
EFFECTS = ("github.review.create", "github.summary.put", "github.check.create")


class Publisher:
    """The publisher's kit with a pull request at the sandbox."""

    def __init__(self, kit) -> None:
        self.kit = kit("review_publisher")
        self.control("commits", branch="work", files=FILES)
        made = self.control("pulls", branch="work")
        self.number, self.head = made["number"], made["head"]

    def control(self, path, **given):
        return json.loads(self.kit.sandbox("github").control("POST", path, json.dumps(given).encode()).body)

    def state(self):
        return json.loads(self.kit.sandbox("github").control("GET", "state", b"").body)

    def wake(self, *found, state="merged", head=""):
        answers = {name: {"worst": "none", "findings": []} for name in ASKED}
        answers["lint_reviewer"] = {"worst": "high", "findings": list(found)}
        entities = [f"github:pull_request/{HELLO}/{self.number}", f"github:commit/{HELLO}/{head or self.head}"]
        result = {"merged": {}, "answers": answers, "conflicts": []}
        ended = event("workflow.ended", manager="code_review", state=state, result=result, entities=entities)
        return self.kit.wake(ended)

    @property
    def written(self):
        """How many reviews, comments on lines, summaries and check runs there are."""
        return [len(self.state()[kind]) for kind in ("reviews", "line_comments", "comments", "checks")]


@pytest.fixture
def publisher(kit):
    return Publisher(kit)


def test_the_members_of_the_review_are_the_reviewers_that_are_asked():
    """The publisher names each that did not answer."""
    assert sorted(MANAGER.workflow.members) == sorted(ASKED)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_crash_around_each_effect_writes_one_of_each(publisher, effect):
    """The next try finds what the one before did, by the ledger's key."""
    publisher.kit.crash(after=effect)
    assert publisher.wake(FOUND).status == "handled"
    assert publisher.written == [1, 1, 1, 1]
    assert publisher.wake(FOUND).outcomes[0].why == "the head is reviewed already"
    assert publisher.written == [1, 1, 1, 1]


def test_the_check_run_has_the_ledgers_key_as_its_external_id(publisher):
    publisher.wake(FOUND)
    (check,) = publisher.state()["checks"]
    assert (check["name"], check["conclusion"], len(check["external_id"])) == (CHECK, "neutral", 64)


@pytest.mark.parametrize("left", [False, True])
def test_a_review_that_is_refused_is_written_with_its_comments_in_its_text(publisher, left):
    """422 names no comment, and may leave an empty review behind: it is completed, not written again."""
    publisher.control("settings", refuse_reviews=1, leave_empty=left)
    assert publisher.wake(FOUND).status == "handled"
    (review,) = publisher.state()["reviews"]
    assert "`a.py`, line 2" in review["body"]
    assert publisher.written == [1, 0, 1, 1]


@pytest.mark.parametrize("state", ["superseded", "cancelled"])
def test_a_run_that_was_superseded_or_cancelled_publishes_nothing(publisher, state):
    result = publisher.wake(FOUND, state=state)
    assert (result.status, result.reads, publisher.written) == ("handled", (), [0, 0, 0, 0])


def test_nothing_is_written_about_an_older_head_or_a_closed_pull_request(publisher):
    publisher.control("commits", branch="work", files={"b.py": {"text": "x = 1\n"}})
    assert publisher.wake(FOUND).outcomes[0].why == "the pull request has a newer head"
    publisher.control(f"pulls/{publisher.number}", action="close")
    assert publisher.wake(FOUND).outcomes[0].why == "the pull request is closed"
    assert publisher.written == [0, 0, 0, 0]


def test_a_clean_head_updates_the_summary_of_an_earlier_one(publisher):
    """Otherwise it would say what is not so any more."""
    publisher.wake(FOUND)
    pushed = publisher.control("commits", branch="work", files={"a.py": {"text": "print(1)\n"}})
    publisher.wake(head=pushed["sha"])
    (summary,) = publisher.state()["comments"]
    assert summary["body"].startswith("No findings. This is no approval.")
    assert publisher.written == [1, 1, 1, 2]


def test_a_run_that_nobody_answered_says_so(publisher):
    """It is no green review."""
    result = publisher.kit.wake(
        event(
            "workflow.ended",
            manager="code_review",
            state="handed_to_person",
            result={"answers": {}},
            entities=[f"github:pull_request/{HELLO}/{publisher.number}", f"github:commit/{HELLO}/{publisher.head}"],
        )
    )
    (check,) = publisher.state()["checks"]
    assert (result.status, check["conclusion"]) == ("handled", "neutral")
    assert check["output"]["title"] == "No reviewer answered."


def test_an_event_that_names_two_pull_requests_is_refused():
    entities = ["github:pull_request/1/2", "github:pull_request/1/3", f"github:commit/1/{'a' * 40}"]
    ended = event("workflow.ended", manager="code_review", state="merged", result={}, entities=entities)
    assert "names no pull request" in wake("review_publisher", ended).reason
