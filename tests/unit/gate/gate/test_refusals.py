"""What is not allowed is refused before anything is called."""

import pytest

from functions.core.gate.budgets import Account
from functions.core.platform.errors import (
    BudgetExceeded,
    ConfigurationError,
    Denied,
    PermanentError,
)
from tests.unit.gate.gate.stripe import CHARGE, FRAUD

REFUSALS = {
    "an alias that no agent declares": (Denied, "no agent 'other'", {"alias": "other"}),
    "an invocation without an alias": (Denied, "no agent ''", {"alias": ""}),
    "an agent that does not use the connector": (Denied, "does not declare", {"alias": "idle"}),
    "an operation that the agent does not declare": (Denied, "does not declare", {"operation": "charge.list"}),
    "an operation that the connector does not have": (Denied, "does not declare", {"operation": "charge.gone"}),
    "an invalid grant": (Denied, "not minted here", {"grant": "e30.AAAA"}),
    "another event's grant": (Denied, "another event", {"correlation": "stripe:evt_2"}),
    "an entity outside the grant": (Denied, "does not name stripe:charge/ch_2", {"arguments": {"charge": "ch_2"}}),
    "an entity of another kind": (Denied, "does not name", {"arguments": {"charge": "prv_1"}}),
    "an unknown argument": (PermanentError, "does not take amount", {"arguments": {"charge": "ch_1", "amount": "9"}}),
    "a missing argument": (PermanentError, "needs charge", {"arguments": {}}),
    "an empty argument": (PermanentError, "needs charge", {"arguments": {"charge": ""}}),
    "an argument of another type": (PermanentError, "charge is not a text", {"arguments": {"charge": ["ch_1"]}}),
    "a text for a number": (
        PermanentError,
        "limit is not a whole number",
        {"arguments": {"charge": "ch_1", "limit": "5"}},
    ),
    "a flag for a number": (
        PermanentError,
        "limit is not a whole number",
        {"arguments": {"charge": "ch_1", "limit": True}},
    ),
    "a number that no policy takes": (
        PermanentError,
        "not a whole number",
        {"arguments": {"charge": "ch_1", "limit": 2**63}},
    ),
    "a number for an id": (PermanentError, "charge is not a text", {"arguments": {"charge": 1}}),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_not_allowed_is_refused_recorded_and_calls_nothing(ask, performer, audit_queue, case):
    """Each refusal stands on the trail with its reason."""
    error, reason, changes = REFUSALS[case]
    asked = {"operation": "charge.retrieve", "arguments": {"charge": "ch_1"}, **changes}
    with pytest.raises(error, match=reason) as refused:
        ask(**asked)
    assert type(refused.value) is error
    assert performer.calls == []
    record = audit_queue.records[0]
    kind = "denied" if error is Denied else "failed"
    assert (record["kind"], record["decision"]) == (kind, error.__name__)
    assert record["reason"] == str(refused.value)
    assert record["action"] == f"stripe:{asked['operation']}"


def test_an_expired_or_altered_or_foreign_grant_is_denied(ask, make_grant, clock, performer):
    """Whatever it names."""
    good = make_grant(CHARGE)
    bad = [make_grant(CHARGE, expires=clock.now - 1), good[:-2], make_grant(CHARGE, key="another key " * 4)]
    for grant in bad:
        with pytest.raises(Denied):
            ask("charge.retrieve", {"charge": "ch_1"}, grant=grant)
    assert performer.calls == []


@pytest.mark.parametrize(
    ("arguments", "passes"),
    [
        ({"invoice": "in_1", "line": "il_1"}, True),
        ({"invoice": "in_1/il_1", "line": "x"}, False),
        ({"invoice": "in_1", "line": "il_1/x"}, False),
    ],
)
def test_two_arguments_name_one_entity_in_one_way_only(ask, make_grant, arguments, passes):
    """Cut at another slash, the same entity would be another thing at the provider."""
    granted = make_grant("stripe:line/in_1/il_1", "stripe:line/in_1/il_1/x")
    if passes:
        ask("line.read", arguments, grant=granted)
        return
    with pytest.raises(Denied, match="may hold a slash"):
        ask("line.read", arguments, grant=granted)


def test_braces_in_an_argument_are_only_text(ask):
    """An id cannot fill itself in."""
    with pytest.raises(Denied, match="does not name"):
        ask("charge.retrieve", {"charge": "{charge}"})


def test_what_an_event_cannot_afford_is_not_claimed_and_not_done(ask, budgets, steps, performer, audit_queue):
    """It is on record as failed, with what was allowed."""
    budgets.reserve_effect(
        Account("stripe", "stripe:evt_1", "fraud", "stripe:evt_1", FRAUD.budget), "another effect", 0
    )
    with pytest.raises(BudgetExceeded):
        ask("review.approve", {"review": "prv_1"})
    assert "claim" not in steps
    assert performer.calls == []
    assert audit_queue.records[-1]["decision"] == "BudgetExceeded"


def test_an_effect_without_a_ledger_is_a_matter_of_configuration(ask, make_gate, performer):
    """It does not happen unclaimed."""
    with pytest.raises(ConfigurationError, match="no ledger"):
        ask("review.approve", {"review": "prv_1"}, gate=make_gate(ledger=None))
    assert performer.calls == []
