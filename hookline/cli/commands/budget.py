"""The command `hookline budget`: the used budget of a causal tree."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from functions.core.gate.budgets import budget_row
from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result
from hookline.operator.errors import OperatorError

if TYPE_CHECKING:
    from hookline.operator.account import Account

SPENT = {"effects": "effect", "model_calls": "model call", "tokens": "token", "microdollars": "US dollar"}


@click.group(cls=HintingGroup)
def budget() -> None:
    """Show the used budget of a causal tree."""


@budget.command()
@click.argument("correlation")
@aws
@as_json
def show(correlation: str, aws: bool, as_json: bool) -> None:
    """Show what the tree of CORRELATION, the id of its first event, has used with each connector.

    The event is the one whose grant was used, indented below the event that caused it. The announcement of a review
    is a tree of its own, with a budget of its own; 'hookline audit show' draws it too.
    """
    from hookline.operator.account import account

    print_result(_used(account(aws), correlation), as_json, _print)


def _used(where: "Account", correlation: str) -> dict[str, Any]:
    from hookline.operator.audit.tree import announcements, whole
    from hookline.operator.trail import Trail

    dynamodb = where.client("dynamodb")
    records = whole(Trail(dynamodb), correlation)
    if not records:
        raise OperatorError(
            f"there is no record of event {correlation}: give the id of a tree's first event, which begins with its "
            "source (stripe:evt_1); new records appear after a few seconds"
        )
    connectors = {name.partition(".")[2] for one in records if (name := one["identity"]).startswith("connector.")}
    depths = _depths(correlation, records)

    def of_tree(first: str) -> dict[str, Any]:
        items = {name: item for name in sorted(connectors) if (item := _item(dynamodb, name, first))}
        # Each tree is indented by itself.
        own = {event: max(depth - depths.get(first, 0), 0) for event, depth in depths.items()}
        return {"correlation": first, "connectors": {name: _rows(item, own) for name, item in items.items()}}

    found = of_tree(correlation)
    announced = [tree for first in announcements(records) if (tree := of_tree(first))["connectors"]]
    if not found["connectors"] and not announced:
        raise OperatorError(
            f"{correlation} has used no budget: it has neither effects nor model calls, or is older than 180 days"
        )
    return {**found, "announcements": announced}


def _item(dynamodb: Any, connector: str, correlation: str) -> Mapping[str, Any] | None:
    """What a connector has counted for a tree, None if it has counted nothing."""
    from infra import naming

    key = {"id": {"S": budget_row(connector, correlation)}}
    found = dynamodb.get_item(TableName=naming.BUDGETS_TABLE, Key=key, ConsistentRead=True)
    item: Mapping[str, Any] | None = found.get("Item")
    return item


def _rows(item: Mapping[str, Any], depths: Mapping[str, int]) -> dict[str, Any]:
    used: dict[tuple[str, str], dict[str, int]] = {}
    for name, value in sorted(item.items()):
        what, *whose = name.split(" ", 2)
        if what in SPENT and whose:
            used.setdefault((whose[0], whose[1]), {})[what] = _number(value)
    order = {event: place for place, event in enumerate(depths)}
    rows = [
        {"agent": agent, "event": event, "depth": depths.get(event, 0), **_amounts(used[agent, event])}
        for agent, event in sorted(used, key=lambda whose: (order.get(whose[1], len(order)), whose))
    ]
    whole = {what: _number(item[what]) for what in SPENT if what in item}
    return {"whole_tree": _amounts(whole), "events": rows}


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
    _print_tree(used, "the whole tree")
    for one in used["announcements"]:
        _print_tree(one, f"the tree of the announcement {one['correlation']}")


def _print_tree(used: Mapping[str, Any], where: str) -> None:
    for connector, spent in used["connectors"].items():
        for what in SPENT:
            if spent["whole_tree"][what] is not None:
                echo(f"{connector}: {amount(what, spent['whole_tree'][what])} in {where}")
                _print_events(what, spent["events"])


def _print_events(what: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        if row[what] is not None:
            echo(f"{'  ' * (1 + row['depth'])}{amount(what, row[what])} by agent {row['agent']} for {row['event']}")


def amount(what: str, number: int) -> str:
    """The used amount of a budget, as text."""
    if what == "microdollars":
        return f"{number / 1_000_000:.6f} {SPENT[what]}s"
    return counted(number, SPENT[what])
