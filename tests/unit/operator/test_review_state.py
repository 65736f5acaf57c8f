"""The state then and now of a review: what is not known is never shown as known."""

import json
from io import BytesIO
from types import SimpleNamespace

import pytest

from functions.core.authority.proposals import Proposal
from functions.core.platform.action import Action
from hookline.operator import review_state
from hookline.operator.review_state import compared

THEN = {"open": True, "amount": 420}
ACTION = Action("stripe", "review.approve", {"review": "prv_1"})
PROPOSAL = Proposal("fraud", "e", "e", ACTION, 1, THEN, amounts={"state": {"amount": "4.20 EUR"}})
ASKED: list = []


@pytest.fixture
def account(monkeypatch):
    """An account whose connector answers; `review` is the stored one."""

    def account(answer, proposal=PROPOSAL, **more):
        review = SimpleNamespace(proposal=proposal, request={"proposal": "the token"})
        monkeypatch.setattr(review_state, "stored", lambda account, id: review)

        def invoke(**given):
            ASKED[:] = [given]
            return {"Payload": BytesIO(json.dumps(answer).encode()), **more}

        return SimpleNamespace(client=lambda service: SimpleNamespace(invoke=invoke))

    return account


def test_each_field_has_its_value_then_and_now(account):
    """By the proposal's token alone."""
    found = compared(
        account({"result": {"state": {"open": True, "amount": 0}, "amounts": {"amount": "0.00 EUR"}}}), "x"
    )
    assert found["rows"] == [
        {"name": "open", "then": "true", "now": "true", "same": True},
        {"name": "amount", "then": "4.20 EUR (420)", "now": "0.00 EUR (0)", "same": False},
    ]
    assert (found["known"], found["same"]) == (True, False)
    assert ASKED == [{"FunctionName": "hookline-connector-stripe", "Payload": '{"proposal": "the token"}'}]
    same = compared(account({"result": {"state": THEN, "amounts": {}}}), "x")
    assert same["same"]


def test_a_field_that_is_no_longer_answered_is_missing_and_not_as_it_was(account):
    found = compared(account({"result": {"state": {"open": True}, "amounts": {}}}), "x")
    assert found["rows"][1] == {"name": "amount", "then": "4.20 EUR (420)", "now": "missing", "same": False}


@pytest.mark.parametrize(
    ("answer", "more", "why"),
    [
        ({"error": {"kind": "Denied", "message": "expired"}}, {}, "expired"),
        ({"error": {"kind": "Denied"}}, {}, "gave no reason"),
        ({"errorMessage": "boom"}, {"FunctionError": "Unhandled"}, "connector stripe failed: boom"),
    ],
)
def test_without_an_answer_nothing_is_known(account, answer, more, why):
    found = compared(account(answer, **more), "x")
    assert (found["known"], found["same"], found["rows"]) == (False, False, [])
    assert why in found["why"]


def test_an_action_without_a_state_has_none_now(account):
    assert compared(account({}, replace_state({})), "x")["why"] == "the action has no state"
    assert compared(account({}, None), "x")["why"] == "a person performs the action"


def replace_state(state):
    return Proposal("fraud", "e", "e", ACTION, 1, state)
