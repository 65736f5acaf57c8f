"""What only gives back what an event took is done also after the time that its causal tree may take."""

import pytest

from functions.core.claims.connector import MANIFEST
from functions.core.claims.places import Places
from hookline.testing.kit import event

LINE, CALL = "openai:line/+14155550199", "openai:call/rtc_1Example"


@pytest.fixture
def asked(kit, monkeypatch):
    """What becomes of an agent that asks for a place too late and gives it back, and what reached the places."""
    calls = []
    monkeypatch.setattr(Places, "give_back", lambda *_: calls.append("given back"))
    one = kit("reception")

    def run(given, tools):
        from functions.api.agent import BudgetExceeded, Done

        place = {"entity": LINE, "of": "calls", "holder": CALL, "by": CALL}
        try:
            tools.claims.place_take(**place, most=3, seconds=60)
        except BudgetExceeded:
            calls.append("too late")
        tools.claims.place_give_back(**place)
        return Done("")

    monkeypatch.setattr("functions.agents.reception.agent.run", run)
    one.crash(before="lambda invoke hookline-connector-claims")  # it comes back after the 20 s of the tree
    return one.wake(event("call.incoming")), calls


def test_a_place_is_given_back_although_it_is_too_late_to_take_one(asked):
    result, calls = asked
    assert (result.status, calls) == ("handled", ["too late", "given back"])
    assert [one["kind"] for one in result.records if one["action"] == "claims:place.give_back"].count("effected") == 1


def test_nothing_else_of_the_connector_is_done_at_any_time():
    assert [one.name for one in MANIFEST.operations if one.anytime] == ["place.give_back"]
