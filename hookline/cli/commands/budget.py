"""The command `hookline budget`: the used budget of a causal tree."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from functions.core.gate.budgets import AMOUNTS
from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result

SPENT = {"effects": "effect", "model_calls": "model call", "tokens": "token", "microdollars": "US dollar"}


@click.group(cls=HintingGroup)
def budget() -> None:
    """Show the used budget of a causal tree."""


@budget.command()
@click.argument("event")
@aws
@as_json
def show(event: str, aws: bool, as_json: bool) -> None:
    """Show what the tree that has the event EVENT has used with each connector.

    An event is the one whose grant was used, indented below the event that caused it. The announcement of a review
    is a tree of its own, with a budget of its own; 'hookline audit show' draws it too.
    """
    from hookline.operator.account import account
    from hookline.operator.budget import used

    print_result(used(account(aws), event), as_json, _print)


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
        for one in spent["unsettled"]:
            most = ", ".join(amount(what, one[what]) for what in AMOUNTS)
            echo(f"  not settled: up to {most} by agent {one['agent']} for {one['event']}, since {one['since']}")
            echo("  (the call runs, or its connector died and it stays charged)")
        counted_here = {what: spent["whole_tree"][what] or 0 for what in AMOUNTS}
        if spent["recorded"] and spent["recorded"] != counted_here:
            said = ", ".join(amount(what, spent["recorded"][what]) for what in AMOUNTS)
            echo(f"  the trail says {said}: if it still does in a minute, find out which of the two is wrong")


def _print_events(what: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        if row[what] is not None:
            echo(f"{'  ' * (1 + row['depth'])}{amount(what, row[what])} by agent {row['agent']} for {row['event']}")


def amount(what: str, number: int) -> str:
    """The used amount of a budget, as text."""
    if what == "microdollars":
        return f"{number / 1_000_000:.6f} {SPENT[what]}s"
    return counted(number, SPENT[what])
