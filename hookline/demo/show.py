"""Shows the demo in a terminal: each delivery, each step as the audit trail gets it, and a table at the end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import quantiles
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from hookline.cli.output import console, several
from hookline.demo.day import Delivery
from hookline.local.stack import LocalStack
from hookline.operator.audit.words import told
from hookline.operator.send import Posted

COLOURS = {"approved": "green", "held": "yellow", "duplicate": "cyan", "lost": "bold red"}


class Chain(NamedTuple):
    """The verifier's chain: how many records it had before the run, and has now."""

    before: int
    records: int


class Show:
    """The live view on standard output."""

    def __init__(self, running: LocalStack) -> None:
        self._console = console()
        self._number = 0
        stripe = "Stripe in test mode" if "stripe" in running.live else "a sandbox that plays Stripe, not Stripe itself"
        self._console.print(f"\nA small shop's day. The local stack is up; its payment provider is {stripe}.\n")

    def delivery(self, delivery: Delivery) -> None:
        """A delivery is about to be sent."""
        self._number += 1
        charge = delivery.event["data"]["object"]
        money = f"{charge['amount'] / 100:,.2f} {charge['currency'].upper()}"
        self._console.print(f"[bold]{self._number:>2}  {delivery.story}[/bold] · {money} · {delivery.kind}")

    def answer(self, posted: Posted) -> None:
        """The verifier has answered."""
        colour = "green" if posted.status == 200 else "red"
        self._console.print(f"      [{colour}]{posted.status} {posted.word or 'accepted'}[/{colour}]")

    def step(self, record: Mapping[str, Any], sent: float) -> None:
        """A record has come onto the trail."""
        after = (datetime.fromisoformat(record["at"]).timestamp() - sent) * 1000
        brief = {**record, "resource": "", "policies": ()}  # all of it is what `hookline audit show` shows
        line = Text.assemble((f"      {after:>6.0f} ms  ", "dim"), f"{record['identity']:<20} ", told(brief))
        self._console.print(line, soft_wrap=True)

    def table(self, stories: Sequence[str], results: Sequence[Any], summary: Mapping[str, int], chain: Chain) -> None:
        """What became of all of them."""
        table = Table(title="\nWhat became of the day", title_justify="left", box=None)
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
            f"The verifier's audit chain holds {several(chain.records, 'record')}, "
            "and each follows from the one before.\n"
        )
        if summary["held"]:
            self._console.print("What is held waits for a person: '.venv/bin/hookline reviews'.")
        self._console.print("The local stack stays up: 'make down' stops it.\n")


def latencies(values: Sequence[float], cold: bool) -> str:
    """Webhook to decision, in words; where the stack was `cold`, the first starts every function and counts apart."""
    if len(values) < 3:
        return f"Webhook to decision: {', '.join(f'{value:.0f} ms' for value in values) or 'none'}."
    first, *others = values
    warm = others if cold else values
    p50, p95 = quantiles(warm, n=100, method="inclusive")[49], quantiles(warm, n=100, method="inclusive")[94]
    begin = f"first {first:.0f} ms (cold starts), then " if cold else ""
    return f"Webhook to decision: {begin}p50 {p50:.0f} ms, p95 {p95:.0f} ms."
