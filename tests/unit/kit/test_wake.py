"""The testing kit: one wake of an agent through the real runtime, gate and verifier."""

import json

import pytest

from functions.api.agent import AgentManifest, Done, Emit, Subscription
from hookline.operator.errors import OperatorError
from hookline.testing.kit import Kit, delivery, error, event, in_turn, wake
from hookline.testing.kit.events import entities_of, published
from hookline.testing.kit.kit import GRANT_KEY, START
from tests.local.projects.parity.cases import BOUND, CASES

LISTENS = AgentManifest("listens", "tests", "tests", [Subscription("payment.held", ["agent.other"])])
CHARGE = {"id": "ch_3PExample", "amount": 4200, "currency": "usd", "created": 1790000000, "paid": True}
APPROVES = {"stripe.charge.retrieve": CHARGE, "stripe.review.approve": {"open": False, "reason": "approved"}}


def test_a_wake_returns_outcomes_events_effects_and_records():
    result = wake("fraud", event("payment.succeeded"), answers=APPROVES)
    assert (result.status, result.tries, result.denials) == ("handled", 1, ())
    data = {"charge": "ch_3PExample", "score": 0.0, "review_closed": True}
    assert result.outcomes == (Emit("payment.approved", data, why="score 0.0 (no signal), held from 0.5"),)
    assert [(one.type, one.data, one.causationid) for one in result.published] == [
        ("payment.approved", data, result.event.id)
    ]
    (effect,) = result.effects
    assert (effect.operation, effect.entity) == ("stripe.review.approve", "stripe:review/prv_Example")
    assert (effect.arguments, effect.times) == ({"review": "prv_Example"}, 1)
    assert result.budget_used == 1.0
    assert "agent.fraud published payment.approved" in result.steps("published")
    assert any("put_events" in call for call in result.calls)


@pytest.mark.parametrize("title", CASES)
def test_the_real_gate_and_runtime_refuse_what_is_refused(title):
    messages, refusal = CASES[title]
    changed = delivery("github", "pull_request_opened__ordinary", set={"pull_request.title": f"{title} 1"})
    result = wake("prober", changed, destinations=BOUND)
    assert sum(one.times for one in result.effects) == messages
    assert [one.kind for one in result.denials] == ([refusal] if refusal else [])
    assert result.status == ("dead-lettered" if refusal else "handled")
    assert not refusal or result.reason.startswith(f"{refusal}: {result.denials[0].reason}")


def test_an_unbound_destination_is_denied():
    result = wake("prober", event("change.proposed", title="post 1"), destinations={"alerts": ""})
    assert [one.reason for one in result.denials] == ["destination alerts is not bound"]
    assert result.effects == ()


def test_a_provider_without_answers_is_played_by_its_sandbox(kit):
    prober = kit("prober")
    prober.wake(event("change.proposed", title="post 1"))
    (message,) = json.loads(prober.sandbox("slack").control("GET", "state", b"").body)["messages"]
    assert message["text"] == "post 1"


def test_an_answer_may_be_a_function_of_the_arguments():
    seen = []
    answer = lambda **arguments: seen.append(arguments) or {"ts": "1.1"}  # noqa: E731 - as a test of a user has it
    result = wake("prober", event("change.proposed", title="post 1"), answers={"slack.message.post": answer})
    assert seen == [{"channel": "C0SANDBOX01", "text": "post 1"}]
    assert result.outcomes == (Done("it was allowed"),)


@pytest.mark.parametrize("what", [503, "timeout", "unreachable"])
def test_an_error_of_a_provider_is_tried_again_by_the_gate(what):
    answers = {**APPROVES, "stripe.charge.retrieve": in_turn(error(what), CHARGE)}
    result = wake("fraud", event("payment.succeeded"), answers=answers)
    assert (result.status, result.types) == ("handled", ["payment.approved"])
    assert result.reads.count("stripe.charge.retrieve(charge='ch_3PExample')") == 2


def test_a_refusal_of_the_provider_is_a_dead_letter_with_its_reason():
    answers = {"stripe.charge.retrieve": error(404, {"error": {"code": "resource_missing"}})}
    result = wake("fraud", event("payment.succeeded"), answers=answers)
    assert result.status == "dead-lettered"
    assert "stripe answered 404: resource_missing" in result.reason


def test_a_provider_that_is_down_leaves_the_event_waiting():
    """The circuit opens; the event waits without using up its tries."""
    result = wake("fraud", event("payment.succeeded"), answers={"stripe.charge.retrieve": error(503)})
    assert (result.status, result.effects) == ("waiting", ())
    assert result.reason


def test_a_copy_of_an_event_does_nothing_more(kit):
    prober = kit("prober")
    first = prober.wake(event("change.proposed", title="post 1"))
    again = prober.wake(first.event)
    assert (again.status, again.tries, again.effects) == ("handled", 0, ())
    assert again.steps("duplicate") == ["agent.prober duplicate change.proposed"]


def test_a_copy_of_a_delivery_wakes_nobody(kit):
    prober, sent = kit("prober"), delivery("github", "pull_request_opened__ordinary")
    assert prober.wake(sent).tries == 1
    again = prober.wake(sent)
    assert (again.status, again.event, again.tries) == ("idle", None, 0)
    assert prober.wake(delivery("github", "pull_request_opened__ordinary", ids="Second")).tries == 1


def test_a_delivery_is_read_by_the_real_verifier():
    result = wake("prober", delivery("github", "pull_request_opened__ordinary"))
    assert result.event.source == "webhook.github"
    assert result.event.raw["type"] == "pull_request.opened"
    assert result.steps()[0] == "webhook.github published change.proposed"


def test_past_events_are_on_the_agents_timelines():
    """The same payment is held if the customer usually pays much less."""
    past = [event("payment.succeeded", charge=f"ch_{n}", amount=100, created=1789990000 - n) for n in range(5)]
    answers = {"stripe.charge.retrieve": CHARGE, "stripe.review.retrieve": {"open": True}}
    result = wake("fraud", event("payment.succeeded"), answers=answers, past=past)
    assert result.types == ["approval.required", "payment.held"]
    assert "amount" in result.outcomes[1].data["reasons"]


def test_past_events_need_no_subscription():
    """They only have to be known to a source of the agent, or to say who published them."""
    refunds = [event("payment.refunded"), event("payment.held", publisher="agent.other", entities=["stripe:charge/1"])]
    assert wake("fraud", event("payment.succeeded"), answers=APPROVES, past=refunds).status == "handled"
    with pytest.raises(OperatorError, match="past: no source of agent fraud publishes change.proposed: say publisher="):
        wake("fraud", event("payment.succeeded"), past=[event("change.proposed")])


def test_an_agents_event_is_one_hop_from_its_delivery():
    """An agent whose budget allows no hop refuses it, as it would live."""
    held = published(event("payment.held", publisher="agent.other"), LISTENS, 1, GRANT_KEY, START)
    assert (held.hops, held.causationid) == (1, held.correlationid)
    assert held.id.startswith("agent.other:payment.held:")


def test_kits_share_nothing(kit):
    one, other = kit("prober"), kit("prober")
    posted = event("change.proposed", title="post 1")
    assert one.wake(posted).event.id == other.wake(posted).event.id
    states = [json.loads(each.sandbox("slack").control("GET", "state", b"").body) for each in (one, other)]
    assert [len(state["messages"]) for state in states] == [1, 1]


def test_an_event_names_the_entities_that_its_source_would_name():
    """Of changed fields too, and none for a field that is null."""
    made = wake("fraud", event("payment.succeeded", charge="ch_9", customer=None), answers=approving("ch_9")).event
    assert made.entities == ["stripe:charge/ch_9", "stripe:review/prv_Example"]
    data = {"repository_id": "1", "number": 2, "head": "abc"}
    assert entities_of("change.proposed", data, "webhook.github") == ["github:pull_request/1/2", "github:commit/1/abc"]
    assert entities_of("lead.captured", {"lead": "51"}, "webhook.hubspot") == ["hubspot:contact@33/51"]
    assert entities_of("payment.held", {"charge": "ch_1"}, "agent.fraud") == []


def test_entities_can_be_given():
    result = wake("fraud", event("payment.succeeded", entities=["stripe:charge/other"]), answers={})
    assert [one.reason for one in result.denials] == ["the grant does not name stripe:charge/ch_3PExample"]


def approving(charge):
    return {**APPROVES, "stripe.charge.retrieve": {**CHARGE, "id": charge}}


@pytest.mark.parametrize("seconds", [60, 7 * 24 * 3600])
def test_time_moves_as_the_test_says(kit, seconds):
    prober = kit("prober")
    before = prober.now
    assert prober.move_time(seconds).status == "idle"
    assert prober.now == before + seconds


def test_a_kit_ends_with_its_answers_used():
    with pytest.raises(OperatorError, match=r"answers that nothing asked for: stripe\.review\.approve; .*charge\.ret"):
        answers = {**APPROVES, "stripe.charge.retrieve": {**CHARGE, "paid": False}}
        wake("fraud", event("payment.succeeded"), answers=answers)


def test_an_error_in_the_agent_is_in_the_result_as_it_was_raised():
    """With its traceback; on AWS only its place is logged."""
    result = wake("prober", event("change.proposed", title="raise 1"))
    assert isinstance(result.raised, KeyError)
    assert result.raised.__traceback__
    assert (result.status, result.tries) == ("dead-lettered", 8)


def test_an_error_in_a_with_block_is_not_hidden_by_unused_answers():
    with pytest.raises(ZeroDivisionError), Kit("fraud", answers=APPROVES):
        raise ZeroDivisionError
