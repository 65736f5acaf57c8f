"""The used budget of a causal tree, by connector, beside what the trail says was used."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.gate.budgets import AMOUNTS, RESERVED, budget_row
from functions.core.platform.times import rfc3339
from hookline.operator.account import Clients
from hookline.operator.audit.causation import steps
from hookline.operator.audit.tree import DEEPEST, announcements, whole
from hookline.operator.audit.usage import recorded_usage
from hookline.operator.errors import OperatorError
from hookline.operator.event_trace import root_of
from hookline.operator.trail import Trail
from infra import naming

KINDS = ("effects", "model_calls", "tokens", "microdollars")


def used(account: Clients, event: str) -> dict[str, Any]:
    """What the tree that has `event` has used with each connector, ready for JSON.

    The announcement of a review is a tree of its own, with a budget of its own. Raises NoRecord, and OperatorError if
    the tree has used nothing.
    """
    dynamodb = account.client("dynamodb")
    trail = Trail(dynamodb)
    correlation = root_of(trail, event)
    records = whole(trail, correlation)
    connectors = {name.partition(".")[2] for one in records if (name := one["identity"]).startswith("connector.")}
    depths = _depths(correlation, records)

    def of_tree(first: str) -> dict[str, Any]:
        recorded = recorded_usage(records, first)
        items = {name: item for name in sorted(connectors) if (item := _item(dynamodb, name, first))}
        # Each tree is indented by itself.
        own = {event: max(depth - depths.get(first, 0), 0) for event, depth in depths.items()}
        rows = {name: {**_rows(item, own), "recorded": recorded.get(name)} for name, item in items.items()}
        return {"correlation": first, "connectors": rows}

    found = of_tree(correlation)
    announced = [tree for first in announcements(records) if (tree := of_tree(first))["connectors"]]
    if not found["connectors"] and not announced:
        raise OperatorError(
            f"{correlation} has used no budget: it has neither effects nor model calls, or is older than 180 days"
        )
    return {**found, "announcements": announced}


def _item(dynamodb: Any, connector: str, correlation: str) -> Mapping[str, Any] | None:
    """What a connector has counted for a tree, None if it has counted nothing."""
    key = {"id": {"S": budget_row(connector, correlation)}}
    found = dynamodb.get_item(TableName=naming.BUDGETS_TABLE, Key=key, ConsistentRead=True)
    item: Mapping[str, Any] | None = found.get("Item")
    return item


def _rows(item: Mapping[str, Any], depths: Mapping[str, int]) -> dict[str, Any]:
    used: dict[tuple[str, str], dict[str, int]] = {}
    for name, value in sorted(item.items()):
        what, *whose = name.split(" ", 2)
        if what in KINDS and whose:
            used.setdefault((whose[0], whose[1]), {})[what] = _number(value)
    order = {event: place for place, event in enumerate(depths)}
    rows = [
        {"agent": agent, "event": event, "depth": depths.get(event, 0), **_amounts(used[agent, event])}
        for agent, event in sorted(used, key=lambda whose: (order.get(whose[1], len(order)), whose))
    ]
    whole = {what: _number(item[what]) for what in KINDS if what in item}
    return {"whole_tree": _amounts(whole), "events": rows, "unsettled": _unsettled(item)}


def _unsettled(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reservations that are not settled: their calls run, or their connector died and they stay charged."""
    found = [value["M"] for name, value in sorted(item.items()) if name.startswith(f"{RESERVED} ")]
    return [
        {"agent": one["agent"]["S"], "event": one["event"]["S"], "since": rfc3339(float(one["at"]["S"]))}
        | {what: int(one[what]["N"]) for what in AMOUNTS}
        for one in found
    ]


def _depths(correlation: str, records: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The depth of the first event and of each event on record, in causal order."""
    depths = {correlation: 0}
    for step in steps(correlation, records):
        depths.setdefault(step.event, min(step.depth, DEEPEST))
    return depths


def _amounts(used: Mapping[str, int]) -> dict[str, int | None]:
    return {what: used.get(what) for what in KINDS}


def _number(value: Mapping[str, Any]) -> int:
    return len(value["SS"]) if "SS" in value else int(value["N"])
