"""The commands `hookline connectors`: list connectors, and show the operations of one."""

from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json
from hookline.cli.output import console, echo, print_result
from hookline.operator.errors import OperatorError


@click.group(cls=HintingGroup, invoke_without_command=True)
@as_json
@click.pass_context
def connectors(context: click.Context, as_json: bool) -> None:
    """List the connectors, or show one."""
    if context.invoked_subcommand is None:
        from hookline.operator import known
        from hookline.operator.connectors import sheet

        found = [sheet(manifest) for manifest in known.find().project.connectors.values()]
        print_result({"connectors": found}, as_json, _table)


@connectors.command()
@click.argument("name")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the page in Markdown.")
@as_json
def show(name: str, as_markdown: bool, as_json: bool) -> None:
    """Show every operation of a connector: entity, arguments, the result of a repeat, and what an approver sees."""
    from hookline.operator import known
    from hookline.operator.connector_page import markdown, page
    from hookline.operator.connectors import sheet

    if as_markdown and as_json:
        raise OperatorError("--markdown and --json exclude each other")
    write = markdown if as_markdown else page
    print_result(sheet(known.connector(name)), as_json, lambda found: echo(*write(found)))


def _table(found: Mapping[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for column in ("connector", "reads", "effects", "credential", "calls"):
        table.add_column(column)
    for row in found["connectors"]:
        by_kind = {
            kind: "\n".join(operation["name"] for operation in row["operations"] if operation["kind"] == kind)
            for kind in ("read", "effect")
        }
        credential, hosts = row["credential"] or "none", "\n".join(row["hosts"]) or "nothing outside AWS"
        table.add_row(row["connector"], by_kind["read"], by_kind["effect"], credential, hosts)
    console().print(table)
