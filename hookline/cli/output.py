"""How commands print."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

LINE = 10_000  # characters: more than a record has
SPANS = ((86_400, "days"), (3600, "h"), (60, "min"), (1, "s"))  # in seconds


def tell(found: Mapping[str, Any], as_json: bool, people: Callable[[Mapping[str, Any]], None]) -> None:
    """Print what a command found: as one JSON document and nothing else, or as `people` prints it."""
    if as_json:
        click.echo(json.dumps(found, indent=2))  # ASCII only, so that a terminal obeys none of it
    else:
        people(found)


def console() -> "Console":
    """As wide as the terminal; a file or a pipe gets whole lines."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else LINE)


def several(number: int, what: str) -> str:
    """1 record, 2 records."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def until(seconds: float) -> str:
    """When something happens that is so many seconds ahead: in 3 h. Rounded down, so that nobody comes too late."""
    if seconds < 1:
        return "any moment"
    span, word = next((span, word) for span, word in SPANS if seconds >= 2 * span or span == 1)
    return f"in {int(seconds // span)} {word}"
