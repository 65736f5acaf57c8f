"""The command `hookline replay`: let an agent handle events again, from the archive."""

import click

from hookline.cli.options import aws
from hookline.cli.output import counted, echo
from hookline.cli.times import since_time
from hookline.operator.errors import OperatorError

SHOWN = 20


@click.command()
@click.argument("events", nargs=-1, metavar="[EVENT]...")
@click.option("--agent", required=True, metavar="NAME", help="The agent that handles them again; no other one does.")
@click.option(
    "--source", default="", metavar="NAME", help="Only events of this publisher: webhook.stripe, agent.fraud."
)
@click.option("--type", default="", metavar="TYPE", help="Only events of this detail type: payment.succeeded.")
@click.option(
    "--since", default="", metavar="TIME", help="Only what it received since then: 2026-11-01, or with a time."
)
@click.option("--until", default="", metavar="TIME", help="Only what it received before then.")
@click.option("--reason", required=True, help="Why, for the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@aws
def replay(
    events: tuple[str, ...],
    agent: str,
    source: str,
    type: str,
    since: str,
    until: str,
    reason: str,
    yes: bool,
    aws: bool,
) -> None:
    """Let an agent handle events again that it has handled, from the archive on AWS: the named ones, or all that fit.

    Effects that were done are not done again, and a grant that has expired stays expired (docs/records.md).
    """
    from hookline.operator import replay as replaying
    from hookline.operator.account import account

    where = account(aws)
    if not replaying.has_archive(where):
        raise OperatorError("the local stack has no archive: 'hookline send' sends a delivery again")
    if not reason.strip():
        raise OperatorError("--reason is empty")
    wanted = replaying.Wanted(events, source, type, since_time(since), since_time(until))
    now = replaying.now()
    chosen = replaying.chosen(where, agent, wanted, now)
    for one in chosen[:SHOWN]:
        echo(f"{one.event}  {one.type}{'' if one.can_act(now) else '  its grant has expired: it can do nothing'}")
    if len(chosen) > SHOWN:
        echo(f"… and {len(chosen) - SHOWN:,} more")
    if not yes and not click.confirm(f"replay {counted(len(chosen), 'event')} to agent {agent}?"):
        raise OperatorError("nothing was replayed")
    made = replaying.replay(where, agent, chosen, reason, now)
    echo(f"replay {made.name} of {counted(len(chosen), 'event')} has started; 'hookline audit show' shows its outcome")
