"""Incoming calls of OpenAI: what an event says, and what the sandbox answers as OpenAI does."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.sandbox import BadControl, Request
from functions.api.source import RawEvent
from functions.providers.openai.connector import MANIFEST
from functions.providers.openai.sandbox import SANDBOX_KEY, OpenAI
from functions.providers.openai.sip import dialog_id, number
from functions.providers.openai.translate import translate

HEADERS = [
    {"name": "FROM", "value": "sip:+14155550100@sip.example.com"},
    {"name": "from", "value": "sip:another@sip.example.com"},
    {"name": "Call-ID", "value": "0378@sip.example.com"},
    {"name": "CSeq", "value": "7 INVITE"},
    {"name": 7},
    "junk",
]
ACCEPT = {"type": "realtime", "model": "gpt-realtime", "instructions": "Take a message."}


@pytest.fixture
def call(clock):
    """Calls the sandbox; returns the status and what became of the call."""
    sandbox = OpenAI(clock)

    def announce(**given):
        return sandbox.control("POST", "calls", json.dumps(given).encode())

    def call(name, body=None, path="/v1/realtime/calls/rtc_1", key=SANDBOX_KEY):
        request = Request(
            "POST", f"{path}/{name}", "", {"authorization": f"Bearer {key}"}, json.dumps(body or {}).encode()
        )
        status = sandbox.handle(request).status
        states = json.loads(sandbox.control("GET", "state", b"").body)["states"]
        return status, states.get(path.rpartition("/")[2])

    call.announce = announce
    return call


@pytest.mark.parametrize(
    ("type", "field", "id", "entity"),
    [
        ("realtime.call.incoming", "call_id", "rtc_1", "openai:call/rtc_1"),
        ("live.transport.incoming", "session_id", "live_1", "openai:session/live_1"),
        ("live.call.incoming", "session_id", "live_1", "openai:session/live_1"),
    ],
)
def test_a_call_is_one_event_of_either_api_with_the_same_dialog(type, field, id, entity):
    """The first header of a name counts, in any case."""
    made = translate(RawEvent("evt_1", type, {"data": {field: id, "sip_headers": HEADERS}}))
    shared = ["openai:dialog/0378@sip.example.com/7", "openai:caller/+14155550100"]
    assert (made.type, made.entities, made.data["call"]) == ("call.incoming", [entity, *shared], id)
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


CALLED, SESSION = "/v1/realtime/calls/rtc_1", "/v1/live/sessions/live_1"
LIVE = {"session": {"type": "live", "model": "gpt-live-1"}}


def test_the_first_accept_of_a_call_with_two_ids_has_it(call):
    call.announce(call="rtc_1", session="live_1")
    assert call("accept", LIVE, SESSION) == (200, "answered")
    assert call("accept", ACCEPT, CALLED) == (404, "answered as the other")
    assert call("hangup", {}, CALLED) == (404, "answered as the other")
    assert call("hangup", {}, SESSION) == (200, "over")


def test_a_call_rings_for_its_time_and_no_longer(call, clock):
    call.announce(call="rtc_1", session="live_1", seconds=20)
    clock.now += 21
    assert call("accept", ACCEPT, CALLED) == (404, "expired")
    assert call("reject", {"status_code": 486}, SESSION) == (404, "expired")


def test_a_caller_who_hung_up_is_accepted_all_the_same(call):
    """As people report of OpenAI: it talks to nobody."""
    call.announce(call="rtc_1", there=False)
    assert call("accept", ACCEPT) == (200, "alone")
    assert call("refer", {"target_uri": "tel:+14155550111"}) == (200, "alone")


def test_a_transfer_may_send_no_refer(call):
    """Its 200 does not show it."""
    call.announce(call="rtc_1", refers=False)
    call("accept", ACCEPT)
    assert call("refer", {"target_uri": "tel:+14155550111"}) == (200, "answered")


def test_a_live_session_is_refused_with_a_status_only(call):
    assert call("reject", {}, SESSION) == (400, None)
    assert call("reject", {"status_code": 603}, SESSION) == (200, "refused")


@pytest.mark.parametrize(
    "wrong", [{}, {"call": "live_1"}, {"call": "rtc_1", "session": "x"}, {"call": "rtc_1", "n": 1}]
)
def test_a_call_that_cannot_be_announced_is_refused(call, wrong):
    with pytest.raises(BadControl):
        call.announce(**wrong)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("sip:+14155550100@sip.example.com", "+14155550100"),
        ('"Ada" <sip:+14155550100@sip.example.com;user=phone>;tag=1', "+14155550100"),
        ("<tel:+1-415-555-0100>", "+14155550100"),
        ("<SIPS:4155550100@a>", "4155550100"),
        ("<sip:004930123456@a>", "+4930123456"),
        ("<sip:%2B49%2030%20123456:secret@a>", "+4930123456"),
        ("<tel:+49(0)30/123456>", "+4930123456"),
        ("<tel:5550100;phone-context=+1415>", "5550100"),
        ("<tel:4155550100;phone-context=+1>", "+14155550100"),
        ("<tel:4155550100;phone-context=example.com>", "4155550100"),
        (" +1 415 555 0100 ", "+14155550100"),
        ("<http:+14155550100@a>", None),
        ("<sip:+14155550100%40b@a>", None),
        ('"<sip:+19005550100@a>" <sip:+14155550100@a>', "+14155550100"),
        ('"\\"<sip:+19005550100@a>" <sip:+14155550100@a>', "+14155550100"),
        ("sip:anonymous@anonymous.invalid", None),
        ("<sip:+1415555010011111111@a>", None),
        ("<sip:12@a>", None),
        ("<sip:+1415555x0100@a>", None),
        ("sip:ada@a;x=<sip:+14155550100@a>", "+14155550100"),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_read_from_the_address_and_from_no_name(address, found):
    assert number(address) == found


@given(st.text(max_size=600))
def test_whatever_an_address_holds_only_a_number_comes_out(address):
    assert re.fullmatch(r"\+?[0-9]{3,15}", number(address) or "+000")


@given(st.text(max_size=600), st.text(max_size=60))
def test_whatever_a_call_id_holds_the_dialog_is_an_id_or_none(call_id, sequence):
    """It has one slash at most, before the number of the CSeq: with another, it could name something else."""
    found = dialog_id(call_id, sequence)
    assert found is None or re.fullmatch(r"[!-.0-~]{1,255}(/[0-9]{1,10})?", found)


@pytest.mark.parametrize(
    ("call_id", "sequence", "found"),
    [
        ("0378@a", "1 INVITE", "0378@a/1"),
        (" 0378@a ", "007 INVITE", "0378@a/7"),
        ("0378@a", None, "0378@a"),
        ("0378@a", "INVITE", "0378@a"),
        ("03/78%@a", "1 INVITE", "03%2F78%25@a/1"),
        ("", "1 INVITE", None),
        ("two words", "1 INVITE", None),
        ("x" * 256, "1 INVITE", None),
        (None, None, None),
    ],
)
def test_a_dialog_is_a_call_id_and_the_number_of_its_invite(call_id, sequence, found):
    assert dialog_id(call_id, sequence) == found


@pytest.mark.parametrize("header", [{"name": "i", "value": "0378@a"}, {"name": " call-id ", "value": "0378@a"}])
def test_a_header_has_a_short_name_too(header):
    made = translate(
        RawEvent("evt_1", "realtime.call.incoming", {"data": {"call_id": "rtc_1", "sip_headers": [header]}})
    )
    assert made.entities == ["openai:call/rtc_1", "openai:dialog/0378@a"]


def test_one_answer_to_a_call_is_given_by_whichever_api():
    """Accepting and refusing decide on the call; transferring and ending it do not."""
    deciding = {one.name for one in MANIFEST.operations if one.decides}
    assert deciding == {"call.accept", "call.reject", "session.accept", "session.reject"}
    assert {one.decides for one in MANIFEST.operations} == {"openai:dialog", ""}
