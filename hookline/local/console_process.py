"""The console that stays with the local stack: started detached, found by pid and start time, and stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_urlsafe

from hookline.local.emulator import EmulatorError, process_started
from hookline.local.private_files import write_private
from hookline.local.toolchain import ROOT
from hookline.local.variables import port_from

PORT = 4568
MODULE = "hookline.console"  # a name, because the console stands above this package
STATE = ROOT / ".hookline"


@dataclass(frozen=True)
class ConsoleProcess:
    """A running console: its pid, start time, and the address with its token."""

    pid: int
    started: str
    address: str

    @property
    def alive(self) -> bool:
        """Whether this process runs; a later process with the same pid does not count."""
        return process_started(self.pid) == self.started

    def stop(self) -> None:
        """Kill the process if it runs: it has nothing to save."""
        while self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
            time.sleep(0.01)


def port() -> int:
    """The console's port. Raises StackError if the variable is not a port."""
    return port_from("HOOKLINE_CONSOLE_PORT", PORT)


def start(state: Path = STATE) -> ConsoleProcess:
    """Start the console of the stack with this state, or another one of the present code if it runs.

    Its token stays the same, so that a browser that has entered stays in. If the port is taken, another one is.
    """
    before, token = find(state), _token(state)
    if before:
        before.stop()
    log = state / "console.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of the project
            [sys.executable, "-m", MODULE, "--state", str(state), "--port", str(port())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    with process.stdin as given, process.stdout as printed:  # type: ignore[union-attr]  # they are pipes
        given.write(f"{token}\n".encode())
        given.flush()
        line = printed.readline().decode().strip()
    if not line:
        said = log.read_text(errors="replace").strip().splitlines() or ["nothing"]
        raise EmulatorError(f"the console did not start; the end of {log}: {said[-1]}")
    process.returncode = 0  # it outlives this object on purpose; Python would warn about a running child
    running = ConsoleProcess(process.pid, process_started(process.pid) or "", line)
    write_private(_record(state), json.dumps(asdict(running)))
    return running


def find(state: Path = STATE) -> ConsoleProcess | None:
    """The console that runs from `state`, or None."""
    try:
        running = ConsoleProcess(**json.loads(_record(state).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return running if running.started and running.alive else None


def stop(state: Path = STATE) -> None:
    """Stop the console if it runs, and forget its token."""
    if running := find(state):
        running.stop()
    for file in (_record(state), state / "console-token"):
        file.unlink(missing_ok=True)


def _token(state: Path) -> str:
    keep = state / "console-token"
    if not keep.is_file():
        write_private(keep, token_urlsafe(32))
    return keep.read_text().strip()


def _record(state: Path) -> Path:
    return state / "console.json"
