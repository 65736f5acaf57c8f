"""Says what is under way: a moving line in a terminal, plain lines elsewhere, always on standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Gives `say`: the step that begins now. The seconds that each took stand behind it when the next begins."""
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
