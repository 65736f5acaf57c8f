"""The commands `hookline agents`: list, inspect, suspend and resume agents."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws, stage
from hookline.cli.output import console, counted, echo, print_result
from hookline.cli.times import since_time
from hookline.operator.errors import OperatorError

if TYPE_CHECKING:
    from hookline.operator.account import Account
    from hookline.operator.suspension import DeployedAgent


@click.group(cls=HintingGroup, invoke_without_command=True)
@aws
@as_json
@click.pass_context
def agents(context: click.Context, aws: bool, as_json: bool) -> None:
    """List the agents and, if a stack can be reached, the state and the health of each.

    The events that were handled or are failing are counted in the last records of each agent on the audit trail.
    """
    if context.invoked_subcommand is None:
        from hookline.operator.agent_list import listed

        print_result(listed(aws), as_json, _table)


@agents.command()
@click.argument("name")
@stage
@as_json
def show(name: str, as_json: bool) -> None:
    """Print everything that the agent NAME can do, computed from the synthesized templates for AWS."""
    from hookline.local.progress import progress
    from hookline.operator import known
    from hookline.operator.agent_page import page
    from hookline.operator.agent_sheet import sheet
    from hookline.operator.synthesis import synthesize

    manifest, found = known.agent(name), known.find()
    for finding in found.broken.values():
        echo(f"left out: {finding}", err=True)
    with progress() as say:
        deployed = synthesize(say, without=found.broken)
    whole = sheet(manifest, deployed, found.project.connectors)
    print_result(whole, as_json, lambda sheet: echo(*page(sheet)))


@agents.command()
@click.argument("name")
@click.option("--since", default="", metavar="TIME", help="Only calls since then: 2026-11-01 or 2026-11-01T12:00:00Z.")
@as_json
@aws
def shadow(name: str, since: str, as_json: bool, aws: bool) -> None:
    """Print what the policies in shadow of the agent NAME would have done, by the audit trail."""
    from hookline.operator.account import account
    from hookline.operator.shadow import of_agent

    print_result(of_agent(account(aws), name, since_time(since)), as_json, _shadow)


@agents.command()
@click.argument("name")
def tools(name: str) -> None:
    """Write the types of the tools of the agent NAME into its folder, for an editor and a type checker.

    In agent.py, 'from functions.agents.NAME.tools import Tools' and write 'def run(event: Event, tools: Tools)'.
    """
    from hookline.operator.agent_tools import write

    echo(f"wrote {write(name)}")


@agents.command()
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the audit trail.")
@aws
def suspend(name: str, why: str, aws: bool) -> None:
    """Suspend the agent NAME immediately: its queue no longer wakes it, and every AWS call of its role is denied.

    New messages wait in its queue, for at most four days.
    """
    from hookline.operator import acts

    where, _ = _deployed(name, aws)
    done = False
    for step in acts.suspend(where, name, why):
        done = True
        echo(step)
    echo(f"agent {name} {'is suspended' if done else 'was already suspended'}")
    echo(
        f"'hookline agents resume {name}' resumes it; waiting messages age (docs/agents.md), and are lost after 4 days"
    )


@agents.command()
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the audit trail.")
@aws
def resume(name: str, why: str, aws: bool) -> None:
    """Resume the suspended agent NAME, which then receives the waiting messages."""
    from hookline.operator import acts

    where, _ = _deployed(name, aws)
    done = list(acts.resume(where, name, why))
    echo(*done, f"agent {name} {'is running' if done else 'was already running'}")


@agents.command()
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the audit trail.")
@click.option(
    "--wait",
    default=600,
    show_default=True,
    type=click.IntRange(min=10),
    metavar="SECONDS",
    help="How long it may take to handle the events that wait.",
)
@click.option("--discard-waiting", is_flag=True, help="Delete the events that wait instead.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@aws
def remove(name: str, why: str, wait: int, discard_waiting: bool, yes: bool, aws: bool) -> None:
    """Remove the agent NAME from an AWS account, with --aws; its folder may be gone already.

    It gets no new event, handles those that wait, and then its stack is deleted. On the local stack, delete its folder
    and run 'hookline up'.
    """
    from hookline.operator.agent_removal import AgentRemoval, local_removal
    from hookline.operator.operator_trail import record_action

    where, _ = _deployed(name, aws)
    if not aws:
        raise OperatorError(local_removal(where, name))
    removal = AgentRemoval(where, name, wait_seconds=wait, sleep=time.sleep, discard_waiting=discard_waiting)
    plan = removal.plan()
    echo(*plan.lines())
    if discard_waiting and plan.waiting:
        echo(f"--discard-waiting: {plan.waiting} events are deleted, unhandled")
    if not yes:
        click.confirm("Remove it?", abort=True)
    fate = f"{plan.waiting} waiting events are {'deleted' if discard_waiting else 'handled first'}"
    # Recorded before the change: afterwards there is nothing left to see.
    record_action(where, "removed", resource=f"agent.{name}", decision=f"it was {plan.state}; {fate}", reason=why)
    for step in removal.remove():
        echo(step)
    echo(f"agent {name} is removed; delete functions/agents/{name} if it is there, then run 'make deploy'")


def _shadow(found: Mapping[str, Any]) -> None:
    if not found["in_shadow"]:
        echo(f"agent {found['agent']} has no policy in shadow")
        return
    echo(f"in shadow: {', '.join(found['in_shadow'])}")
    for one in found["would"]:
        echo(f"  {one['times']:>6,}  {one['action']} would be {one['answer']} by {one['policies']}")
    for one in found["calls"]:
        echo(f"  {one['at']}  {one['correlation']}  {one['action']} on {one['resource']}: {one['decision']}")
    if not found["would"]:
        echo("  they would have changed nothing")


def _table(found: Mapping[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    unknown, rows = found["state_unknown"], found["agents"]
    table = Table(box=None)
    counts = ("waiting", "handled", "failing", "dead_letters")
    for column in ("agent", "owner", "purpose", "subscribes", *(() if unknown else ("state", *counts))):
        table.add_column(column.replace("_", " "))
    for row in rows:
        purpose = "cannot be read, see below" if row["finding"] else row["purpose"]
        cells = [row["agent"], row["owner"] or "", purpose, "\n".join(row["subscribes"] or ())]
        health = row["health"] or {}
        numbers = [f"{number:,}" if (number := health.get(name)) is not None else "" for name in counts]
        table.add_row(*(Text(cell) for cell in (*cells, *(() if unknown else (row["state"], *numbers)))))
    console().print(table)
    for row in rows:
        _print_health(row["agent"], row["health"] or {})
    if findings := [row["finding"] for row in rows if row["finding"]]:
        echo("", *findings)
    if unknown:
        echo("", f"The state of the agents is unknown: {unknown}")


def _print_health(name: str, health: Mapping[str, Any]) -> None:
    """Print what the counts of one agent are of, its last decision and its last error."""
    if not health.get("since"):
        return
    echo("", f"{name}, by its records since {health['since']}")
    if decided := health["last_decision"]:
        what = " ".join(filter(None, (decided["decision"], decided["action"])))
        echo(f"  last decision  {decided['at']}  {what}  {decided['event']}")
    if failed := health["last_error"]:
        why = f": {failed['reason']}" if failed["reason"] else ""
        echo(f"  last error     {failed['at']}  {failed['decision']}{why}  {failed['event']}")
    if health["failing"]:
        echo(f"  failing since  {health['failing_since']}: {counted(health['failing'], 'event')} without a decision")
    if health["dead_letters"]:
        echo("  dead letters   'hookline dead-letters' shows them")


def _deployed(name: str, aws: bool) -> tuple["Account", "DeployedAgent"]:
    from hookline.operator import known
    from hookline.operator.account import account
    from hookline.operator.suspension import DeployedAgent

    if not name.isidentifier():
        known.agent(name)  # raises an error that lists the agents
    where = account(aws)
    return where, DeployedAgent(where, name)
