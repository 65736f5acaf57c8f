"""The loop of `hookline dev`: each save is deployed to the local stack, one redeployment after the other."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from hookline.local.stack import STATE
from hookline.local.toolchain import ROOT

WATCHED = ("functions", "infra", "requirements")
SETTINGS = ROOT / "cdk.json"  # looked at, not watched: many editors replace a file, which ends the watch of it
TICK_MS = 100
COMMAND = (sys.executable, "-m", "hookline.local.redeploy")
FEW = 3  # files that are named


@dataclass(frozen=True)
class Step:
    """A redeployment has begun a step."""

    what: str


@dataclass(frozen=True)
class Live:
    """The saved files are live, `seconds` after the save; `steps` are what was done, none if nothing had to be."""

    files: Sequence[str]
    steps: Sequence[str]
    seconds: float


@dataclass(frozen=True)
class Refused:
    """The saved files are not live, and the version before stays; `why` has a line for each finding."""

    files: Sequence[str]
    why: str
    seconds: float


News = Step | Live | Refused


class Redeployment(Protocol):
    """A redeployment that runs."""

    def messages(self) -> Iterator[Mapping[str, Any]]:
        """What it has written since the last call: {"step"}, {"live"} or {"failed"}."""

    @property
    def ended(self) -> bool: ...

    def stop(self) -> None: ...


@dataclass
class Redeployer:
    """Starts a redeployment after each save, or after the one that runs: no save is lost, and no two run at once."""

    start: Callable[[], Redeployment]
    clock: Callable[[], float] = time.monotonic
    _running: Redeployment | None = None
    _reported: bool = False  # whether the result of the one that runs has been read
    _files: list[str] = field(default_factory=list)
    _since: float = 0.0
    _waiting: dict[str, float] = field(default_factory=dict)  # when each file was saved, that no redeployment has seen

    @property
    def busy(self) -> bool:
        """Whether a redeployment runs or waits."""
        return bool(self._running or self._waiting)

    def saved(self, files: Iterable[str]) -> None:
        """Note that files were saved."""
        for file in files:
            self._waiting.setdefault(file, self.clock())

    def turn(self) -> list[News]:
        """What has happened since the last turn; starts a redeployment if files wait for one."""
        news: list[News] = []
        if self._running:
            ended = self._running.ended  # before its messages are read: afterwards there are none
            news += self._read(self._running)
            self._reported |= any(isinstance(one, Live | Refused) for one in news)
            if ended:
                self._running = None
                if not self._reported:
                    news.append(
                        self._refused(
                            "the redeployment ended without a result: see .hookline/redeploy.log, and save again"
                        )
                    )
        if self._waiting and not self._running:
            self._files, self._since = sorted(self._waiting), min(self._waiting.values())
            self._waiting, self._reported = {}, False
            self._running = self.start()
        return news

    def stop(self) -> None:
        """Stop the redeployment that runs. The next one, or 'hookline up', deploys what it has left."""
        if self._running:
            self._running.stop()
            self._running = None

    def _read(self, running: Redeployment) -> Iterator[News]:
        for message in running.messages():
            if "step" in message:
                yield Step(message["step"])
            elif "live" in message:
                yield Live(self._files, message["live"], self.clock() - self._since)
            elif "failed" in message:
                yield self._refused(message["failed"])

    def _refused(self, why: str) -> Refused:
        return Refused(self._files, why, self.clock() - self._since)


class Process:
    """A redeployment in a process of its own (`hookline.local.redeploy`), and in a session: Ctrl-C is not for it."""

    def __init__(self, also: Sequence[str] = (), bind: Mapping[str, str] | None = None, state: Path = STATE) -> None:
        request = json.dumps({"state": str(state), "also": list(also), "bind": dict(bind or {})})
        self._log = (state / "redeploy.log").open("wb")
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of the project
            [*COMMAND, request],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def messages(self) -> Iterator[Mapping[str, Any]]:
        """What it has written since the last call."""
        while not self._lines.empty():
            yield json.loads(self._lines.get())

    @property
    def ended(self) -> bool:
        """Whether the process has ended and all that it wrote can be read."""
        if self._reader.is_alive():
            return False
        self._process.wait()
        self._log.close()
        return True

    def stop(self) -> None:
        """End the process and those that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._reader.join(5)
        self._process.wait()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            if line.startswith("{"):
                self._lines.put(line)


def saves() -> Iterator[set[str]]:
    """The files that were saved, from the project's root, as soon as no other is; an empty set every 0.1 s otherwise.

    Saves while the caller is busy come with the next set. Ends with KeyboardInterrupt on Ctrl-C.
    """
    from watchfiles import watch

    settings = SETTINGS.stat().st_mtime_ns
    folders = [ROOT / name for name in WATCHED]
    for changes in watch(*folders, step=TICK_MS // 2, rust_timeout=TICK_MS, yield_on_timeout=True):
        found = {str(Path(path).relative_to(ROOT)) for _, path in changes if not _passing(Path(path))}
        with contextlib.suppress(FileNotFoundError):  # it is being replaced
            if (now := SETTINGS.stat().st_mtime_ns) != settings:
                settings = now
                found.add(SETTINGS.name)
        yield found


def _passing(path: Path) -> bool:
    """Whether it is a file of an editor, which is gone by now. A plugin's removed file has an extension."""
    return not path.suffix and not path.exists()


def named(files: Sequence[str]) -> str:
    """The names of a few files, and the number of others."""
    others = len(files) - FEW
    return ", ".join([*files[:FEW], *([f"{others} more"] if others > 0 else [])])
