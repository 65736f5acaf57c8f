"""The commands `hookline reviews`: list and show reviews, and decide on them."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from time import time
from typing import Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import console, counted, echo, echo_link, print_result, until
from hookline.operator.errors import OperatorError
from hookline.operator.terminal import plain

_PLAIN_VALUE = re.compile(r"[\w.:/@+-]+", re.ASCII)


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Also the closed ones.")
@aws
@as_json
@click.pass_context
def reviews(context: click.Context, everything: bool, aws: bool, as_json: bool) -> None:
    """List the reviews that wait for a person, show one, and decide.

    ID is a review's id or an unambiguous prefix of it, at least four characters long.
    """
    from hookline.operator.account import account
    from hookline.operator.reviews import listed

    if context.invoked_subcommand is None:
        print_result({"reviews": list(listed(account(aws), everything))}, as_json, _table)


@reviews.command()
@click.argument("id")
@aws
@as_json
def show(id: str, aws: bool, as_json: bool) -> None:
    """Print one review: the action, the current state of its entity, and what the agent says."""
    from hookline.operator.account import account
    from hookline.operator.reviews import find

    print_result(find(account(aws), id), as_json, _print)


@reviews.command()
@click.argument("id")
@click.option("--note", default="", help="A note for the audit trail and the agent.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@aws
def approve(id: str, note: str, yes: bool, aws: bool) -> None:
    """Approve the action of a review, exactly as shown here."""
    _decide(id, "approve", note, yes, aws)


@reviews.command()
@click.argument("id")
@click.option("--note", default="", help="A note for the audit trail and the agent.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@aws
def deny(id: str, note: str, yes: bool, aws: bool) -> None:
    """Deny a review; one person is enough."""
    _decide(id, "deny", note, yes, aws)


@reviews.command()
@click.argument("id")
@click.option("--for", "name", required=True, help="Who gets the link; recorded as link:NAME.")
@aws
def link(id: str, name: str, aws: bool) -> None:
    """Print a link with which a person without an AWS identity can decide, once. Anyone with the link can use it."""
    from hookline.operator import reviews as service
    from hookline.operator.account import account

    where = account(aws)
    echo_link(service.link(where, service.waiting(where, id, time()), name))


def _decide(id: str, do: str, note: str, yes: bool, aws: bool) -> None:
    from hookline.operator import reviews as service
    from hookline.operator.account import account

    where = account(aws)
    review = service.waiting(where, id, time())
    _print(review)
    if not yes and not click.confirm(f"\n{do}?"):
        raise OperatorError("nothing was decided")
    after = service.decide(where, review, do, note)
    if after["decision"]:
        echo(f"{after['decision']['result']} by {' and '.join(after['decision']['by'])}")
    else:
        echo(f"{len(after['approved_by'])} of {after['needed']} have approved; another person must too")


def _table(found: Mapping[str, Any]) -> None:
    """Print two lines for each review, cut to the terminal's width: the agent's question last, the action below."""
    from rich.text import Text

    now, reviews = time(), found["reviews"]
    rows = [("review", "agent", "expires", "approved", "question")] if reviews else []
    for review in reviews:
        agreed = f"{len(review['approved_by'])} of {review['needed']}"
        question = plain(review["agent_says"]["question"])
        rows.append((review["id"], review["agent"], _expires(review, now), agreed, question))
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    actions = ["", *(f"    {_short(review)}" for review in reviews)]
    screen = console()
    for row, action in zip(rows, actions, strict=False):
        line = "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for text in (line, action) if action else (line,):
            screen.print(Text(text), no_wrap=True, overflow="ellipsis")
    echo(counted(len(reviews), "review") if reviews else "no review is waiting")


def _expires(review: Mapping[str, Any], now: float) -> str:
    if review["status"] != "open":
        return review["status"]
    return until(datetime.fromisoformat(review["expires"]).timestamp() - now)


def _short(review: Mapping[str, Any]) -> str:
    action = review["action"]
    if action is None:
        return "you act yourself"
    # Quoted, so that no value can look like another argument.
    values = (
        f"{_json(name)[1:-1]}={value if isinstance(value, str) and _PLAIN_VALUE.fullmatch(value) else _json(value)}"
        for name, value in action["arguments"].items()
    )
    return " ".join([action["connector"], action["operation"], *values])


def _print(review: Mapping[str, Any]) -> None:
    says, decision = review["agent_says"], review["decision"]
    otherwise = {"deny": "it is denied", "approve": "it is approved"}[review["default"]]
    facts = {
        "review": f"{review['id']}, {review['status']}",
        "action": _action(review),
        "state": _json(review["state"]) if review["state"] else "no state is declared for this operation",
        "about": ", ".join(review["entities"]),
        "needs": f"{review['needed']} people" if review["needed"] > 1 else "1 person",
        "approved by": " and ".join(review["approved_by"]) or "nobody yet",
        "policies": ", ".join(review["policies"]) or "none: the agent itself asks",
        "until": f"{review['expires']}; then {otherwise}",
        "event": review["correlation"],
    }
    for name, value in facts.items():
        echo(f"{name:<12} {value}")
    if decision:
        by = " and ".join(decision["by"]) or "nobody"
        echo(f"{'decided':<12} {decision['result']} by {by} at {decision['at']} {decision['note']}".rstrip())
    echo("", f"Agent {review['agent']} says:")
    evidence = json.dumps(says["evidence"], indent=2).splitlines()
    echo(*(f"  {line}" for line in (says["question"], says["why"], *evidence)))


def _action(review: Mapping[str, Any]) -> str:
    action = review["action"]
    if action is None:
        return "none: you act yourself"
    return f"{action['connector']} {action['operation']} {_json(action['arguments'])}"


def _json(value: Any) -> str:
    # ASCII only, so that every character is visible.
    return json.dumps(value)
