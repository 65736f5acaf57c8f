"""The commands `hookline dead-letters`: list, show, redrive and discard dead letters."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, echo_json, print_result
from hookline.operator.errors import OperatorError
from hookline.operator.terminal import plain

if TYPE_CHECKING:
    from hookline.operator.dead_letter import DeadLetter


@click.group("dead-letters", cls=HintingGroup, invoke_without_command=True)
@aws
@as_json
@click.pass_context
def dead_letters(context: click.Context, aws: bool, as_json: bool) -> None:
    """List dead letters and quarantined bodies (signed, but unreadable), each with its reason.

    ID is an id or an unambiguous prefix of it, at least four characters long.
    """
    from hookline.operator.account import account
    from hookline.operator.dead_letters import letters

    if context.invoked_subcommand is None:
        print_result({"dead_letters": _rows(letters(account(aws)))}, as_json, _list)


@dead_letters.command()
@click.argument("id")
@aws
@as_json
def show(id: str, aws: bool, as_json: bool) -> None:
    """Print the whole content of one."""
    from hookline.operator import dead_letters as waiting
    from hookline.operator.account import account
    from hookline.operator.dead_letter import shown

    letter = waiting.find(account(aws), id)
    (row,) = _rows([letter])
    print_result({**row, "message": shown(letter.text)}, as_json, _print)


@dead_letters.command()
@click.argument("id", required=False)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@aws
def redrive(id: str | None, everything: bool, aws: bool) -> None:
    """Redrive one, or with --all every one, after you have fixed the cause of the failure.

    Dead letters of the audit queue, and forged ones of the spill queue, are refused.
    """
    from hookline.operator import dead_letters as waiting
    from hookline.operator.account import account

    if bool(id) == everything:
        raise OperatorError("give one id, or --all")
    found = False
    for one, outcome in waiting.redrive(account(aws), id):
        found = True
        echo(f"{one}  {outcome}")
    if not found:
        raise OperatorError(f"there is no dead letter {id}" if id else "nothing is waiting")


@dead_letters.command()
@click.argument("agent")
@click.option("--id", help="Only the one with this id, or an unambiguous prefix of it.")
@click.option("--all", "everything", is_flag=True, help="All of this agent, queue or source.")
@click.option("--reason", required=True, help="Why nobody needs them; for the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@aws
def discard(agent: str, id: str | None, everything: bool, reason: str, yes: bool, aws: bool) -> None:
    """Delete dead letters of AGENT, or of the queue or the source of this name. They cannot be redriven afterwards.

    Of a source these are its quarantined bodies; 'unreadable/NAME' is the source, if an agent has its name too.
    They are shown first; messages that arrive meanwhile are kept. Exit code 1 if one could not be deleted; it is
    named.
    """
    from hookline.operator import dead_letters as waiting
    from hookline.operator.account import account

    if bool(id) == everything:
        raise OperatorError("give one --id, or --all")
    if not reason.strip():
        raise OperatorError("--reason is empty")
    where = account(aws)
    letters = waiting.of_agent(where, agent)
    if id:
        letters = [chosen] if (chosen := waiting.pick(letters, id)) else []
    if not letters:
        raise OperatorError(f"{agent} has no dead letter{f' {id}' if id else ''}")
    _print_rows(_rows(letters))
    if not yes and not click.confirm(f"delete {counted(len(letters), 'dead letter')} of {agent} permanently?"):
        raise OperatorError("nothing was discarded")
    left = list(waiting.discard(where, letters, reason))
    echo(f"{counted(len(letters) - len(left), 'dead letter')} discarded")
    if left:
        named = "; ".join(f"{one} ({plain(why)})" for one, why in left)
        raise OperatorError(f"not discarded: {named}. 'hookline dead-letters' lists the dead letters")


def _rows(letters: Iterable["DeadLetter"]) -> list[dict[str, str]]:
    return [{name: value for name, value in asdict(letter).items() if name != "text"} for letter in letters]


def _list(found: Mapping[str, Any]) -> None:
    rows = found["dead_letters"]
    _print_rows(rows)
    echo(f"{len(rows)} waiting" if rows else "nothing is waiting")


def _print_rows(rows: Iterable[Mapping[str, str]]) -> None:
    for row in rows:
        echo(f"{row['id']}  {row['place']}  {row['event']}", f"    {row['reason']}")


def _print(letter: Mapping[str, Any]) -> None:
    message = letter["message"]
    _print_rows([letter])
    if isinstance(message, str):
        echo(message)
    else:
        echo_json(message, indent=2)
