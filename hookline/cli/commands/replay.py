"""The command `hookline replay`: let an agent handle events again, from the archive."""

from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result
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
@click.option("--reason", default="", help="Why, for the audit trail; required unless --dry-run.")
@click.option("--dry-run", "dry", is_flag=True, help="Only list what would be replayed.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@as_json
@aws
def replay(
    events: tuple[str, ...],
    agent: str,
    source: str,
    type: str,
    since: str,
    until: str,
    reason: str,
    dry: bool,
    yes: bool,
    as_json: bool,
    aws: bool,
) -> None:
    """Let an agent handle events again that it has handled, from the archive on AWS: the named ones, or all that fit.

    Effects that were done are not done again, and a grant that has expired stays expired (docs/records.md). --json goes
    with --dry-run.
    """
    from hookline.operator import replay as replaying
    from hookline.operator.account import account

    if as_json and not dry:
        raise click.UsageError("--json goes with --dry-run")
    where = account(aws)
    now = replaying.now()
    wanted = replaying.Wanted(events, source, type, since_time(since), since_time(until))
    if dry:
        found = replaying.preview(where, agent, wanted, now)
        print_result(found, as_json, _preview)
        if found["why"] and not as_json:
            echo(f"it cannot be replayed: {found['why']}")
        return
    if not replaying.has_archive(where):
        raise OperatorError("the local stack has no archive: 'hookline send' sends a delivery again")
    if not reason.strip():
        raise OperatorError("--reason is empty")
    chosen = replaying.chosen(where, agent, wanted, now)
    _preview(replaying.shown(chosen, now))
    if not yes and not click.confirm(f"replay {counted(len(chosen), 'event')} to agent {agent}?"):
        raise OperatorError("nothing was replayed")
    made = replaying.replay(where, agent, chosen, reason, now)
    echo(f"replay {made.name} of {counted(len(chosen), 'event')} has started; 'hookline audit show' shows its outcome")


def _preview(found: Mapping[str, Any]) -> None:
    rows = found["events"]
    for one in rows[:SHOWN]:
        echo(f"{one['event']}  {one['type']}{'' if one['can_act'] else '  its grant has expired: it can do nothing'}")
    if len(rows) > SHOWN:
        echo(f"… and {len(rows) - SHOWN:,} more")
