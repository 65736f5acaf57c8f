"""An effect whose outcome got lost: nothing is repeated before it had the time to show, and was looked for."""

from dataclasses import replace

import pytest

from functions.core.gate.budgets import Budgets
from functions.core.gate.claimed_effects import SETTLE_SECONDS
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Ledger
from functions.core.gate.outbound import Busy, FailureReplayed, OutcomeUnknown, Unreachable
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.connector import ConnectorManifest, Operation, ReadBack
from functions.core.platform.errors import CircuitOpen, PermanentError, RetryableError

LIST = Operation("refund.list", kind="read", entity="stripe:charge/{charge}")
REFUND = Operation(
    "refund.create",
    kind="effect",
    entity="stripe:charge/{charge}",
    idempotency="key",
    sends={"mark": "{key}"},
    read_back=ReadBack("refund.list", items="data", proof={"mark": "{key}"}),
)
STRIPE = ConnectorManifest(name="stripe", owner="tests", operations=[LIST, REFUND], seconds=20)
FRAUD = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    uses=[Use("stripe", ["refund.create"], "tests")],
)


class Provider:
    """Keeps the refunds that happened; `next` is what the calls to come raise, in their order, None for none."""

    def __init__(self, clock) -> None:
        self.refunds: list[dict] = []
        self.tries: list[tuple[float, str | None]] = []
        self.looks = 0
        self.next: list[Exception | None] = []
        self.slow = 0.0
        self._clock = clock

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        self._clock.now += self.slow
        if operation is LIST:
            self.looks += 1
            return {"data": list(self.refunds)}
        self.tries.append((seconds, key))
        if self.next and (error := self.next.pop(0)):
            raise error
        self.refunds.append({"mark": arguments["mark"]})
        return self.refunds[-1]


@pytest.fixture
def provider(clock) -> Provider:
    return Provider(clock)


@pytest.fixture
def refund(provider, dynamodb, table, make_audit, make_grant, grant_key, clock, new_id):
    """Asks for a refund that the provider makes repeatable in this way, with so many seconds left for the event."""
    ledger, budgets = Ledger(dynamodb, table("ledger"), new_id), Budgets(dynamodb, table("budgets"))

    def refund(idempotency: str = "key", seconds: float = 20):
        stripe = replace(STRIPE, operations=[LIST, replace(REFUND, idempotency=idempotency)])
        gate = Gate(
            stripe,
            lambda alias: FRAUD,
            lambda *_: PolicyDecision(Answer.PERMIT, ("all",)),
            lambda: [grant_key],
            provider,
            ledger,
            budgets,
            make_audit("connector.stripe"),
            clock,
        )
        grant = make_grant("stripe:charge/ch_1")
        ask = {"event": "stripe:evt_1", "correlation": "stripe:evt_1", "grant": grant, "deadline": clock.now + seconds}
        request = Request.read({"operation": "refund.create", "arguments": {"charge": "ch_1"}, **ask})
        return gate.handle(request, "fraud").result

    return refund


@pytest.mark.parametrize("error", [CircuitOpen("open", 5), PermanentError("stripe answered 400")], ids=["open", "400"])
def test_what_was_not_done_this_time_may_have_been_done_the_time_before(refund, provider, clock, error):
    """So a refusal or an open circuit frees no claim whose earlier outcome is unknown: the next one looks first."""
    provider.next = [OutcomeUnknown("no answer"), error]
    for kind in (OutcomeUnknown, type(error)):
        with pytest.raises(kind):
            refund("none")
        clock.now += SETTLE_SECONDS + 1
    looks = provider.looks
    refund("none")
    assert provider.looks == looks + 1


@pytest.mark.parametrize("error", [Busy("stripe answered 429", 1.0), Unreachable("no connection")], ids=["429", "away"])
def test_what_was_certainly_not_done_is_done_as_soon_as_the_provider_says(refund, provider, clock, error):
    """Nothing has to show first, and the next one has nothing to look for."""
    provider.next = [error]
    with pytest.raises(type(error)) as failed:
        refund("none")
    assert failed.value.retry_after == error.retry_after
    refund("none")
    assert (provider.looks, len(provider.refunds)) == (0, 1)


def test_what_was_not_done_this_time_is_still_looked_for(refund, provider, clock):
    """A rate limit says nothing about the try before it, which may have acted."""
    provider.next = [OutcomeUnknown("no answer"), Busy("stripe answered 429", 1.0)]
    with pytest.raises(OutcomeUnknown):
        refund("none")
    clock.now += SETTLE_SECONDS + 1
    with pytest.raises(Busy) as failed:
        refund("none")
    assert failed.value.retry_after == 1.0
    looks = provider.looks
    refund("none")
    assert provider.looks == looks + 1


def test_a_kept_failure_has_time_to_show_before_the_next_key_is_tried(refund, provider, clock):
    """A provider that answered with a failure may still be at work on it."""
    provider.next = [FailureReplayed("stripe answered 500, as it did before")]
    with pytest.raises(FailureReplayed) as failed:
        refund()
    assert failed.value.retry_after == SETTLE_SECONDS
    clock.now += SETTLE_SECONDS - 1
    with pytest.raises(RetryableError, match="in progress"):
        refund()
    clock.now += 2
    refund()
    (_, first), (_, second) = provider.tries
    assert second == f"{first}-2"


def test_what_shows_after_a_kept_failure_is_not_done_again(refund, provider, clock):
    """It acted after all."""
    provider.next = [FailureReplayed("stripe answered 500, as it did before")]
    with pytest.raises(FailureReplayed):
        refund()
    effect = {"mark": provider.tries[0][1]}
    provider.refunds.append(effect)
    clock.now += SETTLE_SECONDS + 1
    assert refund() == effect
    assert provider.refunds == [effect]


def test_a_key_that_was_moved_on_stays_so(refund, provider, clock):
    """The next holder continues where the one before stopped."""
    provider.next = [FailureReplayed("as before"), OutcomeUnknown("no answer")]
    for kind in (FailureReplayed, OutcomeUnknown):
        with pytest.raises(kind):
            refund()
        clock.now += SETTLE_SECONDS + 1
    refund()
    assert [(key or "")[64:] for _, key in provider.tries] == ["", "-2", "-2"]


def test_a_claim_outlives_its_holder(refund, provider, clock):
    """However much time the event has, a call has the connector's; and nobody takes over before Lambda ended it."""
    provider.next = [ZeroDivisionError()]  # type: ignore[list-item]  # as a process that dies says nothing
    started = clock.now
    with pytest.raises(ZeroDivisionError):
        refund("none", seconds=600)
    assert provider.tries[0][0] == STRIPE.seconds
    clock.now = started + STRIPE.timeout + SETTLE_SECONDS - 1
    with pytest.raises(RetryableError, match="in progress"):
        refund("none")
    clock.now += 2
    refund("none")


def test_all_that_a_call_does_shares_the_connectors_seconds(refund, provider, clock):
    """A slow look leaves less for the effect: together they end before Lambda ends the function."""
    provider.next = [OutcomeUnknown("no answer")]
    with pytest.raises(OutcomeUnknown):
        refund("none", seconds=600)
    clock.now += SETTLE_SECONDS + 1
    provider.slow = 8
    refund("none", seconds=600)
    assert provider.tries[1][0] == STRIPE.seconds - 8
