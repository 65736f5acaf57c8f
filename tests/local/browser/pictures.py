"""Takes the pictures of docs/console.md: `make pictures`. It is no test, so that a run of the tests changes no file."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import pytest

from hookline.demo.run import run_on
from hookline.local import stack as local_stack
from hookline.local.stack import LocalStack
from hookline.operator import dead_letters, reviews, runs
from hookline.operator.audit.checkpointing import checkpoint_now
from hookline.operator.event_search import Wanted, search
from hookline.operator.records.asking import Question, ask, results
from hookline.operator.records.candidate import folder_of
from hookline.operator.records.stored import records
from infra import naming
from infra.bundling import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.local

PLACE = ROOT / "docs/console"
LOADED = "() => document.readyState == 'complete' && !document.querySelector('.loading')"
IDLE = '''
"""A candidate that leaves every ticket to people."""
from functions.api.agent import Done

def run(event, tools):
    return Done("a person reads it")
'''


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[LocalStack]:
    """A stack as the demo starts it, without the agents of the other flows."""
    state = tmp_path_factory.mktemp("stack")
    yield local_stack.up(print, state, free_port(), free_port(), flows=["support"])
    local_stack.down(state)


def test_the_pictures_are_taken(
    at: Callable[[str], "Page"],
    stack: LocalStack,
    eventually: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of each page, light, after the demo's payments, its support, and a message that no agent can read."""
    for flow in ("support", "payments"):
        run_on(stack, flow, once=False, as_json=True)
    _spoil(stack, eventually)
    checkpoint_now(stack)
    asked = search(stack, Wanted(source="stripe", outcome="approved"))["events"][0]["event"]
    ended = next(one["run"] for one in runs.listed(stack, 20)["runs"] if one["state"] == "completed")
    waiting = next(one["id"] for one in reviews.listed(stack, everything=False) if one["status"] == "open")
    monkeypatch.chdir(tmp_path)
    found = _what_if(stack, eventually)
    addresses = {
        "now": "/now",
        "events": "/events",
        "event": f"/events/one?id={asked}",
        "runs": "/runs",
        "run": f"/runs/one?id={ended}",
        "reviews": "/reviews",
        "review": f"/reviews/one?id={waiting}",
        "agents": "/agents",
        "agent": "/agents/one?name=fraud",
        "dead-letters": "/dead-letters",
        "what-if": "/what-if",
        "what-if-result": f"/what-if/one?id={found['id']}",
        "replay": f"/replay?agent=fraud&event={asked}",
        "sources": "/sources",
        "audit": "/audit",
    }
    try:
        _take(at, addresses)
    finally:
        results(stack).forget(found["events"][0]["correlation"])


def _take(at: Callable[[str], "Page"], addresses: Mapping[str, str]) -> None:
    PLACE.mkdir(exist_ok=True)
    for name, address in addresses.items():
        page = at(address)
        page.wait_for_function(LOADED)
        assert page.locator(".failed").count() == (name == "replay"), name  # the local stack has no archive
        page.screenshot(path=PLACE / f"{name}.png")
        assert (PLACE / f"{name}.png").stat().st_size > 1000


def _spoil(stack: LocalStack, eventually: Callable[..., Any]) -> None:
    """A dead letter: a message in an agent's queue that is no event."""
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName=naming.agent("notifier"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="this is no event")
    eventually(lambda: list(dead_letters.letters(stack)), "the dead letter", 60)


def _what_if(stack: LocalStack, eventually: Callable[..., Any]) -> dict[str, Any]:
    """A result: the recorded tickets, over a candidate that does nothing, in the folder of who runs it."""
    stored, candidate = records(stack), Path("leave-it-to-people")
    eventually(lambda: stored.of_agent("summarizer", (), "", 1), "a ticket's record", 60)
    with folder_of("summarizer") as present:
        shutil.copytree(present, candidate)
    (candidate / "agent.py").write_text(IDLE)
    return ask(stack, Question("summarizer", path=candidate), time())
