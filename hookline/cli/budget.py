"""The command `hookline budget`: the used budget of a causal tree."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result
from hookline.operator.errors import OperatorError
from infra import naming

if TYPE_CHECKING:
    from hookline.operator.account import Account

SPENT = {"effects": "effect", "model_calls": "model call", "tokens": "token", "microdollars": "US dollar"}


@click.group()
def budget() -> None:
    """Show the used budget of a causal tree."""


@budget.command()
@click.argument("correlation")
@aws
@as_json
def show(correlation: str, aws: bool, as_json: bool) -> None:
    """Show what the tree of CORRELATION, the id of its first event, has used: the whole tree, and each event.

    An event is indented below the event that caused it.
    """
    from hookline.operator.account import account

    print_result(_used(account(aws), correlation), as_json, _print)


def _used(where: "Account", correlation: str) -> dict[str, Any]:
    from hookline.operator.trail import Trail

    key = {"correlation": {"S": correlation}}
    dynamodb = where.client("dynamodb")
    item = dynamodb.get_item(TableName=naming.BUDGETS_TABLE, Key=key, ConsistentRead=True).get("Item")
    records = Trail(dynamodb).of_correlation(correlation)
    if item is None and not records:
        raise OperatorError(
            f"there is no record of event {correlation}: give the id of a tree's first event, which begins with its "
            "source (stripe:evt_1); new records appear after a few seconds"
        )
    if item is None:
        raise OperatorError(
            f"{correlation} has used no budget: it has neither effects nor model calls, or is older than 180 days"
        )
    used: dict[tuple[str, str], dict[str, int]] = {}
    for name, value in sorted(item.items()):
        what, *whose = name.split(" ", 2)
        if what in SPENT and whose:
            used.setdefault((whose[0], whose[1]), {})[what] = _number(value)
    depths = _depths(correlation, records)
    order = {event: place for place, event in enumerate(depths)}
    rows = [
        {"agent": agent, "event": event, "depth": depths.get(event, 0), **_amounts(used[agent, event])}
        for agent, event in sorted(used, key=lambda whose: (order.get(whose[1], len(order)), whose))
    ]
    whole = {what: _number(item[what]) for what in SPENT if what in item}
    return {"correlation": correlation, "whole_tree": _amounts(whole), "events": rows}


def _depths(correlation: str, records: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The depth of the first event and of each event on record, in causal order."""
    from hookline.operator.audit.causation import steps
    from hookline.operator.audit.tree import DEEPEST

    depths = {correlation: 0}
    for step in steps(correlation, records):
        depths.setdefault(step.event, min(step.depth, DEEPEST))
    return depths


def _amounts(used: Mapping[str, int]) -> dict[str, int | None]:
    return {what: used.get(what) for what in SPENT}


def _number(value: Mapping[str, Any]) -> int:
    return len(value["SS"]) if "SS" in value else int(value["N"])


def _print(used: Mapping[str, Any]) -> None:
    for what in SPENT:
        if used["whole_tree"][what] is None:
            continue
        echo(f"{amount(what, used['whole_tree'][what])} in the whole tree")
        for row in used["events"]:
            if row[what] is not None:
                echo(f"{'  ' * (1 + row['depth'])}{amount(what, row[what])} by agent {row['agent']} for {row['event']}")


def amount(what: str, number: int) -> str:
    """The used amount of a budget, as text."""
    if what == "microdollars":
        return f"{number / 1_000_000:.6f} {SPENT[what]}s"
    return counted(number, SPENT[what])
