"""Vouchers: a provider's confirmation leads to an extension of the grant, for one agent, one event and some minutes."""

from dataclasses import replace

import pytest

from functions.core.audit.records import LONGEST
from functions.core.authority import tokens, vouchers
from functions.core.authority.grants import Grant
from functions.core.authority.vouchers import Confirmation, Extension, Followed, Holder
from functions.core.context.connector import MANIFEST as CONTEXT
from functions.core.gate.gate import Gate
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.gate.vouching import confirmed_in
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Confirms, Operation
from functions.core.platform.errors import ConfigurationError, Denied, PermanentError
from tests.unit.fakes import NOW

USER, CUSTOMER, CHARGE = "zendesk:user/7", "stripe:customer/cus_1", "stripe:charge/ch_1"
WHERE = {"type": "email", "verified": True}
IDENTITIES = Operation(
    "identities.read", kind="read", entity="zendesk:user/{user}", confirms=Confirms("identities", "value", WHERE)
)
ZENDESK = ConnectorManifest(name="zendesk", owner="tests", operations=[IDENTITIES])
STRIPE = ConnectorManifest(
    name="stripe",
    owner="tests",
    operations=[
        Operation("charge.retrieve", kind="read", entity="stripe:charge/{charge}"),
        Operation("charge.list", kind="read", entity="stripe:charge/{charge}"),
    ],
)
SUBSCRIBES = [Subscription("ticket.created", ["webhook.zendesk"])]
USES = [
    Use("zendesk", ["identities.read"], "tests"),
    Use("context", ["link.follow"], "tests"),
    Use("stripe", ["charge.retrieve", "charge.list"], "tests"),
]
AGENTS = {
    name: AgentManifest(name=name, owner="tests", purpose="tests", subscribes=SUBSCRIBES, uses=USES)
    for name in ("billing", "other")
}
VERIFIED = {"type": "email", "verified": True, "value": "ada@example.com"}
LINK = Extension(USER, [CUSTOMER, CHARGE], ["stripe:charge.retrieve"])


class Provider:
    """Answers with the identities of a user; follows each confirmed link to one customer and charge."""

    def __init__(self) -> None:
        self.identities: list[dict] = [VERIFIED]
        self.confirmed: list[Confirmation | None] = []

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        return {"identities": self.identities} if operation is IDENTITIES else {"id": "ch_1"}

    def follow(self, entity: str, confirmed: Confirmation | None) -> Followed:
        self.confirmed.append(confirmed)
        good = confirmed is not None and bool(confirmed.addresses)
        return Followed(LINK, "linked") if good else Followed(None, "the provider confirms no address")


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def ask(provider, make_audit, clock, grant_key, make_grant):
    """Asks a connector's gate as `alias`, with a grant for the requester, and returns what passed."""

    def ask(manifest: ConnectorManifest, operation: str, *held: str, alias: str = "billing", **given: object):
        permits = PolicyDecision(Answer.PERMIT, ("all",))
        gate = Gate(
            manifest,
            AGENTS.get,
            lambda *asked: permits,
            lambda: [grant_key],
            provider,
            None,
            None,
            make_audit(f"connector.{manifest.name}"),
            clock,
        )
        event = str(given.pop("event", "stripe:evt_1"))
        grant = given.pop("grant", None) or make_grant(USER, event=event)
        request = {
            "operation": operation,
            "arguments": given,
            "event": event,
            "correlation": event,
            "grant": grant,
            "deadline": clock.now + 20,
            "vouchers": list(held),
        }
        return gate.handle(Request.read(request), alias)

    return ask


@pytest.fixture
def extended(ask):
    """The extension that the billing agent gets for the requester of its ticket."""
    confirmed = ask(ZENDESK, "identities.read", user="7").voucher
    return ask(CONTEXT, "link.follow", confirmed, entity=USER).voucher


def test_a_link_is_followed_and_the_linked_charge_can_be_read(ask, extended, audit_queue):
    """The extension and each use of it are on record."""
    assert ask(STRIPE, "charge.retrieve", extended, charge="ch_1").result == {"id": "ch_1"}
    told = [(one["kind"], one["resource"], one["reason"]) for one in audit_queue.records if one["kind"] != "read"]
    why = "linked: 2 entities, for stripe:charge.retrieve"
    assert told == [("extended", USER, why), ("linked", CHARGE, f"by the link of {USER}")]
    assert all(len(one["reason"]) < LONGEST for one in audit_queue.records)


def test_without_an_extension_the_charge_is_out_of_reach(ask):
    """The ticket's event does not name it."""
    with pytest.raises(Denied, match="the grant does not name"):
        ask(STRIPE, "charge.retrieve", charge="ch_1")


def test_an_unconfirmed_requester_gets_no_extension_and_the_reason_is_on_record(ask, provider, audit_queue):
    """The provider says that the address is not verified."""
    provider.identities = [VERIFIED | {"verified": False}]
    confirmed = ask(ZENDESK, "identities.read", user="7").voucher
    found = ask(CONTEXT, "link.follow", confirmed, entity=USER)
    assert (found.voucher, found.result["linked"]) == ("", None)
    record = audit_queue.records[-1]
    assert (record["kind"], record["reason"]) == ("unlinked", "the provider confirms no address")


@pytest.mark.parametrize(
    ("operation", "charge"), [("charge.list", "ch_1"), ("charge.retrieve", "ch_2"), ("charge.retrieve", "ch_1/../ch_2")]
)
def test_an_extension_is_for_its_operations_and_entities_alone(ask, extended, operation, charge):
    """The operator's settings name the operations, and verified events the entities."""
    with pytest.raises(Denied, match="the grant does not name"):
        ask(STRIPE, operation, extended, charge=charge)


def test_an_extension_is_of_no_use_to_another_agent(ask, extended):
    """IAM says who invokes an alias."""
    with pytest.raises(Denied, match="the grant does not name"):
        ask(STRIPE, "charge.retrieve", extended, alias="other", charge="ch_1")


def test_an_extension_is_of_no_use_for_another_event(ask, extended):
    """Not even where that event names the same requester."""
    with pytest.raises(Denied, match="the grant does not name"):
        ask(STRIPE, "charge.retrieve", extended, charge="ch_1", event="stripe:evt_2")


def test_an_extension_is_of_no_use_to_a_grant_that_does_not_name_the_requester(ask, extended, make_grant):
    """As one that is joined with another has lost its entity."""
    with pytest.raises(Denied, match="the grant does not name"):
        ask(STRIPE, "charge.retrieve", extended, charge="ch_1", grant=make_grant("zendesk:ticket/1"))


def test_an_extension_expires_after_minutes(ask, extended, clock):
    """An event that is handled again gets a new one."""
    clock.now += vouchers.LIFETIME + 1
    with pytest.raises(Denied, match="the grant does not name"):
        ask(STRIPE, "charge.retrieve", extended, charge="ch_1")


def test_what_an_agent_makes_is_no_voucher(ask, provider, grant_key, make_grant):
    """Forged, of another kind, or as any text: it counts as missing."""
    holder = Holder("billing", "stripe:evt_1", "stripe:evt_1")
    forged = vouchers.mint(LINK, holder, "another key of 32 characters or more", NOW)
    real = vouchers.mint(Confirmation(USER, ["digest"]), holder, grant_key, NOW)
    said = {"entity": USER, "entities": [CHARGE], "operations": ["stripe:charge.retrieve"]}
    as_grant = tokens.sign("grant", {"says": said, "expires": int(NOW) + 900, "agent": "billing"}, grant_key)
    for held in (forged, real, as_grant, make_grant(CHARGE), "", "a.b", "💥", "." * 100):
        with pytest.raises(Denied, match="the grant does not name"):
            ask(STRIPE, "charge.retrieve", held, charge="ch_1")
    ask(CONTEXT, "link.follow", forged, entity=USER)
    assert provider.confirmed == [None]


def test_a_confirmation_of_another_user_agent_or_event_confirms_nothing(ask, provider, grant_key):
    """Each is a way to take one's own confirmed address for somebody else's ticket."""
    good = Holder("billing", "stripe:evt_1", "stripe:evt_1")
    for entity, holder in (
        ("zendesk:user/8", good),
        (USER, replace(good, agent="other")),
        (USER, replace(good, event="stripe:evt_0")),
        (USER, replace(good, correlation="stripe:evt_0")),
    ):
        ask(CONTEXT, "link.follow", vouchers.mint(Confirmation(entity, ["x"]), holder, grant_key, NOW), entity=USER)
    assert provider.confirmed == [None] * 4


def test_no_connector_but_the_context_extends_a_grant(ask):
    """A provider's folder that declares such an operation has a wrong manifest."""
    follows = Operation("link.follow", kind="read", entity="{entity}", extends=True)
    wrong = ConnectorManifest(name="zendesk", owner="tests", operations=[follows])
    AGENTS["wrong"] = replace(AGENTS["billing"], name="wrong", uses=[Use("zendesk", ["link.follow"], "tests")])
    with pytest.raises(ConfigurationError, match="cannot extend a grant"):
        ask(wrong, "link.follow", alias="wrong", entity=USER)


@pytest.mark.parametrize("held", [["x"] * 5, [7], "x", ["x" * 8001], [None], {"a": 1}])
def test_vouchers_that_are_too_many_or_too_long_are_refused(held):
    """A request is read before anything of it is believed."""
    request = {"operation": "a.b", "arguments": {}, "event": "e", "correlation": "e", "grant": "g", "deadline": 1.0}
    with pytest.raises(PermanentError, match="vouchers"):
        Request.read({**request, "vouchers": held})


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "identities",
        {"identities": None},
        {"identities": [None, 7, "x", []]},
        {"identities": {"0": VERIFIED}},
        {"identities": [VERIFIED | {"verified": 1}]},
        {"identities": [VERIFIED | {"verified": "true"}]},
        {"identities": [VERIFIED | {"type": "phone_number"}]},
        {"identities": [VERIFIED | {"value": "ada@example.com, eve@example.com"}]},
    ],
)
def test_an_answer_that_is_not_as_declared_confirms_nothing(answer):
    """Only what says plainly that it is verified is."""
    assert confirmed_in(IDENTITIES.confirms, answer) == ()


def test_a_grant_names_its_holder(make_grant):
    """The agent, the event that the grant was minted for, and its tree."""
    grant = Grant("e", "tree", frozenset(), 0, 1)
    assert Holder.of("billing", grant) == Holder("billing", "e", "tree")
