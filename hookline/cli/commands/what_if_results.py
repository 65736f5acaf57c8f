"""The command `hookline what-if-results`: the kept results of what-if runs, and one of them."""

from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.commands.what_if import print_whole
from hookline.cli.options import as_json, aws
from hookline.cli.output import echo, print_result


@click.command()
@click.argument("id", required=False, default="")
@as_json
@aws
def what_if_results(id: str, as_json: bool, aws: bool) -> None:
    """List the results of 'hookline what-if' that are kept on this machine, the newest first, or show the one ID."""
    from hookline.operator.account import account
    from hookline.operator.records.asking import results

    kept = results(account(aws))
    if id:
        print_result(kept.find(id), as_json, print_whole)
    else:
        print_result({"results": kept.listed()}, as_json, _table)


def _table(found: Mapping[str, Any]) -> None:
    for one in found["results"]:
        of = f"{one['runs']:,} runs" if one["of"] == "code" else f"{one['calls']:,} calls under another policy"
        changed = f"{one['flip']:,} would change, {one['unknown']:,} unknown"
        echo(f"{one['id']}  {one['candidate'] or 'the present code, to the record'}: {changed}, of {of}")
    if not found["results"]:
        echo("no result is kept: 'hookline what-if AGENT' makes one")
