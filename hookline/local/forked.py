"""Workers of the emulator that are forked from a process which has imported their packages: `fork_server`.

A new interpreter spends most of a cold start on imports that are the same for each function. On Linux only: a forked
process of macOS must not use the system's frameworks, which an interpreter's network code does.
"""

import contextlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ministack.core import lambda_runtime

SERVER = Path(__file__).with_name("fork_server.py")
SUPPORTED = sys.platform == "linux"
# The server's own environment can be read by each worker, so it holds no key of the emulator.
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")


class ForkServer:
    """The process that the workers of one interpreter are forked from. It ends with this process, they end with it."""

    def __init__(self, interpreter: str) -> None:
        self._lock = threading.Lock()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter of functions and a file of the project
                [interpreter, str(SERVER), str(theirs.fileno())],
                stdin=subprocess.PIPE,
                env={name: value for name, value in os.environ.items() if name in ENVIRONMENT},
                pass_fds=[theirs.fileno()],
            )
        bootstrap = f"{lambda_runtime.INVOKE_DEPTH_BOOTSTRAP}\n_ms_install_invoke_depth()\n"
        assert self._process.stdin  # noqa: S101 - for the types: it is a pipe
        with self._process.stdin as stdin:
            stdin.write(bootstrap.encode())

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def fork(self, script: str, cwd: str, env: Mapping[str, str]) -> "Forked":
        """Start a worker that runs `script`. Raises ChildProcessError if the server is gone."""
        theirs, ours = zip(*(_pipe(outgoing) for outgoing in (True, False, False)), strict=True)
        message = json.dumps({"script": script, "cwd": cwd, "env": dict(env)}).encode()
        try:
            with self._lock:
                socket.send_fds(self._channel, [message], theirs)
                answer = self._channel.recv(64)
        except ConnectionError:
            answer = b""
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        if not answer:
            self._process.kill()
            self._process.wait()
            raise ChildProcessError("the process that starts functions ended")
        return Forked(int(answer), ours)


class Forked:
    """A forked worker, with as much of `subprocess.Popen` as ministack uses. `pipes` are ours: in, out, error."""

    def __init__(self, pid: int, pipes: Sequence[int]) -> None:
        self.pid = pid
        self.stdin = os.fdopen(pipes[0], "w", buffering=1)
        self.stdout, self.stderr = (os.fdopen(pipe, buffering=1) for pipe in pipes[1:])
        try:
            self._process: io.FileIO | None = io.FileIO(os.pidfd_open(pid))  # closed with this object, as the pipes are
        except ProcessLookupError:
            self._process = None

    def poll(self) -> int | None:
        """0 if the process has ended, None if not. The fork server does not report the exit code."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        if self._ended(None if timeout is None else 1000 * timeout) is None:
            raise subprocess.TimeoutExpired(str(SERVER), timeout or 0)
        return 0

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process.fileno(), number)

    def _ended(self, milliseconds: float | None) -> int | None:
        if not self._process:
            return 0
        waiting = select.poll()
        waiting.register(self._process, select.POLLIN)
        return 0 if waiting.poll(milliseconds) else None


def _pipe(outgoing: bool) -> tuple[int, int]:
    """The worker's end of a pipe and ours."""
    reads, writes = os.pipe()
    return (reads, writes) if outgoing else (writes, reads)


class Starter:
    """Stands for the module `subprocess` in ministack's module of workers: its Python workers are forked."""

    def __init__(self, original: ModuleType) -> None:
        self._original = original
        self._servers: dict[str, ForkServer] = {}
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def server(self, interpreter: str) -> ForkServer:
        """The server of an interpreter, started if it does not run; standard error says so if it had ended."""
        with self._lock:
            found = self._servers.get(interpreter)
            if found is None or not found.alive:
                if found:
                    print("hookline: the process that starts functions ended: it is started again", file=sys.stderr)
                self._servers[interpreter] = ForkServer(interpreter)
            return self._servers[interpreter]

    def Popen(self, words: Sequence[str], *args: Any, **options: Any) -> Any:  # noqa: N802 - subprocess's name
        """A forked worker if the words are a server's interpreter and a script, or else a process as usual."""
        if len(words) == 2 and words[0] in self._servers:
            asked = words[1], options["cwd"], options["env"]
            try:
                return self.server(words[0]).fork(*asked)
            except ChildProcessError:
                return self.server(words[0]).fork(*asked)
        return self._original.Popen(words, *args, **options)
