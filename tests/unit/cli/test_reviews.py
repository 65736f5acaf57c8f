"""`hookline reviews`: what an operator sees, and what they send to decide."""

import io
import json
import re
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from botocore.credentials import Credentials
from click.testing import CliRunner
from rich.console import Console

from functions.core.events.event import child_id
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.reviews import proof
from functions.core.reviews.opening import opened
from functions.core.reviews.review import Refused, Voter, approve, deny, expire, review_id
from functions.core.reviews.shown import shown
from functions.core.reviews.store import Reviews
from hookline.cli.commands import reviews as command
from hookline.cli.commands.reviews import reviews
from hookline.operator.errors import OperatorError
from hookline.operator.terminal import plain

QUESTION = "Zulässig, oder soll jemand anrufen?"


class ReviewService:
    """A Lambda client whose review service returns a given answer."""

    def __init__(self):
        self.asked, self.answer, self.failed = [], {}, False

    def invoke(self, FunctionName, Payload):
        self.asked.append((FunctionName, json.loads(Payload)))
        answer = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return {**answer, "FunctionError": "Unhandled"} if self.failed else answer


@pytest.fixture
def service():
    return ReviewService()


@pytest.fixture
def store(dynamodb, table, monkeypatch, service, clock):
    """The reviews of the account that the command works in."""
    monkeypatch.setattr("hookline.cli.commands.reviews.time", clock)
    monkeypatch.setattr("infra.naming.REVIEWS_TABLE", table("reviews"))
    sts = SimpleNamespace(meta=SimpleNamespace(endpoint_url="https://sts.example", region_name="us-east-1"))
    clients = {"dynamodb": dynamodb, "lambda": service, "sts": sts}
    where = SimpleNamespace(client=clients.__getitem__, credentials=lambda: Credentials("AKIDEXAMPLE", "made-up"))
    monkeypatch.setattr("hookline.operator.account.account", lambda aws: where)
    return Reviews(dynamodb, "reviews")


@pytest.fixture
def review(store, make_question, grant_key, clock):
    return store.open(opened(make_question(), [grant_key], clock.now))


@pytest.fixture
def alike(store, make_event, make_question, grant_key, clock):
    """Two reviews whose ids begin with the same four characters; the first asks people to do something themselves."""
    first: dict[str, str] = {}
    for number in range(100_000):
        parent = f"stripe:evt_{number}"
        id = review_id(child_id(parent, "agent.fraud", "approval.required"))
        if (other := first.setdefault(id[:4], parent)) != parent:
            break
    asked = [make_question(make_event(id=event), action=None, proposal="") for event in (other, parent)]
    return [store.open(opened(question, [grant_key], clock.now)) for question in asked]


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
    assert run() == "no review is waiting\n"
    assert "denied" in run("--all")


@pytest.mark.parametrize(
    ("columns", "about", "asked"),
    [
        (75, "stripe:re…", QUESTION),
        (200, "stripe:review/prv_Example", QUESTION),
        (30, None, "Zulässig, oder soll jem…"),
    ],
)
def test_a_row_tells_what_one_needs_to_choose_in_the_width_that_there_is(
    run, store, make_question, make_proposal, grant_key, clock, monkeypatch, columns, about, asked
):
    """Who asks, for how much, since when, on what; the agent's question is on a row that is marked as its words."""
    proposal = make_proposal(entity="stripe:review/prv_Example", amounts={"state": {"amount": "129.00 EUR"}})
    question = make_question(question=QUESTION, proposal=proposal)
    review = store.open(opened(question, [grant_key], clock.now - 120))
    monkeypatch.setattr("hookline.cli.commands.reviews.console", lambda: Console(width=columns))
    heading, row, action, said, count = run().splitlines()
    if about:
        assert heading.split() == ["review", "agent", "amount", "asked", "expires", "approved", "about"]
        assert row == f"{review.id}  fraud  129.00 EUR  2 min ago  in 60 min  0 of 1    {about}"
        assert action == "    stripe review.approve review=prv_Example"
    assert (said, count) == (f"    | {asked}", "1 review")


def test_a_review_without_an_action_is_yours_to_do(run, alike):
    assert run().count("you act yourself") == 2


def test_no_value_of_an_argument_looks_like_another_argument(
    run, store, make_question, make_proposal, grant_key, clock
):
    """Nor does a line end within it."""
    action = Action("stripe", "review.approve", {"review": "x amount=1", "note": "a\nb", "amount": 9900, "to": "cus_1"})
    question = make_question(proposal=make_proposal(action=action), action=asdict(action))
    store.open(opened(question, [grant_key], clock.now))
    assert r'stripe review.approve review="x amount=1" note="a\nb" amount=9900 to=cus_1' in run()


def test_what_is_over_says_so_where_others_say_when_they_expire(run, store, review, clock):
    store.change(review.id, lambda now: deny(now, Voter("ada", ("ada",)), "", clock.now))
    assert f"{review.id}  fraud          just now  decided  0 of 1" in run()


def test_as_data_a_list_and_a_review_are_what_people_are_shown(run, review):
    assert json.loads(run("--json")) == {"reviews": [shown(review)]}
    assert json.loads(run("show", review.id, "--json")) == json.loads(run("--json", "show", review.id)) == shown(review)


def test_the_beginning_of_an_id_is_enough(run, service, review):
    service.answer = {"link": "https://reviews.example/reviews/token"}
    assert review.id in run("show", review.id[:4].upper())
    run("link", review.id[:6], "--for", "eve")
    assert service.asked[0][1]["review"] == review.id


@pytest.mark.parametrize(
    "words", [["show"], ["approve", "--yes"], ["deny", "--yes"], ["link", "--for", "eve"]], ids=" ".join
)
def test_a_beginning_that_several_have_names_them(run, service, alike, words):
    """And nothing is decided."""
    ids = sorted(review.id for review in alike)
    told = f"{ids[0][:4]} is ambiguous, 2 reviews begin with it: {ids[0]} (open, of fraud), {ids[1]} (open, of fraud)"
    with pytest.raises(OperatorError, match=re.escape(told)):
        run(words[0], ids[0][:4], *words[1:])
    assert service.asked == []


@pytest.mark.parametrize("words", [["approve"], ["deny"], ["link", "--for", "eve"]], ids=" ".join)
@pytest.mark.parametrize("how", ["decided", "expired", "late"])
def test_a_closed_review_is_named_before_anything_is_asked(run, service, store, review, clock, words, how):
    """Also where the default is late."""
    if how == "decided":
        store.change(review.id, lambda now: deny(now, Voter("ada", ("ada",)), "", clock.now))
    else:
        clock.now = review.expires
    if how == "expired":
        store.change(review.id, lambda now: expire(now, clock.now))
    said = "was denied by ada at" if how == "decided" else "expired at"
    with pytest.raises(Refused, match=f"review {review.id} {said}"):
        run(words[0], review.id, *words[1:])
    assert service.asked == []


def test_showing_a_review_sets_the_agents_words_apart(run, review):
    """What it meets is the connector's word, and stands before the agent's and after it."""
    facts, _, said = run("show", review.id).partition("Agent fraud says, in its own words:")
    assert "state open    true\n" in facts and "review.approve" in facts and "people-close-reviews" in facts
    assert "Zulässig?" not in facts and "| Zulässig?\n" in said and "| score: 0.81\n" in said
    words, _, last = said.partition("What you decide on:\n")
    assert "review.approve" not in words
    assert last.splitlines()[:3] == [
        "action        stripe review.approve",
        "with review   prv_Example",
        "state open    true",
    ]


def test_an_approved_review_shows_what_became_of_its_action(run, store, review, clock, monkeypatch):
    """The connector's record says it, and "approved" alone does not."""
    store.change(review.id, lambda now: approve(now, Voter("ada", ("ada",)), "known\ncustomer", clock.now))
    record = {
        "identity": "connector.stripe",
        "kind": "failed",
        "seq": 1,
        "at": "2026-09-21T14:15:00.000000Z",
        "action": "stripe:review.approve",
        "review": review.id,
        "decision": "PermanentError",
        "reason": "the provider answered 402:\x1b[2J no",
        "digests": {"arguments": digest({"review": "prv_Example"})},
    }
    monkeypatch.setattr("hookline.operator.trail.Trail.of_correlation", lambda *_: [record])
    shows = run("show", review.id)
    assert "| note: known customer\n" in shows
    assert "decided       approved by ada at" in shows
    assert "outcome       refused at 2026-09-21T14:15:00.000000Z: PermanentError: the provid\n" in shows
    assert "\x1b" not in shows
    assert json.loads(run("show", review.id, "--json"))["outcome"]["is"] == "refused"


def test_an_operator_who_may_not_read_the_trail_sees_the_review_all_the_same(
    run, store, review, clock, monkeypatch, client_error
):
    store.change(review.id, lambda now: approve(now, Voter("ada", ("ada",)), "", clock.now))

    def refuse(*_):
        raise client_error("AccessDeniedException")

    monkeypatch.setattr("hookline.operator.trail.Trail.of_correlation", refuse)
    shows = run("show", review.id)
    assert (
        "decided       approved by ada at" in shows
        and "outcome       the audit trail cannot be read: An error" in shows
    )


@pytest.mark.parametrize("do", ["approve", "deny"])
def test_deciding_sends_what_was_shown_and_who_decides(run, service, review, do):
    """The review service learns the latter from STS."""
    service.answer = {"review": {**shown(review), "decision": {"result": do, "by": ["ada"]}}}
    assert f"{do} by ada" in run(do, review.id, "--note", "fine", "--yes")
    ((function, sent),) = service.asked
    action = Action("stripe", "review.approve", {"review": "prv_Example"})
    assert function == "hookline-reviews:decisions"
    proven = sent.pop("proof")
    digests = {"action": action.digest, "state": review.state_digest}
    assert sent == {"review": review.id, "do": do, "note": "fine", **digests}
    assert set(proven) == {"authorization", "x-amz-date"}
    assert f"content-type;host;x-amz-date;{proof.DECISION}" in proven["authorization"]


def test_nothing_is_sent_before_the_operator_says_yes(run, service, review):
    """They see it first."""
    with pytest.raises(OperatorError, match="nothing was decided"):
        run("approve", review.id, typed="n\n")
    assert service.asked == []


def test_the_first_of_two_sees_that_another_must_approve(run, service, review):
    """In one line."""
    service.answer = {"review": {**shown(review), "approved_by": ["ada"], "needed": 2}}
    assert "1 of 2 have approved" in run("approve", review.id, "--yes")


def test_a_link_is_printed(run, service, review):
    """For somebody with a name."""
    service.answer = {"link": "https://reviews.example/reviews/token"}
    assert run("link", review.id, "--for", "eve") == "https://reviews.example/reviews/token\n"
    assert (service.asked[0][1]["do"], service.asked[0][1]["for"]) == ("link", "eve")


@pytest.mark.parametrize(
    ("answer", "failed", "words"),
    [
        ({"refused": "review x was denied by bob at noon"}, False, "was denied by bob at noon"),
        ({"failed": "the bus refused"}, False, "shows the result"),
        ({"errorMessage": "out of memory"}, True, "the review service failed: out of memory"),
    ],
)
def test_a_decision_that_does_not_count_is_one_clear_line(run, service, review, answer, failed, words):
    """Never a traceback."""
    service.answer, service.failed = answer, failed
    with pytest.raises(OperatorError, match=words) as error:
        run("approve", review.id, "--yes")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("id", ["0" * 12, "0000", "no-id", "0", ""])
def test_a_review_that_is_not_there_is_one_clear_line(run, store, id):
    """The error names where to look."""
    with pytest.raises(OperatorError, match="'hookline reviews' lists them"):
        run("show", id)


def test_text_from_outside_cannot_move_the_cursor_or_turn_the_line_around(run, store, make_question, grant_key, clock):
    """Otherwise a review could show another action than it is about."""
    evil = "fine\x1b[2A\x1b[2Kaction refund\u202e\u2028"
    assert plain(evil) == "fine\\x1b[2A\\x1b[2Kaction refund\\u202e\\u2028"
    question = make_question(question=evil, why=evil, evidence={evil: evil})
    review = store.open(opened(question, [grant_key], clock.now))
    for output in (run(), run("show", review.id)):
        assert not {"\x1b", "\u202e", "\u2028"} & set(output)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"known": True, "why": "", "same": True}, "The state now is as it was:"),
        ({"known": True, "why": "", "same": False}, "The state HAS CHANGED; now:"),
        ({"known": False, "why": "it expired", "same": False}, "the state now is not known: it expired"),
    ],
)
def test_the_state_now_is_printed_beside_that_of_then(capsys, state, said):
    """And never, if it is not known."""
    rows = [{"name": "open", "then": "true", "now": "true" if state["same"] else "false", "same": state["same"]}]
    command._print_now({**state, "rows": rows if state["known"] else []})
    printed = capsys.readouterr().out
    assert said in printed
    assert ("false, was true" in printed) is (state["known"] and not state["same"])
    assert ("open" in printed) is state["known"]
