"""`hookline sandbox`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from hookline.cli.output import console, counted, echo, print_result

LONGEST = 300  # characters of a value in a line for people; --json prints all of it


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with nothing cut.")
def sandbox(name: str | None, as_json: bool) -> None:
    """Show what the sandbox of provider NAME received and holds: requests, effects, and its objects.

    Without NAME, list the sandboxes. On the local stack they play the providers; their data is invented.
    """
    from hookline.operator import sandboxes

    if name is None:
        print_result({"sandboxes": sandboxes.listed()}, as_json, _table)
    else:
        print_result(sandboxes.content(name), as_json, _print)


def _table(found: Mapping[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for column in ("sandbox", "requests", "effects"):
        table.add_column(column)
    for row in found["sandboxes"]:
        counts = ["" if row[name] is None else f"{row[name]:,}" for name in ("requests", "effects")]
        table.add_row(row["sandbox"], *counts)
    console().print(table)
    absent = [row["sandbox"] for row in found["sandboxes"] if row["url"] is None]
    if len(absent) == len(found["sandboxes"]):
        echo("", "The local stack is not up: 'hookline up' starts it.")
    elif absent:
        echo("", f"Newer than the running sandboxes: {', '.join(absent)}; 'hookline up' starts them.")
    else:
        echo("", "'hookline sandbox NAME' shows one.")
    _say_live([row["sandbox"] for row in found["sandboxes"] if row["live"]])


def _print(found: Mapping[str, Any]) -> None:
    requests, effects = found["requests"], found["effects"]
    left_out = found["received"] - len(requests)
    echo(f"requests: {found['received']:,}{f', the last {len(requests):,} below' if left_out else ''}")
    for request in requests:
        status = request["status"] or "no response"
        operation = f"  ({request['operation']})" if request["operation"] else ""
        echo(f"  {request['method']} {request['path']}  {status}{operation}")
        _fields(request["query"])
        _fields(request["body"])
    echo("", f"effects: {len(effects):,}")
    for effect in effects:
        echo(f"  {_short(effect)}")
    for kind, values in found["state"].items():
        echo("", f"{kind}: {len(values):,}" if isinstance(values, list) else f"{kind}: {_short(values)}")
        for value in values if isinstance(values, list) else ():
            echo(f"  {_short(value)}")
    _say_live([found["sandbox"]] if found["live"] else [])


def _fields(given: Any) -> None:
    if isinstance(given, Mapping):
        for name, value in given.items():
            echo(f"      {name}: {_short(value)}")
    elif given is not None:
        echo(f"      {_short(given)}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … ({counted(len(text) - LONGEST, 'more character')})"


def _say_live(names: Sequence[str]) -> None:
    for name in names:
        echo("", f"{name} itself is called, because its test-mode key is in the environment: its sandbox is idle.")
