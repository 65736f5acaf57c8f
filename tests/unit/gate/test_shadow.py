"""A policy in shadow is evaluated and recorded, and changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.gate.policy import Answer, Policy, PolicyDecision
from functions.core.manifests.arguments import Number, Text
from functions.core.manifests.connector import Operation
from functions.core.platform.errors import ConfigurationError

REFUND = Operation(
    "charge.refund",
    kind="effect",
    entity="stripe:charge/{charge}",
    takes={"amount": Number(), "note": Text()},
    idempotency="key",
)
HEAD = '(principal, action == stripe::Action::"charge.refund", resource)'
LESS = "when { context.arguments has amount && context.arguments.amount <= %d }"
SMALL = f'@id("small") permit {HEAD} {LESS % 500};'
NO_LARGE = f'@id("no-large") @shadow forbid {HEAD} {(LESS % 100).replace("when", "unless")};'
LARGER = f'@id("larger") @shadow @ask @approvers("2") permit {HEAD} {LESS % 900};'
CARELESS = '@id("careless") @shadow forbid (principal, action, resource) when { context.arguments.amount > 5000 };'


def decide(text, **arguments):
    return Policy(text).decide("fraud", "stripe", REFUND, "stripe:charge/ch_1", {"charge": "ch_1", **arguments})


def test_a_forbid_in_shadow_forbids_nothing_and_says_what_it_would():
    assert decide(SMALL + NO_LARGE, amount=300) == PolicyDecision(
        Answer.PERMIT, ("small",), shadow=PolicyDecision(Answer.FORBID, ("no-large",))
    )


def test_a_permit_in_shadow_permits_nothing():
    assert decide(SMALL + LARGER, amount=700) == PolicyDecision(
        Answer.FORBID,
        reason="no policy permits it",
        shadow=PolicyDecision(Answer.ASK, ("larger",), approvers=2),
    )


def test_where_it_would_change_nothing_nothing_is_said():
    assert decide(SMALL + NO_LARGE, amount=50) == PolicyDecision(Answer.PERMIT, ("small",))


def test_one_that_cannot_be_evaluated_changes_nothing_either():
    """Enforced, it would forbid."""
    decided = decide(SMALL + '@id("any") permit (principal, action, resource);' + CARELESS)
    assert (decided.answer, decided.policies) == (Answer.PERMIT, ("any",))
    assert (decided.shadow.answer, decided.shadow.policies) == (Answer.FORBID, ("careless",))


@given(st.lists(st.sampled_from([NO_LARGE, LARGER, CARELESS]), unique=True), st.none() | st.integers(-1, 6000))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_answer_is_that_without_the_policies_in_shadow(shadows, amount):
    arguments = {} if amount is None else {"amount": amount}
    with_them, without = decide(SMALL + "".join(shadows), **arguments), decide(SMALL, **arguments)
    assert (with_them.answer, with_them.policies, with_them.reason) == (
        without.answer,
        without.policies,
        without.reason,
    )


def test_shadow_takes_no_value():
    with pytest.raises(ConfigurationError, match="@shadow takes no value"):
        Policy(f'@id("a") @shadow("yes") permit {HEAD};')
