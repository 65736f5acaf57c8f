"""A call that must not go on for ever: the agent that ends calls, and OpenAI's sandbox."""

import json

import pytest

from hookline.testing.kit import error, event
from hookline.testing.kit.kit import START

UNTIL = int(START) + 900
OF_CALL, OF_SESSION = ["openai:call/rtc_1Example"], ["openai:session/live_1Example"]


def answered(**fields):
    return event("call.answered", **{"entities": OF_CALL, "until": UNTIL, **fields})


@pytest.fixture
def limit(kit):
    """The agent, and OpenAI's sandbox with the call that it is about."""

    def make(**given):
        made = kit("call_limit", **given)
        if not given:
            accept(made.sandbox("openai"))
        return made

    return make


def accept(sandbox):
    from functions.api.sandbox import Request
    from functions.providers.openai.sandbox import SANDBOX_KEY

    headers = {"authorization": f"Bearer {SANDBOX_KEY}"}
    body = json.dumps({"type": "realtime", "model": "gpt-realtime-2.1"}).encode()
    sandbox.handle(Request("POST", "/v1/realtime/calls/rtc_1Example/accept", "", headers, body))


def test_a_call_is_ended_at_its_longest_duration(limit):
    one = limit()
    assert one.wake(answered()).types == []
    assert one.move_time(800).types == []
    ended = one.move_time(200)
    assert ended.types == ["call.overdue", "call.ended"]
    assert ended.published[1].data["how"] == "at_the_limit"
    assert [effect.operation for effect in ended.effects] == ["openai.call.hangup"]


LINE = "openai:line/+14155550199"


def test_a_call_that_is_over_gives_its_place_back(limit):
    """Any agent may say so; `openai:dialog` names the call for all its webhooks."""
    of_line = ["openai:call/rtc_1Example", "openai:dialog/a@x", LINE]
    one = limit()
    one.wake(answered(entities=of_line))
    ended = one.wake(event("call.ended", publisher="agent.call_limit", entities=of_line))
    ((given),) = ended.effects
    assert (given.operation, given.arguments["holder"]) == ("claims.place.give_back", "openai:dialog/a@x")
    other = limit()
    other.wake(answered(entities=of_line))
    effects = other.move_time(1000).effects
    assert [effect.operation for effect in effects] == ["openai.call.hangup", "claims.place.give_back"]


def test_a_call_that_is_over_by_then_is_on_the_timeline_all_the_same(limit):
    """OpenAI sends no event when a call ends."""
    one = limit(answers={"openai.session.hangup": error(404)})
    one.wake(answered(entities=OF_SESSION, call="live_1Example", api="live"))
    assert one.move_time(1000).published[-1].data["how"] == "by_then"
