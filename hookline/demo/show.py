"""Shows the demo in a terminal: each delivery, its steps on the audit trail in causal order, and a table at the end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import quantiles
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from functions.core.platform.money import written
from functions.providers.stripe.currencies import EXPONENTS
from hookline.cli.output import console, counted
from hookline.demo.day import Delivery
from hookline.local.stack import LocalStack
from hookline.operator.audit.causation import Step
from hookline.operator.audit.words import sentence
from hookline.operator.send import Posted

COLOURS = {"approved": "green", "held": "yellow", "duplicate": "cyan", "lost": "bold red"}


class Chain(NamedTuple):
    """The verifier's chain: its number of records before the run, and now."""

    before: int
    records: int


class Show:
    """The live view on standard output."""

    def __init__(self, running: LocalStack) -> None:
        self._console = console()
        self._number = 0
        stripe = "Stripe in test mode" if "stripe" in running.live else "a sandbox of Stripe, not Stripe itself"
        self._console.print(f"\nA small shop's day. The local stack is up; its payment provider is {stripe}.\n")

    def delivery(self, delivery: Delivery) -> None:
        """Print a delivery before its request."""
        self._number += 1
        charge = delivery.event["data"]["object"]
        money = written(charge["amount"], charge["currency"], EXPONENTS)
        self._console.print(f"[bold]{self._number:>2}  {delivery.story}[/bold] · {money} · {delivery.kind}")

    def answer(self, posted: Posted) -> None:
        """Print the verifier's response."""
        colour = "green" if posted.status == 200 else "red"
        self._console.print(f"      [{colour}]{posted.status} {posted.word or 'accepted'}[/{colour}]")

    def step(self, step: Step, sent: float) -> None:
        """Print a step of a delivery's causal tree, indented by its depth."""
        if step.record is None:
            return
        after = (datetime.fromisoformat(step.record["at"]).timestamp() - sent) * 1000
        brief = {**step.record, "resource": "", "policies": ()}  # `hookline audit show` shows the whole record
        who = f"{'  ' * step.depth}{step.record['identity']}"
        self._console.print(
            Text.assemble((f"      {after:>6.0f} ms  ", "dim"), f"{who:<24} ", sentence(brief)), soft_wrap=True
        )

    def table(self, stories: Sequence[str], results: Sequence[Any], summary: Mapping[str, int], chain: Chain) -> None:
        """Print the result of each delivery, and the figures of the run."""
        table = Table(title="\nThe day's deliveries", title_justify="left", box=None)
        for column in ("", "delivery", "outcome", "effects"):
            table.add_column(column)
        table.add_column("ms", justify="right")
        for number, (story, result) in enumerate(zip(stories, results, strict=True), start=1):
            colour = COLOURS.get(result.outcome, "red")
            took = f"{result.latency_ms:.0f}" if result.latency_ms is not None else ""
            outcome = f"[{colour}]{result.outcome}[/{colour}]"
            effects = ", ".join(effect.split()[0] for effect in result.effects)
            table.add_row(str(number), story, outcome, effects, took)
        self._console.print(table)
        self._console.print(
            "  ".join(f"{name.replace('_', ' ')} [bold]{value}[/bold]" for name, value in summary.items())
        )
        values = [result.latency_ms for result in results if result.latency_ms is not None]
        self._console.print(latencies(values, cold=not chain.before))
        self._console.print(
            f"The verifier's audit chain holds {counted(chain.records, 'record')}, "
            "and each holds the hash of the one before it.\n"
        )
        if summary["held"]:
            self._console.print("Held payments wait for a person: '.venv/bin/hookline reviews'.")
        self._console.print("The local stack keeps running: 'make down' stops it.\n")


def latencies(values: Sequence[float], cold: bool) -> str:
    """The latencies from webhook to decision, as text; on a `cold` stack the first one has the cold starts."""
    if len(values) < 3:
        return f"Webhook to decision: {', '.join(f'{value:.0f} ms' for value in values) or 'none'}."
    first, *others = values
    warm = others if cold else values
    p50, p95 = quantiles(warm, n=100, method="inclusive")[49], quantiles(warm, n=100, method="inclusive")[94]
    begin = f"first {first:.0f} ms (cold starts), then " if cold else ""
    return f"Webhook to decision: {begin}p50 {p50:.0f} ms, p95 {p95:.0f} ms."
