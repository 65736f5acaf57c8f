"""`hookline dev` on a copy of the project with agents of its own: what is saved is live, and its errors are shown."""

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.local.stack import LocalStack
from tests.local.project import Project

pytestmark = pytest.mark.local

TITLE = "{event.data['title']}"


class Loop:
    """A `hookline dev` of a project, and the lines that it prints."""

    def __init__(self, project: Project) -> None:
        self.project = project
        words = [sys.executable, "-u", "-m", "hookline", "dev"]
        self.process = subprocess.Popen(
            words,
            cwd=project.root,
            env=project.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, *parts: str, seconds: float = 180) -> str:
        """The next line with all of these parts; fails if there is none in time."""
        while True:
            try:
                line = self._lines.get(timeout=seconds)
            except queue.Empty:
                pytest.fail(f"no line with {parts} in {seconds} s after: {self.said[-20:]}")
            self.said.append(line)
            if all(part in line for part in parts) and "nothing had to be deployed" not in line:
                return line

    def interrupted(self) -> int:
        """Its exit code after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join()
        while not self._lines.empty():
            self.said.append(self._lines.get())
        return code

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line.rstrip())


@pytest.fixture(scope="module")
def loop(project: Project) -> Iterator[Loop]:
    """The loop, after its first deployment."""
    loop = Loop(project)
    loop.until("live in", "the local stack")
    yield loop
    if loop.process.poll() is None:
        loop.process.kill()
        loop.process.wait()


@pytest.fixture(scope="module")
def stack(project: Project, loop: Loop) -> LocalStack:
    """The stack that the loop has started."""
    return project.stack


@pytest.fixture(scope="module")
def agent(project: Project) -> Path:
    """The agent's code."""
    return project.root / "functions/agents/announcer/agent.py"


@pytest.fixture(scope="module")
def original(agent: Path) -> str:
    """The agent's code as it was deployed by CloudFormation."""
    return agent.read_text()


@pytest.fixture(scope="module")
def posted(project: Project, stack: LocalStack, eventually: Callable[..., Any]) -> Callable[[str], None]:
    """Sends a pull request, and waits until the agent has posted a message with this text about it."""

    def post(text: str) -> None:
        before = len(stack.sandboxes.control("GET", "/_sandbox/slack/state")["messages"])
        project.run("send", "github", "pull_request_opened__ordinary")

        def found() -> bool:
            messages = stack.sandboxes.control("GET", "/_sandbox/slack/state")["messages"][before:]
            return any(f"#12: {text}" in one["text"] for one in messages)  # others are of earlier tries

        eventually(found, "a message in the channel")

    return post


def synthesized(project: Project) -> int:
    """When the templates were synthesized."""
    return (project.root / ".hookline/cdk.out/manifest.json").stat().st_mtime_ns


def test_saved_code_is_live_without_a_synthesis_and_up_has_nothing_to_do(
    project: Project, loop: Loop, agent: Path, original: str, posted: Callable[[str], None]
) -> None:
    before = synthesized(project)
    agent.write_text(original.replace(TITLE, f"LOOK {TITLE}"))
    assert "agent.py" in loop.until("live in")
    posted("LOOK Retry the export")
    assert "cdk deploy" not in project.run("up")
    assert synthesized(project) == before


def test_an_error_is_shown_with_its_traceback_and_logs_finds_it_by_the_event(
    project: Project, loop: Loop, agent: Path, original: str, eventually: Callable[..., Any]
) -> None:
    agent.write_text(original.replace(TITLE, "{event.data['channel']}"))
    loop.until("live in")
    event = project.run("send", "github", "pull_request_opened__ordinary").split()[-1]
    loop.until("KeyError: 'channel'")
    printed = eventually(
        lambda: (text := project.run("logs", "--event", event)) and "KeyError" in text and text, "the error in the logs"
    )
    assert "functions/agents/announcer/agent.py:" in printed and "KeyError: 'channel'" in printed
    assert "{event.data['channel']}" in printed
    verified = printed.index("webhook.github")
    assert verified < printed.index("agent.announcer")


def test_an_error_at_import_is_in_the_log_of_the_function(
    project: Project, loop: Loop, agent: Path, original: str
) -> None:
    agent.write_text(original + "\n\nLIMIT = {}['limit']\n")
    loop.until("live in")
    project.run("send", "github", "pull_request_opened__ordinary")
    loop.until("KeyError: 'limit'")
    assert "LIMIT = {}['limit']" in project.run("logs", "announcer")


def test_a_finding_is_shown_and_the_next_save_is_live(
    loop: Loop, agent: Path, original: str, posted: Callable[[str], None]
) -> None:
    agent.write_text(original + "\ndef broken(\n")
    loop.until("functions/agents/announcer/agent.py", "SyntaxError")
    loop.until("not deployed", "the version before stays live")
    agent.write_text(original.replace(TITLE, f"AGAIN {TITLE}"))
    loop.until("live in")
    posted("AGAIN Retry the export")


def test_ctrl_c_ends_the_loop_and_the_stack_stays_up(loop: Loop, stack: LocalStack) -> None:
    assert loop.interrupted() == 130
    assert not any("Traceback" in line for line in loop.said[-3:])
    assert "the local stack stays up: 'hookline down' stops it" in loop.said
    assert stack.emulator.alive


def test_up_deploys_what_was_changed_back_after_the_loop(
    project: Project, agent: Path, original: str, posted: Callable[[str], None]
) -> None:
    """CloudFormation sees no change then: its template is the one that it has deployed."""
    agent.write_text(original)
    project.run("up")
    posted("Retry the export")
