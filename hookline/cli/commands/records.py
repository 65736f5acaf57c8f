"""The commands `hookline records`: whose records there are, and the deletion of those of a tree."""

from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result
from hookline.operator.errors import OperatorError


@click.group(cls=HintingGroup, invoke_without_command=True)
@as_json
@aws
@click.pass_context
def records(context: click.Context, as_json: bool, aws: bool) -> None:
    """List whose records of runs and calls there are, or delete those of a causal tree (docs/records.md)."""
    if context.invoked_subcommand is None:
        from hookline.operator.account import account
        from hookline.operator.records.stored import records as stored

        print_result({"identities": stored(account(aws)).listed()}, as_json, _table)


@records.command()
@click.argument("correlation")
@click.option("--reason", required=True, help="Why, for the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@aws
def delete(correlation: str, reason: str, yes: bool, aws: bool) -> None:
    """Delete the records of the tree of CORRELATION, the id of its first event, as when a person asks for it."""
    from hookline.operator.account import account
    from hookline.operator.operator_trail import record_action
    from hookline.operator.records.kept import of_bucket
    from hookline.operator.records.stored import records as stored

    if not reason.strip():
        raise OperatorError("--reason is empty")
    where = account(aws)
    found = stored(where)
    if not (keys := found.keys_of(correlation)):
        raise OperatorError(f"there is no record of {correlation}; 'hookline records' lists whose records there are")
    if not yes and not click.confirm(f"delete {counted(len(keys), 'record')} of {correlation} permanently?"):
        raise OperatorError("nothing was deleted")
    record_action(where, "discarded", resource=f"the records of {correlation}", reason=reason)
    found.delete(keys)
    forgotten = of_bucket(found.bucket).forget(correlation)
    echo(f"{counted(len(keys), 'record')} deleted")
    if forgotten:
        echo(f"{counted(forgotten, 'what-if result')} that named the tree deleted on this machine")


def _table(found: Mapping[str, Any]) -> None:
    for one in found["identities"]:
        echo(f"{one['identity']}  {one['first']} to {one['last']}")
    if not found["identities"]:
        echo("nothing is recorded")
