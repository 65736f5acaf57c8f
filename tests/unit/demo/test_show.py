"""The demo in words: its acts, its steps, the table and the closing figures."""

import re
from types import SimpleNamespace

import pytest

from hookline.demo.flow import Act, Check, Decision, Delivery, Fault, Flow, Table
from hookline.demo.flows import payments
from hookline.demo.flows.payments import Customer
from hookline.demo.results import Result
from hookline.demo.show import Show, latencies
from hookline.operator.audit.causation import Step, steps
from tests.unit.demo.records import ROOT, accepted, decided, published, record

SIGNED = Delivery("anna, as usual", "stripe", "{}")
SUMMARY = {"sent": 1, "approved_by_a_person": 0, "lost": 0}
REVIEW = {
    "id": "217d7351ef1f",
    "agent": "fraud",
    "entity": "stripe:review/prv_1",
    "action": {"connector": "stripe", "operation": "review.approve"},
    "agent_says": {"question": "Approve?\x1b[2A[bold]", "why": "", "evidence": {}},
}


@pytest.fixture
def show():
    return Show(SimpleNamespace(live=()))


@pytest.mark.parametrize(
    ("values", "cold", "said"),
    [
        ([3000, 100, 100, 100], True, "first 3000 ms (cold starts), then p50 100 ms, p95 100 ms"),
        ([100, 100, 100, 100], False, "p50 100 ms, p95 100 ms"),
        ([3000], True, "3000 ms"),
        ([], False, "none"),
    ],
    ids=["cold", "warm", "once", "none"],
)
def test_the_first_delivery_counts_apart_only_where_it_started_the_functions(values, cold, said):
    """A second demo on the same stack has no cold starts."""
    assert latencies(values, cold) == f"Webhook to decision: {said}."


@pytest.mark.parametrize(
    ("currency", "written"), [("usd", "4,200.00 USD"), ("jpy", "420,000 JPY"), ("isk", "4,200.00 ISK")]
)
def test_a_payment_is_shown_with_the_decimals_of_its_currency(currency, written):
    day = payments._Day(payments.Run("ab" * 6, 1_800_000_000.0))
    delivery = day.pays(Customer("anna", "fp", "US", currency), 420_000, 0, "anna, an amount far out")
    assert delivery.story == f"anna, an amount far out · {written}"


def test_a_table_of_the_flow_comes_after_the_one_of_the_deliveries(show, capsys):
    """What is missing is an empty cell, and nothing in a cell is markup."""
    show.table(Table("The runs", ("pattern", "steps"), lambda seen: ()), [("handoff", 3), ("[bold]x", None)])
    show.ends(SUMMARY, {})
    shown = capsys.readouterr().out
    assert shown.index("What became of each") < shown.index("The runs") < shown.index("sent 1")
    assert re.search(r"handoff +3", shown) and "[bold]x" in shown and "None" not in shown


def test_an_act_says_what_to_look_at(show, capsys):
    show.act(Act("A burst", "The last ones are held.", [SIGNED]))
    assert "1. A burst\n   Look: The last ones are held.\n" in capsys.readouterr().out


def test_a_sandbox_is_called_a_sandbox(show, capsys):
    show.begins(Flow("a day", ["fraud"], lambda run: []))
    assert "made up" in (said := capsys.readouterr().out) and "sandboxes of ours play the providers" in said


def test_what_an_own_agent_does_is_shown_among_the_steps_and_in_the_table(show, capsys):
    event = "agent.fraud:payment.approved:1"
    tree = [
        *accepted(),
        *decided(action="payment.approved", decision="Emit"),
        *published("fraud", event, "payment.approved"),
        *decided("bookkeeper", event),
    ]
    show.steps(list(steps(ROOT, tree)), 0)
    both = Result("payments", "An act", "stripe", "evt_1", "payment.succeeded", "fraud", "approved")
    show.result("anna", Result(**{**both.__dict__, "agents": ["fraud", "bookkeeper"], "failing": ["bookkeeper"]}))
    show.ends(SUMMARY, {"stripe": (0, 1)})
    said = capsys.readouterr().out
    assert re.search(r"ms +agent.bookkeeper +decided to publish nothing", said)
    assert "fraud, bookkeeper (failed)" in said


def test_a_decision_shows_the_agents_question_and_what_the_approval_permits(show, capsys):
    show.decision(Decision("you approve it", SIGNED), REVIEW)
    said = capsys.readouterr().out
    assert " 1  you approve it · a person's decision: approve" in said
    assert "asked by agent fraud, in its own words: | Approve?" in said
    assert "what the approval permits, once: stripe review.approve on stripe:review/prv_1 (review 217d7351ef1f)" in said


def test_a_decision_without_an_open_review_says_so(show, capsys):
    show.decision(Decision("you approve it", SIGNED), None)
    assert "nothing to decide" in capsys.readouterr().out


def test_a_planted_fault_and_a_check_are_shown(show, capsys):
    show.fault(Fault("the answer is lost", "stripe", {}))
    for holds in (True, False):
        show.check(Act("An act", "Look.", []), Check("one approval", bool), holds)
    said = capsys.readouterr().out.splitlines()
    ours = ["fault: the answer is lost", "check: one approval: holds", "check: one approval: FAILS"]
    assert said == [f"      {line}" for line in ours]


def test_the_end_has_the_figures_and_what_to_try_next(show, capsys):
    show.begins(Flow("a day", ["fraud"], lambda run: []))
    show.result("anna", Result("payments", "An act", "stripe", "evt_1", "payment.succeeded", "fraud", "approved"))
    show.ends(SUMMARY, {"stripe": (0, 2)})
    said = capsys.readouterr().out
    assert "sent 1  approved by a person 0  lost 0\n" in said
    assert "The audit chain of webhook.stripe holds 2 records" in said
    ahead = said.partition("What to try next:")[2]
    assert [" ".join(line.split()[1:3]) for line in ahead.splitlines() if line][:3] == [
        "reviews what",
        "audit show",
        "agents show",
    ]
    assert "audit show stripe:evt_1 " in ahead and "make down " in ahead


@pytest.mark.parametrize(
    "said",
    [
        lambda show, text: show.step_of(text),
        lambda show, text: show.decision(Decision("a", SIGNED), {**REVIEW, "agent_says": {"question": text}}),
        lambda show, text: show.result(text, Result("f", "a", "s", "d", outcome=text)) or show.ends(SUMMARY, {}),
    ],
    ids=["step", "question", "table"],
)
def test_words_from_outside_neither_colour_nor_move_anything(show, capsys, said):
    failed = record("agent.fraud", "failed", reason="", action="", at="2026-09-21T13:36:00.000000Z")
    show.step_of = lambda text: show.steps([Step(1, ROOT, {**failed, "reason": text})], 0)
    said(show, "[bold]x[/bold]\x1b[2A")
    printed = capsys.readouterr().out
    assert "[bold]x[/bold]" in printed and "\x1b" not in printed
