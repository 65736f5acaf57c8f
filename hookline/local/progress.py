"""Shows the current step on standard error: a status line in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yields a function that starts a step. When the next one starts, the step is printed with its seconds."""
    console = Console(stderr=True, highlight=False)
    begun: list[tuple[str, float]] = []

    def finish() -> None:
        if begun:
            step, since = begun.pop()
            console.print(f"[dim]  {step} · {time.monotonic() - since:.1f} s[/dim]")

    with console.status("") as status:

        def say(step: str) -> None:
            finish()
            begun.append((step, time.monotonic()))
            status.update(f"{step} …")

        yield say
        finish()
