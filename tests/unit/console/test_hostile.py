"""Each page over data that is hostile, or not complete: every text is shown and only text, and nothing is claimed."""

from collections.abc import Callable
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from hookline.console import found
from hookline.operator.audit.reconcile import Reconciled
from hookline.operator.audit.verify import Problem, Report
from tests.hostile_texts import TEXT

PAGES = "hookline.console.pages"
OURS = "bodies"  # where a raw body is kept: the one text here that never comes from outside
EVENT = {"at": "t", "event": "e", "decision": "d", "reason": "r"}
STEP = {"depth": 1, "event": "e", "after_ms": 1.0, "identity": "i", "kind": "k", "says": "s", "record": {"k": "v"}}
FAILURE = {"kind": "k", "identity": "i", "decision": "d", "reason": "r"}
TREE = {
    **{
        "event": "e",
        "asked": "a",
        "began": "t",
        "took_ms": 1.0,
        "outcomes": ["o"],
        "entities": ["e"],
        "reviews": ["r"],
    },
    **{"received": [{"agent": "a", "event": "e"}], "failures": [FAILURE], "steps": [STEP], "left_out": 1},
    "events": {"e": {"type": "t", "data": {"k": "v"}}},
}
RUN = {
    **{"run": "r", "manager": "m", "state": "s", "reason": "r", "started": "t", "saved": 1, "because": "b"},
    **{
        "assigned": 1,
        "waiting": 1,
        "unpublished": 1,
        "recorded": 9,
        "tasks": [{"id": "i", "member": "m", "status": "s"}],
    },
    "history": [
        {"kind": "k", "member": "m", "task": "t", "note": "n"},
        {"kind": "k", "member": "m", "task": "t", "note": "[]"},
    ],
    "strays": [{"kind": "k", "member": "m", "task": "t", "note": "n"}],
}
HEALTH = {
    **{"waiting": 1, "handled": 1, "failing": 1, "failing_since": "t", "since": "t", "dead_letters": 1},
    **{"last_error": EVENT, "last_decision": EVENT},
}
ROW = {"agent": "a", "state": "s", "owner": "o", "purpose": "p", "subscribes": ["s"], "health": HEALTH, "finding": "f"}
USE = {"connector": "c", "operations": ["o"], "to": ["t"], "reason": "r"}
CARD = {
    **ROW,
    "declared": {
        **{
            "subscribes": [{"detail_type": "d", "sources": ["s"], "raw": ["r"]}],
            "publishes": ["p"],
            "waits": ["w"],
            "uses": [USE],
        },
        **{"budget": {"b": "v"}, "policies": [{"id": "i", "effect": "e", "text": "t", "enforced": False}]},
    },
    "last": [{"at": "t", "kind": "k", "says": "s", "correlation": "c"}],
}
SHEET = {
    **{"role": "r", "function": {"name": "n", "memory_mb": 1, "timeout_seconds": 1}},
    "may": [{"action": "a", "resource": "r", "condition": "c"}],
    "connectors": [
        {
            **{"name": "n", "operations": [{"name": "n", "kind": "k", "entity": "e"}]},
            "destinations": [{"name": "n", "entity": "e"}],
        }
    ],
}
WOULD = [{"policies": "p", "action": "a", "answer": "a", "times": 1}]
CALL = {"at": "t", "correlation": "c", "action": "a", "resource": "r", "decision": "d", "reason": "r"}
MISSING = {
    **{"listed": 1, "arrived": 1, "under_way": 1, "since": "t", "until": "t", "stopped": "s"},
    **{"unmatched": ["u"], "whole": False},
    "missing": [{"id": "i", "at": "t", "outcome": "o", "reason": "r"}],
}
ASKED = {"connector": "c", "operation": "o", "entity": "e", "decision": "d", "policies": ["p"], "error": {"kind": "k"}}
RECORDED = {
    **{"agent": "a", "event": {"type": "t", "data": {"k": "v"}}, "started": "t", "tries": 2, "calls": [ASKED]},
    **{"outcomes": [{"kind": "k", "subject": "s", "why": "w"}], "error": {"kind": "k", "message": "m"}},
    "decided_by": [{"by": "b", "cause": "c", "prompt_file": "p"}],
}
PREVIEW = {
    "events": [{"event": "e", "correlation": "c", "type": "t", "received": "t", "can_act": True}],
    "seen": "s",
    "why": "w",
}
LINE = {"at": 1.0, "identity": "i", "level": "l", "message": "m", "traceback": "t"}
LETTER = {"id": "i", "place": "p", "event": "e", "reason": "r", "text": "t"}

WAIT = {"event": "e", "entity": "e", "since": 1.0, "until": 2.0, "because": "b", "otherwise": "o"}
WHOLE = {"effects": 1, "model_calls": None, "tokens": 1, "microdollars": 1}
USED = {
    "connectors": {
        "k": {
            "whole_tree": WHOLE,
            "events": [{"agent": "a"}],
            "unsettled": [1],
            "recorded": {"tokens": 2, "microdollars": 1},
        }
    }
}

# Each address with what is read there, by the name of the function in the page's module.
CASES: dict[str, dict[str, Any]] = {
    "/events/one?id=e": {"events.trace": TREE},
    "/events/explain?id=e": {"events.Trail": None, "events.records": None, "events.explained": [RECORDED]},
    "/events/budget?id=e": {"events.budget.used": {**USED, "announcements": [USED]}},
    "/events/logs?id=e&began=1&took=1": {"events.logs_reading.of_tree": [LINE]},
    "/events/raw?id=e": {"events.raw_body.find": {"kept": OURS, "why": "w", "body": {"k": "v"}, "cut": True}},
    "/runs": {"runs.runs.listed": {"runs": [RUN], "more": True}},
    "/runs/one?id=r": {"runs.runs.find": RUN},
    "/agents": {"agents.agent_list.listed_in": {"agents": [ROW]}},
    "/agents/one?name=a": {"agents.card": CARD},
    "/agents/may?name=a": {"agents.agent_sheet.synthesized": SHEET},
    "/agents/waits?name=a": {"agents.waits.of_agent": [WAIT]},
    "/agents/shadow?name=a": {"agents.shadow.of_agent": {"would": WOULD, "calls": [CALL]}},
    "/dead-letters/one?id=i": {
        "dead_letters.dead_letters.find": SimpleNamespace(**{**LETTER, **dict.fromkeys(LETTER, TEXT)})
    },
    "/replay?agent=a&type=t": {"replay.replaying.preview": PREVIEW},
    "/sources/missing?name=n": {"sources.missing_events.reconcile": MISSING},
    "/audit/chain?identity=i": {
        "audit.state.latest": {
            "identity": "i",
            "more": 1,
            "records": [{**STEP, "seq": 1, "at": "t", "correlation": "c"}],
        }
    },
}


def hostile(value: Any) -> Any:
    """The value with each text, also those that name members of data, replaced."""
    if isinstance(value, str):
        return value if value == OURS else TEXT
    if isinstance(value, list):
        return [hostile(one) for one in value]
    if isinstance(value, dict):
        return {TEXT if name in ("k", "e") else name: hostile(one) for name, one in value.items()}
    return value


class Seen(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def only_text(shown: str) -> None:
    """The text is there; no tag, script or handler of its own is."""
    assert "&lt;img src=x onerror=alert(2)&gt;" in shown
    assert "\u202e" not in shown
    tags = Seen(shown).tags
    assert "img" not in [tag for tag, _ in tags]
    assert all((attributes.get("src") or "").startswith("/static/") for tag, attributes in tags if tag == "script")
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("address", CASES)
def test_hostile_texts_are_only_texts(address: str, make_client: Callable[..., TestClient], monkeypatch):
    """On the pages whose data the browser tests cannot plant on a stack, too."""
    for name, value in CASES[address].items():
        monkeypatch.setattr(f"{PAGES}.{name}", lambda *_, value=value, **__: hostile(value))
    client = make_client(SimpleNamespace(client=lambda name: None))
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    only_text(answer.text)


@pytest.mark.parametrize(
    ("address", "function", "value"),
    [
        ("/audit/verify", "audit.state.verified", Report(problems=[Problem(1, TEXT, TEXT, 1)], others=1, notes=[TEXT])),
        ("/audit/reconcile", "audit.reconciled", Reconciled(1, [TEXT], [TEXT], [TEXT])),
    ],
)
def test_what_a_long_read_found_is_only_text(address, function, value, make_client, monkeypatch):
    """The page asks until it has ended."""
    monkeypatch.setattr(f"{PAGES}.{function}", lambda *_: value)
    client = make_client()
    shown = client.get(address).text
    while "records read" in shown:
        shown = client.get(address).text
    only_text(shown)


def test_every_template_of_a_page_is_shown_with_hostile_texts_somewhere():
    """Here, or on the stack of the browser tests."""
    on_a_stack = {
        *(
            "now.html",
            "now_live.html",
            "now_slow.html",
            "events.html",
            "reviews.html",
            "review.html",
            "review_now.html",
        ),
        *("dead_letters.html", "what_if.html", "what_if_one.html", "sources.html", "source.html", "audit.html"),
    }
    here = {*CASES, "/audit/verify", "/audit/reconcile"}
    addresses = {one.partition("?")[0] for one in here}
    for name, page in found.pages_by_name().items():
        for path, view in page.views.items():
            address = f"/{name.replace('_', '-')}" + (f"/{path}" if path else "")
            assert address in addresses or view.template in on_a_stack, address


@pytest.mark.parametrize(("whole", "said"), [(True, "nothing is missing"), (False, "not known")])
def test_what_was_not_compared_is_not_called_complete(whole, said, make_client, monkeypatch):
    """A listing that broke off says nothing about the rest."""
    shown = {**MISSING, "missing": [], "whole": whole}
    monkeypatch.setattr(f"{PAGES}.sources.missing_events.reconcile", lambda *_, **__: shown)
    text = make_client().get("/sources/missing?name=stripe").text
    assert [words for words in ("nothing is missing", "not known") if words in text] == [said]
