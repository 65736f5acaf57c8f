"""The commands `hookline events`: list the domain events, and show one."""

import json
from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import console, echo, print_result

MOST_SHOWN = 10  # publishers; only what is not translated has more


@click.group(cls=HintingGroup, invoke_without_command=True)
@as_json
@click.pass_context
def events(context: click.Context, as_json: bool) -> None:
    """List the domain events that agents can subscribe to, or show one."""
    if context.invoked_subcommand is None:
        from hookline.operator import event_sheet, known

        print_result({"events": event_sheet.listed(known.find().project)}, as_json, _table)


@events.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Show the fields of an event, an example, who publishes it and who subscribes to it; with --json its schema too.

    NAME is a detail type such as payment.succeeded, or github.unmapped for what a source does not translate.
    """
    from hookline.operator import event_sheet, known

    print_result(event_sheet.sheet(name, known.find().project), as_json, _print)


def _table(found: Mapping[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for column in ("event", "published by", "subscribed by"):
        table.add_column(column)
    for row in found["events"]:
        publishers = [one["publisher"] for one in row["published_by"]]
        subscribers = dict.fromkeys(one["subscriber"] for one in row["subscribed_by"])
        shown = ["any source"] if len(publishers) > MOST_SHOWN else publishers
        table.add_row(row["event"], "\n".join(shown), "\n".join(subscribers))
    console().print(table)
    echo("", "'hookline events show NAME' shows the fields of one.")


def _print(event: Mapping[str, Any]) -> None:
    echo(f"{event['event']}: {event['about']}", f"owner {event['owner']}, schema {event['schema_name']}", "", "fields")
    width = max((len(field["name"]) for field in event["fields"]), default=0)
    for field in event["fields"]:
        about = f", {field['about']}" if field["about"] else ""
        optional = "" if field["required"] else " (may be missing)"
        echo(f"  {field['name']:<{width}}  {field['kind']}{about}{optional}")
    for field, how in event["measures"].items():
        echo(f"  timelines: {field}, {how}")
    if event["facets"]:
        echo(f"  timelines: a new {' or '.join(event['facets'])} is a signal")
    echo("", "published by")
    for one in event["published_by"]:
        raw = f": {', '.join(one['raw_types'])}" if one["raw_types"] else ""
        echo(f"  {one['publisher']}{raw}")
    if not event["published_by"]:
        echo("  nobody: no source translates to it, and no agent publishes it")
    echo("", "subscribed by")
    for one in event["subscribed_by"]:
        raw = f", raw types {', '.join(one['raw_types'])}" if one["raw_types"] else ""
        echo(f"  {one['subscriber']}, from {', '.join(one['sources'])}{raw}")
    if not event["subscribed_by"]:
        echo("  nobody: such an event wakes no agent")
    echo("", "example", *json.dumps(event["example"], indent=2, ensure_ascii=False).split("\n"))


@events.command()
@click.option("--source", default="", help="The provider, such as stripe.")
@click.option("--type", "type_", default="", help="The detail type, such as payment.succeeded.")
@click.option("--entity", default="", help="An entity, such as stripe:charge/ch_1.")
@click.option("--outcome", default="", help="What became of it: handled, acted, asked, denied, failed, rejected, …")
@click.option("--since", default="", metavar="TIME", help="30s, 5m, 2h, 1d ago, or a time.")
@click.option("--until", default="", metavar="TIME", help="The same.")
@click.option("--more", default="", metavar="TEXT", help="Go on where an earlier search ended.")
@aws
@as_json
def search(
    source: str, type_: str, entity: str, outcome: str, since: str, until: str, more: str, aws: bool, as_json: bool
) -> None:
    """Find the events that arrived, the newest first: 'hookline audit show EVENT' shows what one led to."""
    from time import time

    from hookline.operator import event_search
    from hookline.operator.account import account

    given = {"source": source, "type": type_, "entity": entity, "outcome": outcome, "since": since, "until": until}
    found = event_search.search(account(aws), event_search.wanted(given, time()), more)
    print_result(found, as_json, _print_found)


def _print_found(found: Mapping[str, Any]) -> None:
    for one in found["events"]:
        echo(f"{one['at']}  {one['event'] or 'no event'}  {one['type']}  {one['entity']}")
        echo(f"    {', '.join(one['outcomes']) or 'nothing yet'}{': ' if one['reason'] else ''}{one['reason']}")
    if not found["events"]:
        echo("nothing fits")
    if found["read_to"]:
        echo(f"{found['read']:,} records were read, back to {found['read_to']}")
    if found["more"]:
        echo("", f"older ones: the same with --more {found['more']}")


@events.command()
@click.argument("id")
@click.option("--event", default="", metavar="EVENT", help="Another event of the tree than its first.")
@aws
@as_json
def raw(id: str, event: str, aws: bool, as_json: bool) -> None:
    """Show what the provider sent for the first event of the tree ID, if it is kept."""
    from hookline.operator import raw_body
    from hookline.operator.account import account

    print_result(raw_body.find(account(aws), id, event), as_json, _print_raw)


def _print_raw(found: Mapping[str, Any]) -> None:
    if not found["kept"]:
        echo(f"the raw body of {found['event']} is not kept: {found['why']}")
        return
    how = {"bodies": "as it was sent, from the bucket of bodies", "records": "redacted, from the record of a run"}
    echo(f"{how[found['kept']]}{'; the rest is cut' if found['cut'] else ''}")
    body = found["body"]
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    echo(*text.split("\n"))
