"""The process of the sandbox providers: started detached, found by pid and start time, and stopped."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookline.local.control import HEADER, control_file, control_token
from hookline.local.emulator import HOST, EmulatorError, PortTaken, process_started
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator.errors import OperatorError


class SandboxError(OperatorError):
    """The sandbox providers do not answer."""


class SandboxRefused(SandboxError):
    """The sandbox providers refuse a control request; the message says why."""


@dataclass(frozen=True)
class Sandboxes:
    """The running sandbox: its pid, start time, and the URL of each provider."""

    state: Path
    pid: int
    started: str
    urls: dict[str, str]

    @property
    def url(self) -> str:
        """The address of the sandbox itself, without a provider's path."""
        return next(iter(self.urls.values())).rsplit("/", 1)[0]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the sandbox's control interface, /_sandbox/…; returns the JSON of the response, None if it is empty.

        Raises SandboxRefused if it refuses the call, SandboxError if it does not answer.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {HEADER: control_token(self.state), "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - loopback, our own
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback, our own
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise SandboxRefused(f"the sandbox answered {error.code} to {path}: {_reason(error.read())}") from None
        except (OSError, http.client.HTTPException) as error:
            raise SandboxError(f"the sandbox providers do not answer: {error}; 'hookline up' starts them") from None
        return json.loads(content) if content else None

    def stop(self) -> None:
        """Kill the process if it runs, which frees its port."""
        while process_started(self.pid) == self.started:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)  # nothing has to be saved
            time.sleep(0.01)
        _record(self.state).unlink(missing_ok=True)


def start(state: Path, port: int) -> Sandboxes:
    """Start the sandbox providers, or return those that already run from `state`. Raises PortTaken."""
    running = find(state)
    if running and not is_outdated(running):
        return running
    if running:  # an older version: a provider without a sandbox would be called itself, or it has no guard
        running.stop()
    control_token(state)  # the process reads it
    log = state / "sandbox.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of the project
            [sys.executable, "-m", "hookline.local.serve_sandbox", "--port", str(port), "--state", str(state)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        said = log.read_text(errors="replace").strip().splitlines() or ["nothing"]
        if process.wait() == 1 and "listen" in said[-1]:
            raise PortTaken(
                f"port {port} on {HOST} is in use: stop what uses it, or set HOOKLINE_SANDBOX_PORT to a free one"
            )
        raise EmulatorError(f"the sandbox did not start; the end of {log}: {said[-1]}")
    process.returncode = 0  # it outlives this object on purpose; Python would warn about a running child
    started = process_started(process.pid) or ""
    urls = json.loads(line)["sandbox"]
    _record(state).write_text(json.dumps({"pid": process.pid, "started": started, "urls": urls}))
    return Sandboxes(state, process.pid, started, urls)


def is_outdated(running: Sandboxes) -> bool:
    """Whether `start` restarts the process, which loses what the providers hold: their folders have changed."""
    return running.urls.keys() != sandbox_providers().keys() or not control_file(running.state).is_file()


def find(state: Path) -> Sandboxes | None:
    """The sandbox that runs from `state`, or None."""
    try:
        running = Sandboxes(state, **json.loads(_record(state).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return running if running.started and process_started(running.pid) == running.started else None


def _reason(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["error"])
    except (ValueError, KeyError, TypeError):
        return "without a reason"


def _record(state: Path) -> Path:
    return state / "sandbox.json"
