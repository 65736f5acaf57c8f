"""A person who decides sees the state now: read by the proposal that the connector signed, and by nothing else."""

from dataclasses import replace

import pytest

from functions.core.authority.proposals import Proposal, propose
from functions.core.gate.reviewed_state import ReviewedState
from functions.core.platform.action import Action
from functions.core.platform.errors import Denied, RetryableError
from tests.unit.gate.test_approvals import ACTION, FRAUD, NARROW, REVIEW, STATE, STRIPE, Provider

OTHER_KEY = "another key of at least 32 characters, or more"


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def make(provider, make_audit, clock, grant_key):
    def make(agent=FRAUD, manifest=STRIPE):
        callers = {agent.name: agent}.get
        return ReviewedState(manifest, callers, provider, lambda: [grant_key], make_audit("connector.stripe"), clock)

    return make


@pytest.fixture
def token(clock, grant_key):
    """Signs a proposal of the fraud agent to close a review."""

    def token(key=grant_key, **changes):
        made = Proposal("fraud", "stripe:evt_1", "stripe:evt_1", ACTION, int(clock.now) + 60, STATE, entity=REVIEW)
        return propose(replace(made, **changes), key)

    return token


def test_the_state_is_read_again_by_the_signed_proposal(make, token, provider, audit_queue):
    """The same fields with their amounts, and nothing else of the answer; the record says for whom."""
    provider.review |= {"open": False, "charge": {"amount": 100, "currency": "eur", "card": "secret"}}
    found = make().read({"proposal": token()})
    assert found["state"] == {"open": False, "charge.amount": 100, "charge.currency": "eur"}
    assert found["amounts"] == {"charge.amount": "1.00 EUR"}
    (record,) = audit_queue.records
    assert (record["kind"], record["action"], record["resource"]) == ("read", "stripe:review.retrieve", REVIEW)
    assert (record["correlation"], record["reason"]) == ("stripe:evt_1", "the state now, for a person who decides")
    assert provider.effects == []


@pytest.mark.parametrize(
    "payload",
    [{"proposal": None}, {"proposal": ""}, {"proposal": "a.b.c"}, {"proposal": {"action": {}}}, {}],
)
def test_what_is_no_proposal_reads_nothing(make, provider, audit_queue, payload):
    with pytest.raises(Denied):
        make().read(payload)
    assert (provider.reads, audit_queue.kinds) == (0, ["denied"])


@pytest.mark.parametrize(
    "changes",
    [
        {"key": OTHER_KEY},
        {"expires": 1},
        {"agent": "nobody"},
        {"action": Action("slack", "review.approve", {"review": "prv_1"})},
        {"action": Action("stripe", "review.retrieve", {"review": "prv_1"})},
        {"action": Action("stripe", "gone", {"review": "prv_1"})},
        {"action": Action("stripe", "review.approve", {})},
    ],
    ids=["another key", "expired", "no agent", "another connector", "no state", "no operation", "no arguments"],
)
def test_a_proposal_that_no_longer_holds_reads_nothing(make, token, provider, audit_queue, changes):
    with pytest.raises(Denied):
        make().read({"proposal": token(**changes)})
    assert (provider.reads, audit_queue.kinds) == (0, ["denied"])


def test_an_agent_that_no_longer_declares_the_read_lends_nothing(make, token, provider):
    with pytest.raises(Denied, match="does not declare"):
        make(NARROW).read({"proposal": token()})
    assert provider.reads == 0


def test_a_provider_that_is_down_is_on_record(make, token, provider, audit_queue, monkeypatch):
    def down(*given):
        raise RetryableError("down")

    monkeypatch.setattr(provider, "call", down)
    with pytest.raises(RetryableError):
        make().read({"proposal": token()})
    (record,) = audit_queue.records
    assert (record["kind"], record["reason"]) == ("failed", "the state now, for a person who decides: down")
