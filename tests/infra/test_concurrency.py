"""No queue and no source takes all of the account's concurrent executions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import naming
from infra.concurrency import LEAST, MOST, UNRESERVED, of_queue, of_verifier
from infra.templates import Deployed
from tests.infra.found import declared_project, every


@given(st.integers(1, 1_000_000), st.integers(1, 500))
def test_verifiers_reserve_half_of_the_quota_at_most_and_leave_what_aws_demands(quota, verifiers):
    share = of_verifier(quota, verifiers)
    if share is not None:
        assert share >= LEAST
        assert verifiers * share <= quota / 2
        assert quota - verifiers * share >= UNRESERVED


@given(st.integers(1, 1_000_000))
def test_a_queue_uses_what_an_event_source_mapping_accepts(quota):
    assert LEAST <= of_queue(quota) <= MOST
    assert of_queue(quota) == LEAST or of_queue(quota) <= quota / 50


@pytest.mark.parametrize(
    ("quota", "queue", "two_verifiers", "all_verifiers"),
    [(10, 2, None, None), (199, 3, None, None), (1000, 20, 50, 17), (5000, 100, 250, 89)],
)
def test_the_shares_of_usual_accounts(quota, queue, two_verifiers, all_verifiers):
    assert (of_queue(quota), of_verifier(quota, 2), of_verifier(quota, 28)) == (queue, two_verifiers, all_verifiers)


def maximums(deployed, function=None):
    """The maximum concurrency of each event source mapping, those of one function or those of all but the recorder."""
    return [
        mapping.properties.get("ScalingConfig", {}).get("MaximumConcurrency")
        for mapping in every(deployed, "AWS::Lambda::EventSourceMapping")
        if (name := mapping.properties["FunctionName"]) == function
        or (function is None and name != naming.service("recorder"))
    ]


def reserved(deployed):
    """The reserved concurrency of each function that has one."""
    key = "ReservedConcurrentExecutions"
    return {name: one.properties[key] for name, one in deployed.functions.items() if key in one.properties}


@pytest.mark.synth
def test_by_default_every_queue_has_a_maximum_and_nothing_is_reserved(deployed):
    """AWS refuses any reservation in a new account, and then the whole deployment."""
    assert set(maximums(deployed)) | set(maximums(deployed, naming.service("recorder"))) == {LEAST}
    assert reserved(deployed) == {}


@pytest.mark.synth
def test_in_an_account_with_room_every_verifier_and_nothing_else_has_a_share_of_its_own(synthesize):
    deployed = Deployed.of(synthesize(concurrency="1000"))
    assert set(maximums(deployed)) == {20}
    # More recorders would only race for the ends of the same chains.
    assert set(maximums(deployed, naming.service("recorder"))) == {LEAST}
    verifiers = {naming.verifier(source) for source in declared_project().sources}
    assert reserved(deployed) == dict.fromkeys(verifiers, of_verifier(1000, len(verifiers)))
