"""How commands print: the only place that writes to the terminal, so no text from outside can control it."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from hookline.operator.terminal import escaped, plain, without_tokens

if TYPE_CHECKING:
    from rich.console import Console

LINE = 10_000  # characters; longer than any record


def print_result(found: Mapping[str, Any], as_json: bool, people: Callable[[Mapping[str, Any]], None]) -> None:
    """Print the result of a command: as one JSON document and nothing else, or as `people` prints it."""
    if as_json:
        echo_json(found, indent=2)
    else:
        people(found)


def echo(*lines: str, err: bool = False) -> None:
    """Print lines to standard output or standard error: escaped, a line end in a line too, and without tokens."""
    for line in lines:
        click.echo(plain(line), err=err)


def echo_json(value: Any, indent: int | None = None) -> None:
    """Print one JSON document: ASCII without control characters, and without tokens."""
    # JSON does not escape DEL.
    click.echo(without_tokens(json.dumps(value, indent=indent)).replace("\x7f", "\\u007f"))


def echo_link(link: str, err: bool = False) -> None:
    """Print a link whose token is its purpose."""
    click.echo(escaped(link), err=err)


def console() -> "Console":
    """A console as wide as the terminal; lines are not wrapped in a file or a pipe."""
    from hookline.cli.safe_console import SafeConsole

    return SafeConsole(highlight=False, width=None if sys.stdout.isatty() else LINE)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function that shows how much of a total is done, on standard error; nothing is shown if that is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from hookline.cli.safe_console import SafeConsole

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    screen = SafeConsole(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def counted(number: int, what: str) -> str:
    """A number with its noun in the singular or plural: 1 record, 2 records."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
