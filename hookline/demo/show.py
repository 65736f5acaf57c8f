"""Shows a run in a terminal: each act, its steps on the audit trail in causal order, and a table at the end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import quantiles
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from functions.core.reviews.agent_text import question
from hookline.cli.output import console, counted
from hookline.demo.audience import Audience
from hookline.demo.flow import Act, Check, Decision, Delivery, Fault, Flow, Table
from hookline.demo.results import Result
from hookline.demo.watch import Sent
from hookline.local.stack import LocalStack
from hookline.operator.audit.causation import Step
from hookline.operator.audit.words import sentence

COLOURS = {"approved": "green", "done": "green", "held": "yellow", "duplicate": "cyan", "lost": "bold red"}
HOOKLINE = ".venv/bin/hookline"


class Show(Audience):
    """The live view on standard output."""

    def __init__(self, running: LocalStack) -> None:
        self._console = console()
        self._live = running.live
        self._agents: Sequence[str] = ()
        self._acts = 0
        self._rows: list[tuple[str, Result]] = []
        self._tables: list[RichTable] = []

    def begins(self, flow: Flow) -> None:
        self._agents = flow.agents
        self._print(f"\n{flow.summary[:1].upper()}{flow.summary[1:]}.")
        live = f" {', '.join(self._live)} in test mode apart," if self._live else ""
        self._print(
            f"The local stack is up. Its deliveries are made up and signed here, and{live} "
            "sandboxes of ours play the providers.\n"
        )

    def act(self, act: Act) -> None:
        self._acts += 1
        title, look = (f"\n{self._acts}. {act.title}\n", "bold underline"), (f"   Look: {act.look}\n", "italic")
        self._console.print(Text.assemble(title, look), soft_wrap=True)

    def delivery(self, delivery: Delivery) -> None:
        self._headline(delivery.story, delivery.kind)

    def answer(self, sent: Sent) -> None:
        status, word = sent.posted.status, sent.posted.word or "accepted"
        self._console.print(Text(f"      {status} {word}", "green" if status == 200 else "red"))

    def decision(self, decision: Decision, review: Mapping[str, Any] | None) -> None:
        self._headline(decision.story, f"a person's decision: {decision.do}")
        if review is None:
            self._print("      no review of it is open: nothing to decide")
            return
        action = review["action"]
        what = f"{action['connector']} {action['operation']} on {review['entity']}" if action else "nothing it can do"
        self._print(
            f"      asked by agent {review['agent']}, in its own words: {question(review['agent_says']).rows[0]}"
        )
        self._print(f"      what the approval permits, once: {what} (review {review['id']})")

    def fault(self, fault: Fault) -> None:
        self._print(f"      fault: {fault.story}")

    def steps(self, steps: Sequence[Step], since: float) -> None:
        for step in steps:
            if step.record is None:
                continue
            after = (datetime.fromisoformat(step.record["at"]).timestamp() - since) * 1000
            brief = {**step.record, "resource": "", "policies": ()}  # `hookline audit show` shows the whole record
            who = f"{'  ' * step.depth}{step.record['identity']}"
            line = Text.assemble((f"      {after:>6.0f} ms  ", "dim"), f"{who:<24} ", sentence(brief))
            self._console.print(line, soft_wrap=True)

    def result(self, story: str, result: Result) -> None:
        self._rows.append((story, result))

    def check(self, act: Act, check: Check, holds: bool) -> None:
        mark, colour = ("holds", "green") if holds else ("FAILS", "bold red")
        self._console.print(Text.assemble("      check: ", check.story, ": ", (mark, colour)))

    def table(self, table: Table, rows: Sequence[Sequence[object]]) -> None:
        drawn = RichTable(title=f"\n{table.title}", title_justify="left", box=None)
        for column in table.columns:
            drawn.add_column(column)
        for row in rows:
            drawn.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        self._tables.append(drawn)

    def ends(self, summary: Mapping[str, int], chains: Mapping[str, tuple[int, int]]) -> None:
        self._table()
        self._console.print(*self._tables, sep="")
        self._print("  ".join(f"{name.replace('_', ' ')} {value}" for name, value in summary.items()))
        values = [one.latency_ms for _, one in self._rows if one.latency_ms is not None and not one.decision]
        cold = not any(before for before, _ in chains.values())
        self._print(f"{latencies(values, cold)} Measured on this machine, on an emulator of AWS.")
        for source, (_, records) in chains.items():
            held = counted(records, "record")
            self._print(
                f"The audit chain of webhook.{source} holds {held}, and each holds the hash of the one before it."
            )
        self._next()

    def _table(self) -> None:
        table = RichTable(title="\nWhat became of each", title_justify="left", box=None)
        for column in ("", "delivery or decision", "outcome", "agents", "effects"):
            table.add_column(column)
        table.add_column("ms", justify="right")
        for number, (story, one) in enumerate(self._rows, start=1):
            took = f"{one.latency_ms:.0f}" if one.latency_ms is not None else ""
            agents = ", ".join(f"{name} (failed)" if name in one.failing else name for name in one.agents)
            effects = ", ".join(effect.split()[0] for effect in one.effects)
            outcome = Text(one.outcome, COLOURS.get(one.outcome, "none" if one.effects else "red"))
            table.add_row(str(number), Text(story), outcome, agents, effects, took)
        self._console.print(table)

    def _next(self) -> None:
        accepted = [one for _, one in self._rows if one.event]
        example = [*accepted, *(one for one in accepted if one.decision)][-1:]
        self._print("\nThe local stack keeps running. What to try next:")
        rows = [
            (f"{HOOKLINE} reviews", "what still waits for a person: 'reviews approve ID' or 'deny ID' decides"),
            *(
                (f"{HOOKLINE} audit show {one.source}:{one.delivery}", "one event's whole causal tree")
                for one in example
            ),
            *((f"{HOOKLINE} agents show {name}", "everything that this agent may do") for name in self._agents[:1]),
            ("make down", "stops the stack, and asks first about what waits on it"),
        ]
        width = max(len(command) for command, _ in rows)
        for command, what in rows:
            self._print(f"  {command:<{width}}  {what}")
        self._print("")

    def _headline(self, story: str, kind: str) -> None:
        number = len(self._rows) + 1
        self._console.print(Text.assemble((f"{number:>2}  {story}", "bold"), f" · {kind}"), soft_wrap=True)

    def _print(self, text: str) -> None:
        """Print text of ours or of a flow, in which nothing is markup."""
        self._console.print(Text(text), soft_wrap=True)


def latencies(values: Sequence[float], cold: bool) -> str:
    """The latencies from webhook to decision, as text; on a `cold` stack the first one has the cold starts."""
    if len(values) < 3:
        return f"Webhook to decision: {', '.join(f'{value:.0f} ms' for value in values) or 'none'}."
    first, *others = values
    warm = others if cold else values
    p50, p95 = quantiles(warm, n=100, method="inclusive")[49], quantiles(warm, n=100, method="inclusive")[94]
    begin = f"first {first:.0f} ms (cold starts), then " if cold else ""
    return f"Webhook to decision: {begin}p50 {p50:.0f} ms, p95 {p95:.0f} ms."
