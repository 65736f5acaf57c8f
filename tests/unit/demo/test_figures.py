"""The demo in words: its steps and the closing figures."""

from types import SimpleNamespace

import pytest

from hookline.demo.day import Delivery
from hookline.demo.show import Show, latencies
from hookline.operator.audit.causation import Step


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
def test_an_amount_is_shown_with_the_decimals_of_its_currency(capsys, currency, written):
    event = {"data": {"object": {"amount": 420_000, "currency": currency}}}
    Show(SimpleNamespace(live=())).delivery(Delivery("anna, an amount far out", "signed", event))
    assert f" {written} " in capsys.readouterr().out


def test_a_records_words_neither_colour_nor_move_anything(capsys):
    show = Show(SimpleNamespace(live=()))
    record = {"identity": "agent.fraud", "kind": "failed", "decision": "", "action": "[bold]x[/bold]"}
    show.step(Step(1, "stripe:evt_1", {**record, "reason": "\x1b[2A", "at": "2026-09-21T13:36:00.000000Z"}), 0)
    printed = capsys.readouterr().out
    assert "[bold]x[/bold] (\\x1b[2A)" in printed and "\x1b" not in printed
