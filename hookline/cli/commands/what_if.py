"""The command `hookline what-if`: what another version of an agent would have decided over its records."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result
from hookline.cli.times import since_time

FLIPPED = 3  # the exit code
MOST_EVENTS = 20  # that are printed; --json has all


@click.command()
@click.argument("agent")
@click.option("--since", default="", metavar="TIME", help="Only runs since then: 2026-11-01 or 2026-11-01T12:00:00Z.")
@click.option("--limit", default=10_000, show_default=True, type=click.IntRange(1), help="The newest so many runs.")
@click.option(
    "--candidate",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The candidate's files: the agent's folder, or a project that has it.",
)
@click.option("--ref", default="", metavar="GIT-REF", help="The candidate is the agent's folder in this revision.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge the recorded calls by this policy instead, without running the agent.",
)
@click.option("--most", type=click.IntRange(0), metavar="N", help="Exit code 3 if more than N flip or are unknown.")
@as_json
@aws
def what_if(
    agent: str,
    since: str,
    limit: int,
    candidate: Path | None,
    ref: str,
    policy: Path | None,
    most: int | None,
    as_json: bool,
    aws: bool,
) -> None:
    """Show what a candidate version of AGENT would have decided otherwise, over its recorded events.

    Every answer comes from the record, nothing is called and nothing happens. The present code in this folder runs over
    the record too, so that the candidate is not blamed for what differs already; without a candidate, it is compared
    with what was observed.
    """
    if sum(map(bool, (candidate, ref, policy))) > 1:
        raise click.UsageError("give one of --candidate, --ref and --policy")
    from time import time

    from hookline.operator.account import account
    from hookline.operator.records.asking import Question, ask

    found = ask(account(aws), Question(agent, since_time(since), limit, candidate, ref, policy), time())
    print_result(found, as_json, print_whole)
    if most is not None and found["flip"] + found["unknown"] > most:
        sys.exit(FLIPPED)


def print_whole(found: Mapping[str, Any]) -> None:
    """Print a kept result for people."""
    (_print_judged if found["of"] == "policy" else _print)(found)
    echo("", f"kept: hookline what-if-results {found['id']}")


def _print(found: Mapping[str, Any]) -> None:
    runs, against = counted(found["runs"], "recorded run"), found["candidate"] or f"{found['present']}, to the record"
    echo(f"{found['flip']:,} of {runs} of {found['agent']} since {found['since']} would change: {against}")
    echo(
        f"  {found['content']:,} with the same decision and other contents, {found['unknown']:,} unknown, "
        f"{found['same']:,} the same"
    )
    if found["candidate"] and found["drift"]:
        echo(f"  {found['drift']:,} differ from what was observed with the present code already")
    if found["kinds"]:
        echo("", "first divergence")
    for kind in found["kinds"]:
        change = f"{kind['was'] or 'nothing'} -> {kind['now'] or 'nothing'}"
        echo(f"  {kind['times']:>6,}  {kind['verdict']:<8} step {kind['number']}: {change}")
    shown = [one for one in found["events"] if one["verdict"] in ("flip", "unknown")]
    if shown:
        echo("", "events")
    for one in shown[:MOST_EVENTS]:
        change = f"{one['was'] or 'nothing'} -> {one['now'] or 'nothing'}"
        echo(f"  {one['event']}  {one['verdict']}: {change}{': ' if one['why'] else ''}{one['why']}")
    if len(shown) > MOST_EVENTS:
        echo(f"  … and {len(shown) - MOST_EVENTS:,} more; --json has all")


def _print_judged(found: Mapping[str, Any]) -> None:
    echo(f"{found['flip']:,} of {counted(found['calls'], 'recorded call')} would be decided otherwise")
    for move in found["moves"]:
        same = "" if move["was"] != move["now"] else ", as then"
        echo(f"  {move['times']:>6,}  {move['was']} -> {move['now']}{same}")
    for one in found["changed"][:MOST_EVENTS]:
        why = f" by {', '.join(one['policies'])}" if one["policies"] else f": {one['reason']}" if one["reason"] else ""
        echo(f"  {one['event']}  {one['call']} on {one['entity']}: {one['was']} -> {one['now']}{why}")
    if found["flip"] > MOST_EVENTS:
        echo(f"  … and {found['flip'] - MOST_EVENTS:,} more; --json has all")
    if found["gone"]:
        echo(f"  {counted(found['gone'], 'call')} of operations that no longer exist left out")
