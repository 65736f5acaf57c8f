"""How commands print."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

LINE = 10_000  # characters: more than a record has


def console() -> "Console":
    """As wide as the terminal; a file or a pipe gets whole lines."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else LINE)


def several(number: int, what: str) -> str:
    """1 record, 2 records."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def plain(text: str) -> str:
    """Text from outside as a terminal may show it: what moves the cursor or turns the text around is spelled out."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
