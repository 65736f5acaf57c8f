"""The agents as an operator and an auditor meet them."""

import json
from typing import TYPE_CHECKING

import click

from hookline.commands.options import aws
from hookline.commands.output import console
from hookline.errors import OperatorError

if TYPE_CHECKING:
    from hookline.account import Account
    from hookline.suspension import DeployedAgent


@click.group(invoke_without_command=True)
@aws
@click.pass_context
def agents(context: click.Context, aws: bool) -> None:
    """List the agents and, where a stack can be reached, how each stands and how many messages wait for it."""
    if context.invoked_subcommand is None:
        _list(aws)


@agents.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the same as data.")
def show(name: str, as_json: bool) -> None:
    """Print everything that the agent NAME can do, computed from the template that would be deployed to AWS."""
    from hookline import known
    from hookline.agent_page import page
    from hookline.agent_sheet import sheet
    from hookline.progress import progress
    from hookline.synthesis import synthesize
    from infra.discovery import discover

    manifest = known.agent(name)
    with progress() as say:
        say("synthesizing the templates")
        deployed = synthesize()
    found = sheet(manifest, deployed, discover().connectors)
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(page(found)))


@agents.command()
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the audit trail.")
@aws
def suspend(name: str, why: str, aws: bool) -> None:
    """Stop the agent NAME at once: it is woken no more, and every AWS call of its role is denied.

    What comes for it waits in its queue, for four days at most.
    """
    from hookline.operator_trail import put_on_record

    where, agent = _deployed(name, aws)
    done: list[str] = []
    failed = None
    try:
        for step in agent.suspend():
            done.append(step)
            click.echo(step)
    except OperatorError as error:
        failed = error
    if done or not failed:
        # On record after it is done: nothing may keep a suspension waiting.
        what = "; ".join(done) or "it was suspended already"
        put_on_record(where, "suspended", resource=f"agent.{name}", decision=what, reason=why)
    if failed:
        raise failed
    click.echo(f"agent {name} {'is suspended' if done else 'was suspended already'}")
    click.echo(
        f"'hookline agents resume {name}' lets it go on; what waits ages (docs/agents.md), and is lost after four days"
    )


@agents.command()
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the audit trail.")
@aws
def resume(name: str, why: str, aws: bool) -> None:
    """Let the suspended agent NAME go on, with what has waited for it."""
    from hookline.operator_trail import put_on_record

    where, agent = _deployed(name, aws)
    state = agent.standing().state
    # On record before it is done: nothing gets its power back unseen.
    put_on_record(where, "resumed", resource=f"agent.{name}", decision=f"it was {state}", reason=why)
    done = list(agent.resume())
    click.echo("\n".join([*done, f"agent {name} {'goes on' if done else 'was running already'}"]))


def _list(aws: bool) -> None:
    from rich.table import Table

    from hookline.account import account
    from infra.discovery import discover

    try:
        where, why = account(aws), ""
    except OperatorError as error:
        where, why = None, str(error)
    table = Table(box=None)
    for column in ("agent", "owner", "purpose", "hears", *(("state", "waiting") if where else ())):
        table.add_column(column)
    for name, manifest in discover().agents.items():
        heard = "\n".join(heard.detail_type for heard in manifest.hears)
        table.add_row(name, manifest.owner, manifest.purpose, heard, *(_standing(where, name) if where else ()))
    console().print(table)
    if why:
        click.echo(f"\nHow they stand is not known: {why}")


def _standing(where: "Account", name: str) -> tuple[str, str]:
    from hookline.suspension import DeployedAgent, NotDeployed

    try:
        standing = DeployedAgent(where, name).standing()
    except NotDeployed:
        return "not deployed", ""
    return standing.state, str(standing.waiting)


def _deployed(name: str, aws: bool) -> tuple["Account", "DeployedAgent"]:
    from hookline import known
    from hookline.account import account
    from hookline.suspension import DeployedAgent

    if not name.isidentifier():
        known.agent(name)  # says which there are
    where = account(aws)
    return where, DeployedAgent(where, name)
