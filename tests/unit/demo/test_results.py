"""What became of a delivery, and the figures of a run."""

from collections.abc import Iterator

import pytest

from hookline.demo.flow import Delivery, Evidence, Flow, Run
from hookline.demo.handled import Subscribers
from hookline.demo.results import Result, count, questions, result
from hookline.demo.watch import Sent
from hookline.operator.send import Posted
from tests.unit.demo.records import FRAUD, QUESTION, ROOT, accepted, decided, held, published, record

FLOW = Flow("a flow", ["fraud"], lambda run: [], outcomes={"stripe:review.approve": "held", "payment.approved": "ok"})
BASE = Result("payments", "An act", "stripe", "evt_1")
SINCE = 1790_000_000.0
APPROVED = [
    *accepted(),
    *decided("bookkeeper"),
    *decided(action="payment.approved", decision="Emit"),
    record("connector.stripe", "effected", action="stripe:review.approve", resource="r", digests={"effect": "k1"}),
    *published("fraud", "agent.fraud:payment.approved:1", "payment.approved"),
]


def became(records, handled=True, flow=FLOW):
    return result(flow, BASE, records, [ROOT], SINCE, handled)


def test_the_outcome_is_the_flows_word_for_the_decision_of_the_agent_that_made_it():
    """An own agent that decides first does not change it."""
    one = became(APPROVED)
    assert (one.outcome, one.agent, one.event) == ("ok", "fraud", "payment.succeeded")
    assert one.effects == ["stripe:review.approve r"]
    assert one.latency_ms < one.effect_ms


def test_every_agent_of_a_tree_and_of_its_announcements_takes_part():
    told = [record("agent.notifier", "received", "review.service:r:1", correlation="review.service:r:1")]
    one = became([*held(), *told])
    assert (one.agents, one.failing, one.outcome) == (["fraud", "notifier"], ["notifier"], "held")


def test_the_first_outcome_that_the_flow_declares_counts():
    both = [*accepted(), *decided(action="payment.approved"), *decided(action="stripe:review.approve")]
    assert became(both).outcome == "held"


def test_an_outcome_without_a_word_is_the_action_itself():
    assert became(APPROVED, flow=Flow("a flow", [], lambda run: [])).outcome == "done"


@pytest.mark.parametrize(("handled", "outcome"), [(False, "lost"), (True, "no agent")])
def test_a_delivery_without_a_decision_is_lost_unless_no_agent_subscribes(handled, outcome):
    assert became(accepted(), handled).outcome == outcome


def test_an_announcements_effect_is_not_one_of_the_delivery():
    posted = record("connector.slack", "effected", "review.service:r:1", correlation="review.service:r:1")
    assert became([*held(), posted]).effects == []


def test_the_questions_of_a_tree_are_its_events_that_ask_for_approval():
    assert questions(held()) == [QUESTION]
    assert questions(APPROVED) == []


def sent(event, status=200, word="", body="b"):
    return Sent(Delivery("a story", "stripe", "{}"), Posted(status, word, SINCE), (event,), body)


def figures(sent, received, trees, flow=FLOW, sandbox=None):
    evidence = Evidence(Run("ab" * 6, SINCE), trees, lambda provider: sandbox)
    return count(flow, sent, received, evidence, Subscribers({"fraud": FRAUD}, ["fraud"]), 0)


RECEIVED = [
    record("webhook.stripe", "published", action="payment.succeeded"),
    record("webhook.stripe", "duplicate", action="payment.succeeded"),
    record("webhook.stripe", "rejected", "", decision="SignatureMismatch", digests={"body": "forged"}),
]
SENT = [sent(ROOT), sent(ROOT, word="Duplicate"), sent("stripe:evt_2", 401, "SignatureMismatch", "forged")]


def test_the_figures_are_counted_from_the_records():
    counted = figures(SENT, RECEIVED, {ROOT: APPROVED})
    names = ("sent", "rejected", "duplicates", "handled", "lost", "duplicate_effects", "failed_checks")
    assert [counted[name] for name in names] == [3, 1, 1, 1, 0, 0, 0]


def test_what_others_send_meanwhile_does_not_count():
    others = [
        record("webhook.stripe", "duplicate", "stripe:evt_9"),
        record("webhook.stripe", "rejected", "", decision="SignatureMismatch", digests={"body": "other"}),
    ]
    assert figures(SENT, [*RECEIVED, *others], {ROOT: APPROVED}) == figures(SENT, RECEIVED, {ROOT: APPROVED})


def test_a_copy_that_was_sent_again_after_a_409_counts_once():
    in_flight = record("webhook.stripe", "rejected", "", decision="DeliveryInFlight", digests={"body": "b"})
    assert figures(SENT, [*RECEIVED, in_flight], {ROOT: APPROVED})["rejected"] == 1


@pytest.mark.parametrize("tree", [[], accepted(), [*decided()]], ids=["no records", "no decision", "not published"])
def test_a_delivery_that_nobody_handled_is_lost(tree):
    assert figures(SENT, RECEIVED, {ROOT: tree})["lost"] == 1


def test_a_rejection_that_is_not_on_record_is_lost():
    """The figures do not believe the answer alone."""
    assert figures(SENT, RECEIVED[:-1], {ROOT: APPROVED})["lost"] == 1


def test_an_effect_under_one_key_twice_is_a_duplicate():
    again = record("connector.stripe", "effected", action="stripe:review.approve", digests={"effect": "k1"})
    assert figures(SENT, RECEIVED, {ROOT: [*APPROVED, again]})["duplicate_effects"] == 1


def test_an_effect_that_the_sandbox_lists_twice_is_a_duplicate():
    def effects(seen: Evidence) -> Iterator[str]:
        yield from seen.sandbox("stripe")["effects"]

    flow = Flow("a flow", ["fraud"], lambda run: [], effects=effects)
    sandbox = {"effects": ["r1", "r2", "r1"]}
    assert figures(SENT, RECEIVED, {ROOT: APPROVED}, flow, sandbox)["duplicate_effects"] == 1


def test_a_flows_own_figures_are_counted_from_the_evidence():
    flow = Flow("a flow", ["fraud"], lambda run: [], figures={"records": lambda seen: len(seen.records)})
    assert figures(SENT, RECEIVED, {ROOT: APPROVED}, flow)["records"] == len(APPROVED)
