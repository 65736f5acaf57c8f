"""Who follows a run while it happens: a terminal (show.py), or a program that reads JSON lines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hookline.cli.output import echo_json
from hookline.demo.flow import Act, Check, Decision, Delivery, Fault, Flow, Table
from hookline.demo.results import Result
from hookline.demo.watch import Sent
from hookline.operator.audit.causation import Step


class Audience:
    """Gets each step of a run. Every method does nothing, so that an audience has only those that it needs."""

    def begins(self, flow: Flow) -> None:
        """The stack is up, and nothing is sent yet."""

    def act(self, act: Act) -> None:
        """An act begins."""

    def delivery(self, delivery: Delivery) -> None:
        """A delivery is about to be sent."""

    def answer(self, sent: Sent) -> None:
        """The verifier has answered it."""

    def decision(self, decision: Decision, review: Mapping[str, Any] | None) -> None:
        """A review is about to be decided on; None if the delivery has no open one."""

    def fault(self, fault: Fault) -> None:
        """A fault is planted."""

    def steps(self, steps: Sequence[Step], since: float) -> None:
        """The new steps of a causal tree, in causal order; it began at `since`, in unix seconds."""

    def result(self, story: str, result: Result) -> None:
        """What became of a delivery or a decision."""

    def check(self, act: Act, check: Check, holds: bool) -> None:
        """What was checked, and whether it holds."""

    def table(self, table: Table, rows: Sequence[Sequence[object]]) -> None:
        """A table of the flow's own, after the last act."""

    def ends(self, summary: Mapping[str, int], chains: Mapping[str, tuple[int, int]]) -> None:
        """The figures, and each verifier's number of records before the run and now, by its source."""


class Lines(Audience):
    """One JSON line for each result and each check, and one with the summary."""

    def __init__(self, name: str) -> None:
        self._name = name

    def result(self, story: str, result: Result) -> None:
        echo_json(asdict(result))

    def check(self, act: Act, check: Check, holds: bool) -> None:
        echo_json({"flow": self._name, "act": act.title, "check": check.story, "holds": holds})

    def table(self, table: Table, rows: Sequence[Sequence[object]]) -> None:
        echo_json({"table": table.title, "rows": [dict(zip(table.columns, row, strict=True)) for row in rows]})

    def ends(self, summary: Mapping[str, int], chains: Mapping[str, tuple[int, int]]) -> None:
        echo_json({"summary": summary})
