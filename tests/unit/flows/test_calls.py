"""Calls whole in the kit: signed webhooks in, one decision at OpenAI's sandbox, and the end on the timeline."""

import json

import pytest

from hookline.testing.kit import delivery
from tests.declared import PROJECT

AGENTS = [name for name, agent in PROJECT.agents.items() if agent.flow == "calls"]
KINDS = {"realtime": "realtime_call", "live": "live_transport", "older": "live_call"}
LINE = "+14155550000"  # nobody described it, so it takes three calls at once
LONGEST = 15 * 60


@pytest.fixture
def calls(kit):
    """All agents of the flow in one account."""
    return lambda: kit("reception", beside=AGENTS)


def rings(kit, kind, call="a", **changes):
    """OpenAI's delivery about a call that rings now, by one of its webhooks; the sandbox knows both of its ids."""
    field, ids = ("call_id" if kind == "realtime" else "session_id"), {"call": f"rtc_{call}", "session": f"live_{call}"}
    kit.sandbox("openai").control("POST", "calls", json.dumps(ids).encode())
    headers = {"From": "<sip:+14155550100@a>", "To": f"<sip:{LINE}@a>", "Call-ID": f"{call}@a", "CSeq": "1 INVITE"}
    paths = {
        "created_at": int(kit.now),
        "data.sip_headers": [{"name": name, "value": value} for name, value in headers.items()],
        f"data.{field}": ids[field.removesuffix("_id")],
        **changes,
    }
    return delivery("openai", f"{KINDS[kind]}_incoming__ringing", set=paths, ids=f"{kind}{call}")


def did(kit):
    effects = json.loads(kit.sandbox("openai").control("GET", "state", b"").body)["effects"]
    return [one["kind"].partition(".")[2] for one in effects]


def distinct(result):
    return sorted({event.id: event.type for event in result.published}.values())


def test_three_webhooks_of_one_call_at_once_make_one_decision(calls):
    """With a copy of each."""
    one = calls()
    sent = [rings(one, kind) for kind in KINDS]
    result = one.wake(*sent, *sent)
    assert (result.status, distinct(result), did(one)) == ("handled", ["call.answered"], ["accept"])
    assert not [record for record in result.records if record["kind"] == "denied"]


def test_a_connector_that_dies_when_openai_has_answered_accepts_no_second_time(calls):
    """Nobody can tell, so the try that asks again publishes that the call is answered and not confirmed."""
    one = calls()
    one.crash(after="provider POST")
    result = one.wake(*(rings(one, kind) for kind in KINDS))
    assert (result.status, did(one), set(distinct(result))) == ("handled", ["accept"], {"call.answered"})
    assert {event.data["confirmed"] for event in result.published} == {False}


def test_the_end_of_a_call_is_on_the_timeline_and_its_place_is_free(calls):
    """Three fill the line, and the next one finds it busy until they have ended at their longest time."""
    one = calls()
    full = one.wake(*(rings(one, "realtime", name) for name in "abcd"))
    assert distinct(full) == ["call.answered"] * 3 + ["call.refused"]
    ended = one.move_time(LONGEST + 60)
    assert distinct(ended) == ["call.ended"] * 3 + ["call.overdue"] * 3
    assert did(one).count("hangup") == 3
    again = one.wake(rings(one, "live", "e"))
    assert (distinct(again), did(one)[-1]) == (["call.answered"], "accept")
    kept = [one for one in again.records if one["kind"] == "read" and "openai:caller/" in one["resource"]]
    assert kept and "welcome them back" in accepted(one), "the timeline of the caller knows the calls"


def accepted(kit):
    """The instructions of the last call that was accepted."""
    effects = json.loads(kit.sandbox("openai").control("GET", "state", b"").body)["effects"]
    return json.dumps(effects[-1])


def test_a_delivery_that_comes_late_reaches_nobody(calls):
    one = calls()
    result = one.wake(rings(one, "realtime", created_at=int(one.now) - 60))
    assert ([event.data["why"] for event in result.published], did(one)) == (["late"], [])
