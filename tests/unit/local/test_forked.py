"""The process that the emulator's workers are forked from: its death costs no invocation."""

import os
import signal
import subprocess
import sys

import pytest

from hookline.local import forked

pytestmark = pytest.mark.skipif(not forked.SUPPORTED, reason="on this system, a worker is a new interpreter")

# A worker that says who it and its parent are, and then waits for the end of its input.
SCRIPT = "import os, sys; print(os.getpid(), os.getppid(), flush=True); sys.stdin.read()"
SERVES_NOTHING = "import socket, sys; socket.socket(fileno=int(sys.argv[1])).close()"


@pytest.fixture
def script(tmp_path):
    """The path of the worker's script."""
    path = tmp_path / "worker.py"
    path.write_text(SCRIPT)
    return str(path)


@pytest.fixture
def start(script, tmp_path, monkeypatch):
    """Starts a worker, and returns it with the pid of its server; the server imports no packages, which takes time."""
    server = tmp_path / "fork_server.py"
    server.write_text(forked.SERVER.read_text().replace("prepare(sys.stdin.read())", "sys.stdin.read()"))
    monkeypatch.setattr(forked, "SERVER", server)
    starter = forked.Starter(subprocess)
    starter.server(sys.executable)

    def start():
        worker = starter.Popen([sys.executable, script], cwd=str(tmp_path), env={"A": "1"})
        pid, parent = map(int, worker.stdout.readline().split())
        assert pid == worker.pid
        return worker, parent

    return start


def test_a_server_that_died_is_started_again_and_says_so_once(start, capfd):
    """The next worker is forked as if nothing had happened; the workers of the old one end with it."""
    first, server = start()
    os.kill(server, signal.SIGKILL)
    second, another = start()
    assert first.wait(5) == 0
    third, same = start()
    assert another == same != server
    assert second.poll() is None and third.poll() is None
    assert capfd.readouterr().err.count("it is started again") == 1
    second.kill(), third.kill()


def test_a_server_that_cannot_serve_is_an_error_and_not_a_loop(start, tmp_path, script):
    """It is tried twice for an invocation, and anew for the next."""
    _, server = start()
    os.kill(server, signal.SIGKILL)
    forked.SERVER.write_text(SERVES_NOTHING)
    with pytest.raises(ChildProcessError, match="the process that starts functions ended"):
        start()
