"""The commands `hookline runs`: list the runs of workflows, show one, and cancel one."""

from collections.abc import Mapping
from time import time
from typing import Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result
from hookline.operator.times import ago


@click.group(cls=HintingGroup, invoke_without_command=True)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many to list at most.")
@click.option("--before", metavar="ID", default="", help="List those that started before this run.")
@aws
@as_json
@click.pass_context
def runs(context: click.Context, limit: int, before: str, aws: bool, as_json: bool) -> None:
    """List the runs of workflows, the newest first, show one, and cancel one.

    ID is a run's id or an unambiguous prefix of it, at least four characters long.
    """
    from hookline.operator.account import account
    from hookline.operator.runs import listed

    if context.invoked_subcommand is None:
        print_result(listed(account(aws), limit, before), as_json, _table)


@runs.command()
@click.argument("id")
@aws
@as_json
def show(id: str, aws: bool, as_json: bool) -> None:
    """Print one run: who was asked, what they said, what a guard saw, and how it ended."""
    from hookline.operator.account import account
    from hookline.operator.runs import find

    print_result(find(account(aws), id), as_json, _tree)


@runs.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why, for the record.")
@aws
def cancel(id: str, reason: str, aws: bool) -> None:
    """End a run; members that can undo what they did are asked to."""
    from hookline.operator import acts
    from hookline.operator.account import account

    run = acts.cancel(account(aws), id, reason, time())
    echo(f"sent to {run['manager']}: 'hookline runs show {run['run']}' shows what becomes of it")


def _table(found: Mapping[str, Any]) -> None:
    for run in found["runs"]:
        open_tasks = f", {counted(run['waiting'], 'open task')}" if run["waiting"] else ""
        tasks = f"{counted(run['assigned'], 'task')}{open_tasks}"
        echo(f"{run['run']}  {run['manager']}  {run['state']}  {tasks}  {ago(time() - run['saved'])}  {run['reason']}")
    if not found["runs"]:
        echo("no workflow has run")
    elif found["more"]:
        echo(f"older ones: 'hookline runs --before {found['runs'][-1]['run']}'")
    else:
        echo(counted(len(found["runs"]), "run"))


def _tree(run: Mapping[str, Any]) -> None:
    echo(f"run {run['run']} of {run['manager']}: {run['state']}", f"because of {run['because']}")
    if (left := run["recorded"] - len(run["history"])) > 0:
        echo(f"  ({counted(left, 'earlier line')} left out)")  # older than the bucket keeps objects
    for one in run["history"]:
        # Everything in a round of tasks stands below it.
        below = (
            "  "
            if one["kind"] in ("started", "ended")
            else "    "
            if one["kind"] in ("assigned", "asked")
            else "      "
        )
        about = " ".join(
            word for word in (one["kind"], one["member"], one["task"].removeprefix(f"{run['run']}/")) if word
        )
        echo(f"{below}{about}{': ' if one['note'] else ''}{one['note']}")
    for one in run["strays"]:
        echo(f"  changed nothing: {one['kind']} {one['member']} {one['task']}: {one['note']}")
    if run["unpublished"]:
        echo(f"  {counted(run['unpublished'], 'command')} not published yet")
