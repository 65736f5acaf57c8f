"""The commands `hookline reviews`: list and show reviews, and decide on them."""

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from time import time
from typing import Any

import click

from functions.core.reviews import agent_text, signed_facts
from functions.core.reviews.agent_text import marked, one_line, question, wrapped
from functions.core.reviews.signed_facts import Row, facts, repeated, spelled
from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import console, counted, echo, echo_link, print_result
from hookline.operator.errors import OperatorError
from hookline.operator.terminal import plain
from hookline.operator.times import ago, until

LONGEST_NOTE = 1000
LONGEST_AMOUNT = 30


@click.group(cls=HintingGroup, invoke_without_command=True)
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
@click.option("--now", is_flag=True, help="Also the state now: the connector asks the provider.")
@aws
@as_json
def show(id: str, now: bool, aws: bool, as_json: bool) -> None:
    """Print one review: the action, the state of its entity, what the agent says, and what became of it."""
    from hookline.operator.account import account
    from hookline.operator.review_state import compared
    from hookline.operator.reviews import find

    where = account(aws)
    found = find(where, id)
    print_result({**found, "state_now": compared(where, found["id"])} if now else found, as_json, _print)


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
        if after["decision"]["result"] == "approved" and after["action"]:
            echo(f"'hookline reviews show {after['id']}' shows what becomes of it")
    else:
        echo(f"{len(after['approved_by'])} of {after['needed']} have approved; another person must too")


def _table(found: Mapping[str, Any]) -> None:
    """Print what tells reviews apart, cut to the terminal's width: facts, the action, and below it the question."""
    from rich.text import Text

    now, reviews = time(), found["reviews"]
    rows = [("review", "agent", "amount", "asked", "expires", "approved", "about")] if reviews else []
    for review in reviews:
        agreed = f"{len(review['approved_by'])} of {review['needed']}"
        asked = ago(now - _seconds(review["opened"]))
        when = (asked, _expires(review, now))
        rows.append((review["id"], review["agent"], _amount(review), *when, agreed, _about(review)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    screen = console()
    for row, review in zip(rows, (None, *reviews), strict=False):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        below = [f"    {_short(review)}", f"    {question(review['agent_says']).rows[0]}"] if review else []
        for text in (line, *below):
            screen.print(Text(text), no_wrap=True, overflow="ellipsis")
    echo(counted(len(reviews), "review") if reviews else "no review is waiting")


def _amount(review: Mapping[str, Any]) -> str:
    """The amount that the connector signed, or else the agent's own."""
    signed = signed_facts.amount(review)
    claimed = "" if signed else agent_text.amount(review["agent_says"]["evidence"])
    return one_line(signed or (f"{claimed}, it says" if claimed else ""), LONGEST_AMOUNT)


def _about(review: Mapping[str, Any]) -> str:
    entities = [review["entity"]] if review["entity"] else review["entities"]
    others = f" and {len(entities) - 1} more" if len(entities) > 1 else ""
    return spelled(entities[0]) + others if entities else ""


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _expires(review: Mapping[str, Any], now: float) -> str:
    if review["status"] != "open":
        return review["status"]
    return until(_seconds(review["expires"]) - now)


def _short(review: Mapping[str, Any]) -> str:
    action = review["action"]
    if action is None:
        return "you act yourself"
    values = (f"{spelled(name)}={spelled(value)}" for name, value in action["arguments"].items())
    return " ".join([action["connector"], action["operation"], *values])


def _print_now(state: Mapping[str, Any]) -> None:
    if not state["known"]:
        echo("", f"the state now is not known: {state['why']}")
        return
    echo("", "The state now is as it was:" if state["same"] else "The state HAS CHANGED; now:")
    _rows([(row["name"], row["now"] + ("" if row["same"] else f", was {row['then']}")) for row in state["rows"]])


def _print(review: Mapping[str, Any]) -> None:
    """Print what is verified, what the agent says, and again what is verified, so that it stands last."""
    otherwise = {"deny": "it is denied", "approve": "it is approved"}[review["default"]]
    _rows(
        [
            ("review", f"{review['id']}, {review['status']}"),
            *facts(review),
            ("needs", f"{review['needed']} people" if review["needed"] > 1 else "1 person"),
            ("approved by", " and ".join(review["approved_by"]) or "nobody yet"),
            ("policies", ", ".join(review["policies"]) or "none: the agent itself asks"),
            ("until", f"{review['expires']}; then {otherwise}"),
            ("event", review["correlation"]),
        ]
    )
    if "state_now" in review:
        _print_now(review["state_now"])
    said = agent_text.said(review["agent_says"])
    echo("", f"Agent {review['agent']} says, in its own words:", *said.rows)
    if said.left_out:
        echo(f"({said.left_out} more rows: 'hookline reviews show {review['id']} --json' prints them)")
    decision = review["decision"]
    if decision is None:
        echo("", "What you decide on:")
        _rows(repeated(review))
        return
    by = " and ".join(decision["by"]) or "nobody"
    echo("")
    _rows([("decided", f"{decision['result']} by {by} at {decision['at']}")])
    if decision["note"]:
        echo(*marked(f"note: {one_line(decision['note'], LONGEST_NOTE)}"))
    if "outcome" in review:
        _rows([("outcome", review["outcome"]["words"])])


def _rows(rows: Iterable[Row]) -> None:
    """Print facts, each value indented as a whole: nothing in one begins where a row does."""
    for name, value in rows:
        for number, part in enumerate(wrapped(plain(value), max(shutil.get_terminal_size().columns - 14, 20))):
            echo(f"{name if number == 0 else '':<13} {part}")
