"""Each act of a page: what its form calls, with what, and what is said afterwards."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from hookline.console import found
from hookline.operator.errors import OperatorError
from hookline.operator.records.asking import Question
from tests.unit.console.conftest import ORIGIN, SESSION

PAGES = "hookline.console.pages"
LETTER = SimpleNamespace(id="l1", place="hookline-agent-fraud")
REVIEW = {"id": "r1", "decision": {"result": "approved", "by": ["ada", "bob"]}}
FLIPS = {"id": "1-fraud", "flip": 1, "runs": 9, "unknown": 0}
FORM = {"id": "x1", "name": "fraud", "note": "why"}

# Each act with the function that it calls, what that returns, its arguments after the account, and what is said.
CASES: list[tuple[str, str, Any, tuple[Any, ...], str]] = [
    ("agents/suspend", "agents.acts.suspend", ["the queue", "the role"], ("fraud", "why"), "the queue; the role"),
    ("agents/suspend", "agents.acts.suspend", [], ("fraud", "why"), "agent fraud was already suspended"),
    ("agents/resume", "agents.acts.resume", ["the role"], ("fraud", "why"), "the role"),
    ("runs/cancel", "runs.acts.cancel", {"manager": "desk", "run": "r1"}, ("x1", "why"), "sent to desk"),
    ("reviews/approve", "reviews.reviews.decide", REVIEW, ({}, "approve", "why"), "approved by ada and bob"),
    ("reviews/deny", "reviews.reviews.decide", REVIEW, ({}, "deny", "why"), "approved by ada and bob"),
    ("dead-letters/redrive", "dead_letters.dead_letters.redrive", [("l1", "back")], ("x1",), "l1: back"),
    ("dead-letters/redrive-all", "dead_letters.dead_letters.redrive", [("l1", "back")], (None,), "l1: back"),
    ("dead-letters/discard", "dead_letters.dead_letters.discard", [], ([LETTER], "why"), "l1 is discarded"),
    ("audit/checkpoint", "audit.checkpoint_now", ({"number": 7, "heads": {"a": 1}}, ["b"]), (), "WRONG: b"),
    ("what-if/run", "what_if.asking.ask", FLIPS, (Question("fraud", limit=1000),), "1 of 9 runs differ"),
    (
        *("sources/reconcile", "sources.missing_events.reconcile"),
        {"missing": [1, 2], "lost": 1, "whole": False},
        *(("fraud", None), "2 were missing, 1 are lost; not all could be compared"),
    ),
]  # fmt: skip


@pytest.fixture
def browser(make_client: Callable[..., TestClient], monkeypatch) -> TestClient:
    """A browser that has entered, over reads that find what the acts need."""
    monkeypatch.setattr(f"{PAGES}.dead_letters.dead_letters.find", lambda account, id: LETTER)
    monkeypatch.setattr(f"{PAGES}.reviews.reviews.waiting", lambda *_: {})
    monkeypatch.setattr(f"{PAGES}.reviews.reviews.refuse_changed", lambda *_: None)
    monkeypatch.setattr(f"{PAGES}.what_if.asking.can_be_asked", lambda: ["fraud"])
    monkeypatch.setattr(f"{PAGES}.what_if.asking.results", lambda _: SimpleNamespace(listed=list))
    return make_client("the account")


def acted(browser: TestClient, act: str) -> Any:
    """The answer to the form of an act."""
    return browser.post(f"/{act}", data={**FORM, "token": SESSION.form_token}, headers={"Origin": ORIGIN})


@pytest.mark.parametrize(("act", "function", "returned", "arguments", "said"), CASES)
def test_an_act_calls_the_operators_function_once_and_says_what_it_did(
    browser, monkeypatch, act, function, returned, arguments, said
):
    """Then the browser goes on, so that a reload repeats nothing; what is said is shown there once."""
    calls: list[tuple[Any, ...]] = []

    def called(*given: Any, **_: Any) -> Any:
        calls.append(given)
        return returned

    monkeypatch.setattr(f"{PAGES}.{function}", called)
    answer = acted(browser, act)
    assert answer.status_code == 303, answer.text
    ((account, *given),) = calls
    assert (account, tuple(given[: len(arguments)])) == ("the account", arguments)
    key = answer.headers["location"].rpartition("said=")[2]
    shown = browser.get(f"/what-if?said={key}").text
    assert said in shown
    assert said not in browser.get(f"/what-if?said={key}").text


@pytest.mark.parametrize(
    ("act", "function", "fault", "why"),
    [
        ("dead-letters/redrive-all", "dead_letters.dead_letters.redrive", [], "nothing is waiting"),
        ("dead-letters/discard", "dead_letters.dead_letters.discard", [("l1", "gone")], "not discarded: l1: gone"),
        ("sources/reconcile", "sources.missing_events.reconcile", OperatorError("not deployed"), "not deployed"),
    ],
)  # fmt: skip
def test_an_act_that_fails_says_why(browser, monkeypatch, act, function, fault, why):
    """On a page of its own, with the status of a conflict."""

    def failed(*_: Any, **__: Any) -> Any:
        if isinstance(fault, Exception):
            raise fault
        return fault

    monkeypatch.setattr(f"{PAGES}.{function}", failed)
    answer = acted(browser, act)
    assert answer.status_code == 409
    assert why in answer.text


def test_each_act_of_a_page_is_called_here_or_with_its_page():
    """A replay is tested over a chain."""
    elsewhere = {"replay/start"}
    acts = {f"{name.replace('_', '-')}/{path}" for name, page in found.pages_by_name().items() for path in page.acts}
    assert acts == {case[0] for case in CASES} | elsewhere
