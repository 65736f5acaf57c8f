"""`hookline reviews`: what an operator sees, and what they send to decide."""

import io
import json
from types import SimpleNamespace

import pytest
from botocore.credentials import Credentials
from click.testing import CliRunner

from functions.core.action import Action
from functions.services.review_desk import proof
from functions.services.review_desk.opening import opened
from functions.services.review_desk.review import Voter, deny
from functions.services.review_desk.reviews import Reviews
from functions.services.review_desk.shown import shown
from hookline.commands.output import plain
from hookline.commands.reviews import reviews
from hookline.errors import OperatorError


class Desk:
    """A Lambda client behind which a review desk answers what it is told to."""

    def __init__(self):
        self.asked, self.answer, self.failed = [], {}, False

    def invoke(self, FunctionName, Payload):
        self.asked.append((FunctionName, json.loads(Payload)))
        answer = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return {**answer, "FunctionError": "Unhandled"} if self.failed else answer


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def store(dynamodb, table, monkeypatch, desk):
    """The reviews of the account that the command works in."""
    monkeypatch.setattr("infra.naming.REVIEWS_TABLE", table("reviews"))
    sts = SimpleNamespace(meta=SimpleNamespace(endpoint_url="https://sts.example", region_name="us-east-1"))
    clients = {"dynamodb": dynamodb, "lambda": desk, "sts": sts}
    where = SimpleNamespace(client=clients.__getitem__, credentials=lambda: Credentials("AKIDEXAMPLE", "made-up"))
    monkeypatch.setattr("hookline.account.account", lambda aws: where)
    return Reviews(dynamodb, "reviews")


@pytest.fixture
def review(store, make_question, grant_key, clock):
    return store.open(opened(make_question(), [grant_key], clock.now))


@pytest.fixture
def run():
    """Runs the command; an OperatorError comes through, as `main` prints it."""

    def command(*words, typed=""):
        return CliRunner().invoke(reviews, words, input=typed, catch_exceptions=False).output

    return command


def test_the_list_is_of_those_that_wait(run, store, review, clock):
    """With --all, of the others too."""
    assert review.id in run() and "Zulässig?" in run() and run().endswith("\n1 review\n")
    store.change(review.id, lambda now: deny(now, Voter("ada", ("ada",)), "", clock.now))
    assert "decided" in run()
    from dataclasses import replace

    store.change(review.id, lambda now: replace(now, published=True))
    assert run() == "no review waits\n"
    assert "denied" in run("--all")


def test_showing_a_review_sets_the_agents_words_apart(run, review):
    """What it meets is the connector's word."""
    facts, _, said = run("show", review.id).partition("Agent fraud says:")
    assert '{"open": true}' in facts and "review.approve" in facts and "people-close-reviews" in facts
    assert "Zulässig?" not in facts and "Zulässig?" in said and "0.81" in said


@pytest.mark.parametrize("do", ["approve", "deny"])
def test_deciding_sends_what_was_shown_and_who_decides(run, desk, review, do):
    """The desk learns the latter from STS."""
    desk.answer = {"review": {**shown(review), "decision": {"result": do, "by": ["ada"]}}}
    assert f"{do} by ada" in run(do, review.id, "--note", "fine", "--yes")
    ((function, sent),) = desk.asked
    action = Action("stripe", "review.approve", {"review": "prv_Example"})
    assert function == "hookline-review-desk:decisions"
    proven = sent.pop("proof")
    digests = {"action": action.digest, "state": review.state_digest}
    assert sent == {"review": review.id, "do": do, "note": "fine", **digests}
    assert set(proven) == {"authorization", "x-amz-date"}
    assert f"content-type;host;x-amz-date;{proof.DECISION}" in proven["authorization"]


def test_nothing_is_sent_before_the_operator_says_yes(run, desk, review):
    """They see it first."""
    with pytest.raises(OperatorError, match="nothing was decided"):
        run("approve", review.id, typed="n\n")
    assert desk.asked == []


def test_the_first_of_two_is_told_that_another_must_approve(run, desk, review):
    """In one line."""
    desk.answer = {"review": {**shown(review), "approved_by": ["ada"], "needed": 2}}
    assert "1 of 2 have approved" in run("approve", review.id, "--yes")


def test_a_link_is_printed(run, desk, review):
    """For somebody with a name."""
    desk.answer = {"link": "https://reviews.example/reviews/token"}
    assert run("link", review.id, "--for", "eve") == "https://reviews.example/reviews/token\n"
    assert (desk.asked[0][1]["do"], desk.asked[0][1]["for"]) == ("link", "eve")


@pytest.mark.parametrize(
    ("answer", "failed", "words"),
    [
        ({"refused": "review x was denied by bob at noon"}, False, "was denied by bob at noon"),
        ({"failed": "the bus refused"}, False, "tells whether it counts"),
        ({"errorMessage": "out of memory"}, True, "the review desk failed: out of memory"),
    ],
)
def test_a_decision_that_does_not_count_is_one_clear_line(run, desk, review, answer, failed, words):
    """Never a traceback."""
    desk.answer, desk.failed = answer, failed
    with pytest.raises(OperatorError, match=words) as error:
        run("approve", review.id, "--yes")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("id", ["0" * 12, "no-id", ""])
def test_a_review_that_is_not_there_is_one_clear_line(run, store, id):
    """It tells where to look."""
    with pytest.raises(OperatorError, match="'hookline reviews' lists them"):
        run("show", id)


def test_text_from_outside_cannot_move_the_cursor_or_turn_the_line_around(run, store, make_question, grant_key, clock):
    """Else a review could show another action than it is about."""
    evil = "fine\x1b[2A\x1b[2Kaction refund\u202e\u2028"
    assert plain(evil) == "fine\\x1b[2A\\x1b[2Kaction refund\\u202e\\u2028"
    question = make_question(question=evil, why=evil, evidence={evil: evil})
    review = store.open(opened(question, [grant_key], clock.now))
    for output in (run(), run("show", review.id)):
        assert not {"\x1b", "\u202e", "\u2028"} & set(output)
