"""The gate keeps tenants apart: the tenant is the verified delivery's, and no caller can name another."""

from dataclasses import replace

import pytest

from functions.core.authority.grants import Grant
from functions.core.gate import effects
from functions.core.gate.authority import allowed_entity, for_tenant
from functions.core.gate.budgets import Budgets
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Ledger
from functions.core.gate.policy import Answer, Policy, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.connector import ConnectorManifest, Operation, TenantHeader
from functions.core.platform.errors import Denied, RetryableError
from functions.providers.stripe.connector import MANIFEST as STRIPE

WHOLE = Operation("timeline.read", kind="read", entity="{entity}")
CONTEXT = ConnectorManifest(name="context", owner="tests", operations=[WHOLE])
AGENT = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    budget=Budget(effects_per_event=5),
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    uses=[
        Use("stripe", ["charge.retrieve", "review.approve", "refund.create"], "tests"),
        Use("context", ["timeline.read"], "tests"),
    ],
)


class Performer:
    """Keeps the account that each call acts on, with its arguments; answers, or raises `raises`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str | None, dict]] = []
        self.raises: Exception | None = None

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        self.calls.append((operation.name, operation.headers.get("Stripe-Account"), dict(arguments)))
        if self.raises and operation.kind == "effect":
            raise self.raises
        return {"items": [], "complete": True, "open": True, "reason": "rule", "charge": "ch_1"}


@pytest.fixture
def performer() -> Performer:
    return Performer()


@pytest.fixture
def ask(performer, dynamodb, table, new_id, make_audit, clock, grant_key, make_grant):
    """Asks the gate of a connector, as the fraud agent, with a grant for these entities."""
    ledger, budgets = Ledger(dynamodb, table("ledger"), new_id), Budgets(dynamodb, table("budgets"))

    def ask(operation: str, *entities: str, manifest: ConnectorManifest = STRIPE, **arguments: str) -> object:
        permits = PolicyDecision(Answer.PERMIT, ("all",))
        gate = Gate(
            manifest,
            lambda _: AGENT,
            lambda *_: permits,
            lambda: [grant_key],
            performer,
            ledger,
            budgets,
            make_audit("connector.stripe"),
            clock,
        )
        given = {"event": "stripe:evt_1", "correlation": "stripe:evt_1", "deadline": clock.now + 20}
        request = {"operation": operation, "arguments": arguments, "grant": make_grant(*entities), **given}
        return gate.handle(Request.read(request), "fraud").result

    return ask


def test_a_call_acts_on_the_account_that_the_delivery_is_about(ask, performer, audit_queue):
    """The agent names the charge alone, as the event's data does."""
    ask("charge.retrieve", "stripe:charge@acct_9/ch_1", charge="ch_1")
    assert performer.calls == [("charge.retrieve", "acct_9", {"charge": "ch_1"})]
    assert audit_queue.records[0]["resource"] == "stripe:charge@acct_9/ch_1"


@pytest.mark.parametrize("entity", ["stripe:charge/ch_1", "stripe:charge@own.test/ch_1"])
def test_the_credentials_own_account_needs_no_header(ask, performer, entity):
    ask("charge.retrieve", entity, charge="ch_1")
    assert performer.calls == [("charge.retrieve", None, {"charge": "ch_1"})]


def test_a_connected_account_in_test_mode_is_named_without_its_mode(ask, performer):
    ask("charge.retrieve", "stripe:charge@acct_9.test/ch_1", charge="ch_1")
    assert performer.calls == [("charge.retrieve", "acct_9", {"charge": "ch_1"})]


@pytest.mark.parametrize("charge", ["ch_2", "@acct_9/ch_1", "ch_1@acct_8"])
def test_what_the_grant_does_not_name_of_its_tenant_is_denied(ask, performer, charge):
    with pytest.raises(Denied):
        ask("charge.retrieve", "stripe:charge@acct_9/ch_1", charge=charge)
    assert performer.calls == []


def test_a_grant_that_names_an_id_of_two_tenants_allows_neither():
    grant = Grant("e", "e", frozenset({"stripe:charge@a/ch_1", "stripe:charge@b/ch_1"}), 0, 1)
    with pytest.raises(Denied):
        allowed_entity("stripe:charge/ch_1", grant, "")


def test_a_connector_that_cannot_act_for_a_tenant_is_denied(ask, performer):
    """Its credential would act on the tenant that it belongs to."""
    with pytest.raises(Denied, match="does not declare how it acts for acct_9"):
        ask("charge.retrieve", "stripe:charge@acct_9/ch_1", manifest=replace(STRIPE, tenant_header=None), charge="ch_1")
    assert performer.calls == []


@pytest.mark.parametrize("named", ["stripe:customer/cus_1", "stripe:customer@acct_9/cus_1"])
def test_a_timeline_is_that_of_the_tenants_entity(ask, performer, named):
    ask("timeline.read", "stripe:customer@acct_9/cus_1", manifest=CONTEXT, entity=named)
    assert performer.calls == [("timeline.read", None, {"entity": "stripe:customer@acct_9/cus_1"})]


def test_an_effect_of_two_tenants_is_done_for_each(ask, performer):
    """The ledger knows them apart, although event and id are the same."""
    for tenant in ("acct_8", "acct_9", "acct_9"):
        ask("review.approve", f"stripe:review@{tenant}/prv_1", review="prv_1")
    assert [account for _, account, _ in performer.calls] == ["acct_8", "acct_9"]


def test_a_read_back_looks_in_the_account_that_the_effect_acted_on(ask, performer, clock):
    performer.raises = RetryableError("lost")
    for _ in range(2):
        with pytest.raises(RetryableError):
            ask("refund.create", "stripe:charge@acct_9/ch_1", charge="ch_1")
        clock.now += 120
    assert [(name, account) for name, account, _ in performer.calls][:3] == [
        ("refund.create", "acct_9"),
        ("refund.list", "acct_9"),
        ("refund.create", "acct_9"),
    ]


def test_without_a_tenant_the_operation_is_unchanged():
    operation = STRIPE.operation("charge.retrieve")
    assert for_tenant(STRIPE, operation, {"charge": "ch_1"}, "stripe:charge/ch_1") == (operation, {"charge": "ch_1"})
    assert effects.read_back(Performer(), STRIPE, operation, {}, "key", lambda: 1.0) is None


@pytest.mark.parametrize(("entity", "answer"), [("ch_1", Answer.PERMIT), ("@acct_9/ch_1", Answer.FORBID)])
def test_a_policy_on_one_tenants_entity_does_not_speak_of_anothers(entity, answer):
    policy = Policy('@id("one") permit (principal, action, resource == stripe::charge::"ch_1");')
    operation = STRIPE.operation("charge.retrieve")
    whole = f"stripe:charge{entity}" if entity[0] == "@" else f"stripe:charge/{entity}"
    assert policy.decide("fraud", "stripe", operation, whole, {"charge": "ch_1"}).answer is answer


def test_stripes_header_is_the_one_of_its_documents():
    assert STRIPE.tenant_header == TenantHeader("Stripe-Account", own="own")
