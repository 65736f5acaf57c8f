"""The commands `hookline agents`: list, inspect, suspend and resume agents."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from hookline.cli.options import as_json, aws, stage
from hookline.cli.output import console, echo, print_result
from hookline.operator.errors import OperatorError

if TYPE_CHECKING:
    from hookline.operator.account import Account
    from hookline.operator.suspension import DeployedAgent


@click.group(invoke_without_command=True)
@aws
@as_json
@click.pass_context
def agents(context: click.Context, aws: bool, as_json: bool) -> None:
    """List the agents and, if a stack can be reached, the state and the number of waiting messages of each."""
    if context.invoked_subcommand is None:
        print_result(_listed(aws), as_json, _table)


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
    from hookline.operator.operator_trail import record_action

    where, agent = _deployed(name, aws)
    done: list[str] = []
    failed = None
    try:
        for step in agent.suspend():
            done.append(step)
            echo(step)
    except OperatorError as error:
        failed = error
    if done or not failed:
        # Recorded after the suspension, so that the audit queue cannot delay it.
        what = "; ".join(done) or "it was already suspended"
        record_action(where, "suspended", resource=f"agent.{name}", decision=what, reason=why)
    if failed:
        raise failed
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
    from hookline.operator.operator_trail import record_action

    where, agent = _deployed(name, aws)
    state = agent.status().state
    # Recorded before the change, so that no agent regains its permissions without a record.
    record_action(where, "resumed", resource=f"agent.{name}", decision=f"it was {state}", reason=why)
    done = list(agent.resume())
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
    from hookline.operator.operator_trail import record_action

    if not aws:
        raise OperatorError(f"on the local stack, delete functions/agents/{name} and run 'hookline up'")
    from hookline.operator.agent_removal import AgentRemoval

    where, _ = _deployed(name, aws)
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


def _listed(aws: bool) -> dict[str, Any]:
    from hookline.operator import known
    from hookline.operator.account import account
    from hookline.operator.suspension import deployed

    try:
        where, why = account(aws), ""
    except OperatorError as error:
        where, why = None, str(error)
    found = known.find()
    agents, findings, rows = found.project.agents, dict(found.broken), []
    for name in deployed(where) - agents.keys() - findings.keys() if where else ():
        findings[name] = f"functions/agents/{name}: is missing, but the agent is still deployed"
    for name in sorted({*agents, *findings}):
        manifest = agents.get(name)
        state, waiting = _status(where, name) if where else (None, None)
        rows.append(
            {
                "agent": name,
                "owner": manifest.owner if manifest else None,
                "purpose": manifest.purpose if manifest else None,
                "subscribes": [one.detail_type for one in manifest.subscribes] if manifest else None,
                "state": state,
                "waiting": waiting,
                "finding": findings.get(name),
            }
        )
    return {"agents": rows, "state_unknown": why or None}


def _table(found: Mapping[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    unknown, rows = found["state_unknown"], found["agents"]
    table = Table(box=None)
    for column in ("agent", "owner", "purpose", "subscribes", *(() if unknown else ("state", "waiting"))):
        table.add_column(column)
    for row in rows:
        purpose = "cannot be read, see below" if row["finding"] else row["purpose"]
        cells = [row["agent"], row["owner"] or "", purpose, "\n".join(row["subscribes"] or ())]
        status = () if unknown else (row["state"], "" if row["waiting"] is None else str(row["waiting"]))
        table.add_row(*(Text(cell) for cell in (*cells, *status)))
    console().print(table)
    if findings := [row["finding"] for row in rows if row["finding"]]:
        echo("", *findings)
    if unknown:
        echo("", f"The state of the agents is unknown: {unknown}")


def _status(where: "Account", name: str) -> tuple[str, int | None]:
    from hookline.operator.suspension import DeployedAgent, NotDeployed

    try:
        status = DeployedAgent(where, name).status()
    except NotDeployed:
        return "not deployed", None
    return status.state, status.waiting


def _deployed(name: str, aws: bool) -> tuple["Account", "DeployedAgent"]:
    from hookline.operator import known
    from hookline.operator.account import account
    from hookline.operator.suspension import DeployedAgent

    if not name.isidentifier():
        known.agent(name)  # raises an error that lists the agents
    where = account(aws)
    return where, DeployedAgent(where, name)
