"""What a user adds to a copy of the project, without touching any file that is there: agents, events, a provider."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.local import stack as local_stack
from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail
from infra.bundling import ROOT

pytestmark = pytest.mark.local

OWN = Path(__file__).parent / "own/functions"
NEEDED = ("functions", "hookline", "infra", "requirements", "cdk.json", "pyproject.toml")

Run = Callable[..., str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the user's folders and files in it."""
    place = tmp_path_factory.mktemp("project")
    for name in NEEDED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, place / name)
    for tools in (".tools", "node_modules"):
        (place / tools).symlink_to(ROOT / tools)
    before = {path for path in (place / "functions").rglob("*") if path.is_file()}
    added = {place / "functions" / path.relative_to(OWN) for path in OWN.rglob("*") if path.is_file()}
    assert before.isdisjoint(added)
    shutil.copytree(OWN, place / "functions", dirs_exist_ok=True)
    return place


@pytest.fixture(scope="module")
def run(project: Path, free_port: Callable[[], int]) -> Iterator[Run]:
    """Runs the project's own command."""
    ports = {"HOOKLINE_PORT": str(free_port()), "HOOKLINE_SANDBOX_PORT": str(free_port())}
    environment = {name: value for name, value in os.environ.items() if name != "STRIPE_API_KEY"} | ports

    def command(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hookline", *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    yield command
    local_stack.down(project / ".hookline")


@pytest.fixture(scope="module")
def stack(run: Run, project: Path) -> LocalStack:
    """The copy's local stack."""
    run("up")
    found = local_stack.find(project / ".hookline")
    assert found is not None
    return found


@pytest.fixture
def state(stack: LocalStack) -> Callable[[str], Any]:
    """What a sandbox got."""
    return lambda provider: stack.sandboxes.control("GET", f"/_sandbox/{provider}/state")


def test_an_own_agent_posts_pull_requests_to_a_bound_destination(run, stack, state, eventually):
    run("send", "github", "pull_request_opened__ordinary")
    (message,) = eventually(lambda: state("slack")["messages"], "a message in the channel")
    assert "octo-repo#12: Retry the export" in message["text"]
    trail = Trail(stack.client("dynamodb"))
    published = [record["action"] for record in trail.of_identity("agent.announcer") if record["kind"] == "published"]
    assert published == ["change.announced"]
    (effected,) = [record for record in trail.of_identity("connector.slack") if record["kind"] == "effected"]
    assert (effected["destination"], effected["resource"]) == ("alerts", "slack:channel/C0SANDBOX01")


def test_an_own_provider_is_received_and_called_as_it_declares(run, stack, state, eventually):
    """A key in a header, an event of one's own, a JSON API under basic authentication."""
    run("send", "acme", "note_created__short")
    (reply,) = eventually(lambda: state("acme")["replies"], "a reply at the provider")
    assert reply["path"].startswith("/v2/notes/n_") and reply["path"].endswith("/replies")
    assert reply["body"] == {"reply": {"text": "thanks", "tags": ["auto"]}}


def test_an_untranslated_delivery_wakes_an_agent_that_named_its_raw_type_and_no_other(run, stack, eventually):
    trail = Trail(stack.client("dynamodb"))
    run("send", "acme", "note_read__once")
    run("send", "acme", "note_starred__once")

    def decided() -> list[str]:
        return [one["reason"] for one in trail.of_identity("agent.scribe") if one["kind"] == "decided"]

    eventually(lambda: "woken by note.starred" in decided(), "the star is handled")
    assert "woken by note.read" not in decided()
    assert [one for one in trail.of_identity("webhook.acme") if one["action"] == "acme.unmapped"]


def test_the_sheets_and_lists_show_what_was_added(run, stack):
    sheet = json.loads(run("agents", "show", "announcer", "--json"))
    (slack,) = sheet["connectors"]
    assert slack["destinations"] == [{"name": "alerts", "entity": None, "operations": ["message.post"]}]
    assert "destination alerts: not bound, for message.post" in run("agents", "show", "announcer")
    assert "acme" in run("sources")
    assert "note.reply" in run("connectors")
