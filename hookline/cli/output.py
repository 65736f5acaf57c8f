"""How commands print."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

LINE = 10_000  # characters; longer than any record
SPANS = ((86_400, "days"), (3600, "h"), (60, "min"), (1, "s"))  # in seconds


def print_result(found: Mapping[str, Any], as_json: bool, people: Callable[[Mapping[str, Any]], None]) -> None:
    """Print the result of a command: as one JSON document and nothing else, or as `people` prints it."""
    if as_json:
        click.echo(json.dumps(found, indent=2))  # ASCII only, so that it holds no control characters for a terminal
    else:
        people(found)


def console() -> "Console":
    """A console as wide as the terminal; lines are not wrapped in a file or a pipe."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else LINE)


def counted(number: int, what: str) -> str:
    """A number with its noun in the singular or plural: 1 record, 2 records."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def until(seconds: float) -> str:
    """The text for a time that is `seconds` ahead: in 3 h. Rounded down, so that nobody is late."""
    if seconds < 1:
        return "any moment"
    span, word = next((span, word) for span, word in SPANS if seconds >= 2 * span or span == 1)
    return f"in {int(seconds // span)} {word}"
