"""Ctrl-C ends a command without a traceback, wherever it is at that moment."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from infra.interpreters import ROOT

SCRIPT = Path(__file__).with_name("interrupted.py")
# A module that is imported at the moment, and the command.
MOMENTS = {
    "the start": ("click", ["agents"]),
    "the import of a command": ("hookline.cli.commands.cost", ["cost"]),
    "the work of a command": ("hookline.operator.cost.flow", ["cost"]),
    "the import of an agent's manifest": ("functions.agents.fraud.manifest", ["agents"]),
    "the import of a source's manifest": ("functions.providers.stripe.source", ["sources"]),
    "the import of a domain event": ("functions.events.payments", ["events"]),
    "the import of a sandbox": ("functions.providers.slack.sandbox", ["sandbox"]),
    "the print of a table": ("rich.table", ["connectors"]),
}


# A thread that never ends, as one that waits for a provider's answer, keeps the process after the command has ended.
KEEPS = f"""
import runpy, sys, threading
threading.Thread(target=threading.Event().wait).start()
sys.argv = ["interrupted.py", "hookline.cli.commands.cost", "cost"]
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
"""


def start(*words: str) -> subprocess.Popen[str]:
    # A session of its own, so that the signal reaches this command only.
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background job ignores SIGINT, and so would its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def interrupted(running: subprocess.Popen[str]) -> str:
    """What the command says on standard error after Ctrl-C; its exit code must be 1."""
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 1, said
    return said


@pytest.mark.parametrize(("module", "words"), MOMENTS.values(), ids=MOMENTS.keys())
def test_ctrl_c_ends_a_command_without_a_traceback(module, words):
    """At moments from its start to its output."""
    running = start(str(SCRIPT), module, *words)
    assert running.stdout.readline() == "here\n"
    assert interrupted(running).strip() == "Aborted!"


def test_ctrl_c_ends_a_long_command_that_already_says_its_steps():
    """Its work goes on in several threads and an account in memory."""
    running = start("-m", "hookline", "cost")
    assert running.stderr.readline()
    assert "Traceback" not in interrupted(running)


def test_ctrl_c_ends_a_command_that_waits_for_its_input(tmp_path):
    """As 'send --data -' does at a terminal."""
    pipe = tmp_path / "body"
    os.mkfifo(pipe)
    running = start("-m", "hookline", "send", "stripe", "--data", str(pipe))
    with pipe.open("w"):  # opens once the command has opened it to read
        assert interrupted(running).strip() == "Aborted!"


def test_another_ctrl_c_ends_a_command_that_waits_for_its_threads():
    """Without a traceback of the interpreter's end."""
    running = start("-c", KEEPS)
    assert running.stdout.readline() == "here\n"
    running.send_signal(signal.SIGINT)
    assert running.stderr.readline().strip() in ("", "Aborted!")
    while running.poll() is None:
        running.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            running.wait(timeout=0.1)
    assert "Traceback" not in running.communicate()[1]
