"""`python interrupted.py MODULE WORD…` runs `hookline WORD…`, and waits at the import of MODULE for a signal.

It prints "here" when it waits. The waiting is at the very place where the command would be, so that a test can send
SIGINT to it and depend on no time.
"""

import signal
import sys


class Waits:
    """A finder that finds nothing, and waits at one module."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Wait for a signal at the module's first import."""
        if name == self.name:
            self.name = ""
            print("here", flush=True)
            signal.pause()


if __name__ == "__main__":
    _, module, *words = sys.argv
    sys.argv = ["hookline", *words]
    sys.meta_path.insert(0, Waits(module))
    from hookline.__main__ import main

    main()
