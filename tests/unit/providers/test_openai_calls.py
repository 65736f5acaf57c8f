"""Incoming calls of OpenAI: what an event says, and what the sandbox answers as OpenAI does."""

import json

import pytest

from functions.api.sandbox import Request
from functions.api.source import RawEvent
from functions.providers.openai.connector import MANIFEST
from functions.providers.openai.sandbox import SANDBOX_KEY, OpenAI
from functions.providers.openai.translate import translate

HEADERS = [
    {"name": "FROM", "value": "sip:+14155550100@sip.example.com"},
    {"name": "from", "value": "sip:another@sip.example.com"},
    {"name": "Call-ID", "value": "0378@sip.example.com"},
    {"name": 7},
    "junk",
]
ACCEPT = {"type": "realtime", "model": "gpt-realtime", "instructions": "Take a message."}


@pytest.fixture
def call(clock):
    """Calls the sandbox; returns the status and what became of the call."""
    sandbox = OpenAI(clock)

    def call(name, body=None, path="/v1/realtime/calls/rtc_1", key=SANDBOX_KEY):
        request = Request(
            "POST", f"{path}/{name}", "", {"authorization": f"Bearer {key}"}, json.dumps(body or {}).encode()
        )
        status = sandbox.handle(request).status
        states = json.loads(sandbox.control("GET", "state", b"").body)["states"]
        return status, states.get(path.rpartition("/")[2])

    return call


@pytest.mark.parametrize(
    ("type", "field", "id", "entity"),
    [
        ("realtime.call.incoming", "call_id", "rtc_1", "openai:call/rtc_1"),
        ("live.transport.incoming", "session_id", "live_1", "openai:session/live_1"),
    ],
)
def test_a_call_is_one_event_of_either_api_with_the_same_dialog(type, field, id, entity):
    """The first header of a name counts, in any case."""
    made = translate(RawEvent("evt_1", type, {"data": {field: id, "sip_headers": HEADERS}}))
    assert (made.type, made.entities, made.data["call"]) == ("call.incoming", [entity], id)
    assert made.data["caller"] == "sip:+14155550100@sip.example.com"
    assert (made.data["callee"], made.data["dialog"]) == (None, "0378@sip.example.com")


def test_a_call_is_answered_once_and_then_ended(call):
    assert call("accept", ACCEPT) == (200, "answered")
    assert call("accept", ACCEPT) == (404, "answered")
    assert call("refer", {"target_uri": "https://evil.example"}) == (400, "answered")
    assert call("hangup") == (200, "over")
    assert call("reject") == (404, "over")


def test_a_session_that_cannot_start_gets_200_and_the_call_dies(call):
    """As OpenAI does; the connector's manifest takes no such session."""
    assert call("accept", {"type": "realtime"}) == (200, "died")
    assert call("accept", ACCEPT, path="/v1/live/sessions/live_1") == (200, "died")
    assert call("accept", {"session": {"type": "live", "model": "gpt-live-1"}}, "/v1/live/sessions/live_2") == (
        200,
        "answered",
    )


def test_another_key_or_path_reaches_no_call(call):
    assert call("accept", ACCEPT, key="sk-another") == (401, None)
    assert call("answer", ACCEPT) == (404, None)


def test_both_apis_have_the_same_operations():
    """An agent that serves one can serve the other."""
    names = {one.name for one in MANIFEST.operations}
    assert names == {
        f"{kind}.{name}" for kind in ("call", "session") for name in ("accept", "reject", "refer", "hangup")
    }
