"""The command `hookline reconcile`: find what a provider sent and what did not arrive, and publish it."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result


@click.command()
@click.argument("source")
@click.option("--since", default="", metavar="TIME", help="30s, 5m, 2h, 1d, or a time. [default: the last run's end]")
@click.option("--dry-run", "dry", is_flag=True, help="Only list what is missing.")
@aws
@as_json
def reconcile(source: str, since: str, dry: bool, aws: bool, as_json: bool) -> None:
    """Compare what the provider of SOURCE says it sent with what arrived, and publish what is missing.

    An event that is published so has no signature: it names the listing that returned it. Exit code 1 if something is
    lost, or not all could be compared.
    """
    from hookline.operator import known
    from hookline.operator.account import account
    from hookline.operator.logs_reading import since as parsed
    from hookline.operator.missing_events import reconcile as reconciled

    known.source(source)
    start = parsed(since, time.time()) if since else None
    found = reconciled(account(aws), source, start, dry)
    print_result(found, as_json, _print)
    sys.exit(0 if found["whole"] else 1)


def _print(found: Mapping[str, Any]) -> None:
    echo(f"{found['source']}  {found['since']} to {found['until']}")
    echo(f"listed        {counted(found['listed'], 'event')} that the provider says it did not deliver")
    echo(f"arrived       {found['arrived']:,}", f"under way     {found['under_way']:,}")
    echo(f"missing       {len(found['missing']):,}")
    for one in found["missing"]:
        because = f": {one['reason']}" if one["reason"] else ""
        echo(f"  {one['at']}  {one['id']}  {one['outcome']}{because}")
    for what in found["unmatched"]:
        echo(f"not matched   {what}")
    if found["stopped"]:
        echo(f"not all was listed: {found['stopped']}")
    echo(f"lost          {found['lost']:,}" + ("" if not found["stopped"] else " of what was listed"))
