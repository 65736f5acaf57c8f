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
            # Blocked until it is waited for, so that it is not missed between the two lines.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            print("here", flush=True)
            for _ in range(60):  # a test that died sends none
                if signal.sigtimedwait({signal.SIGINT}, 1):
                    break  # otherwise another thread may have got it: then it is raised here
            else:
                sys.exit("no signal came")
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    _, module, *words = sys.argv
    sys.argv = ["hookline", *words]
    sys.meta_path.insert(0, Waits(module))
    from hookline.__main__ import main

    main()
