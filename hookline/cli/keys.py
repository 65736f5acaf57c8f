"""Reads single keys from a terminal."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keys() -> Iterator[Callable[[], str] | None]:
    """Yields a function that returns the keys since its last call, "" if none; None if this is no terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield None
        return
    import termios  # not on every system, nor is a terminal
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def pressed() -> str:
        waits = select.select([terminal], [], [], 0)[0]
        return os.read(terminal, 100).decode(errors="ignore") if waits else ""

    try:
        tty.setcbreak(terminal)
        yield pressed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
