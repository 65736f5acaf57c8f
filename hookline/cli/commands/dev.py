"""`hookline dev`."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING

import click

from hookline.cli.output import console, echo

if TYPE_CHECKING:
    from hookline.local.dev import News
    from hookline.local.stack import LocalStack
    from hookline.operator.logs_reading import Reader

LOGS_SECONDS = 1.0
KEYS = "keys: r sends a delivery again, q quits; the local stack stays up"
MOST = 9  # deliveries to choose from, by one digit
STAYS = "the local stack stays up: 'hookline down' stops it"
STOPPED = "the deployment was stopped: 'hookline dev' or 'hookline up' goes on with it"


@click.command()
@click.option("--with", "also", multiple=True, metavar="SOURCE", help="Also deploy this source, as in 'hookline up'.")
@click.option("--bind", multiple=True, metavar="NAME=ENTITY", help="Bind a destination, as in 'hookline up'.")
def dev(also: tuple[str, ...], bind: tuple[str, ...]) -> None:
    """Start the local stack, and deploy every save to it until Ctrl-C.

    A saved agent, event, policy or provider is live in seconds, without a synthesis if only code has changed. Findings
    are shown as they arise, and the version before stays live. What the functions log is shown, and an error in an
    agent with its traceback. In a terminal, r sends the last delivery of a source again.
    """
    from hookline.cli.keys import keys
    from hookline.local.bindings import parse
    from hookline.local.dev import Process, Redeployer, saves
    from hookline.local.stack import STATE

    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    bound = parse(bind)
    requests = chain([(also, bound)], repeat(((), {})))  # later redeployments find what the first has stored
    redeployer = Redeployer(lambda: Process(*next(requests)))
    loop = Loop()
    try:
        with keys() as pressed:
            redeployer.saved([""])
            for files in saves():
                redeployer.saved(files)
                for one in redeployer.turn():
                    loop.show(one)
                there = loop.look()
                if pressed and not loop.press(pressed()):
                    echo(STOPPED if redeployer.busy else STAYS)
                    return
                if not there and not redeployer.busy:
                    echo("the local stack was stopped: run 'hookline dev' again", err=True)
                    sys.exit(1)
    except KeyboardInterrupt:
        echo("", STOPPED if redeployer.busy else STAYS)
        sys.exit(130)
    finally:
        redeployer.stop()


class Loop:
    """What the loop shows, and what its keys do."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._console = console()
        self._stack: LocalStack | None = None
        self._reader: Reader | None = None
        self._next = 0.0
        self._offered: list[Sequence[str]] = []

    def show(self, news: "News") -> None:
        """Print the result of a redeployment."""
        from hookline.local.dev import Live, Refused, Step, named

        match news:
            case Step(what):
                echo(f"  {what} …")
            case Live(files, steps, seconds):
                self._connect(first=self._stack is None)
                how = "" if steps or not any(files) else "; nothing had to be deployed"
                echo(f"live in {seconds:.1f} s: {named(files) or 'the local stack'}{how}")
            case Refused(files, why, seconds):
                echo(*why.split("\n"), err=True)
                before = "the version before stays live" if self._stack else "nothing is deployed yet"
                echo(f"not deployed ({seconds:.1f} s): {named(files) or 'the local stack'}; {before}", err=True)

    def look(self) -> bool:
        """Print what the functions have logged, without the steps of services that went well; False without a stack.

        It looks once a second.
        """
        if self._stack is None or self._reader is None or self._clock() < self._next:
            return True
        self._next = self._clock() + LOGS_SECONDS
        if not self._stack.emulator.alive:
            return False
        from botocore.exceptions import BotoCoreError, ClientError

        from hookline.operator.logs_text import texts

        try:
            found = self._reader.read()
        except (BotoCoreError, ClientError):  # it is stopping
            return True
        shown = (line for line in found if line.level != "INFO" or not line.identity.startswith("service."))
        for text in texts(shown):
            self._console.print(text)
        return True

    def press(self, keys: str) -> bool:
        """Do what the pressed keys mean; False for q."""
        from hookline.operator.sent import offered

        for key in keys:
            if key == "q":
                return False
            if key == "r" and self._stack:
                self._offered = offered(self._stack.state, self._stack.sources)[:MOST]
                echo(*(f"  {number}  {' '.join(words)}" for number, words in enumerate(self._offered, 1)))
                if not self._offered:
                    echo("  no deployed source has a fixture")
            elif key.isdecimal() and 0 < int(key) <= len(self._offered):
                words = self._offered[int(key) - 1]
                self._offered = []
                subprocess.run([sys.executable, "-m", "hookline", "send", *words], check=False)  # noqa: S603 - this interpreter, with a fixture's name
        return True

    def _connect(self, first: bool) -> None:
        from hookline.local import stack
        from hookline.operator.logs_reading import Reader, deployed

        self._stack = stack.find()
        if self._stack is None:
            return
        logs = self._stack.client("logs")
        if self._reader is None or first:
            self._reader = Reader(logs, {}, self._clock())
            echo(f"webhook URL: {self._stack.url}/webhooks/<source>")
            if sys.stdin.isatty() and sys.stdout.isatty():
                echo(KEYS)
        self._reader.groups = deployed(logs)
