"""Manifests: what they hold, and that each bad value is refused with the value in the message."""

import dataclasses

import pytest

from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.arguments import Number, Text
from functions.core.manifests.connector import ConnectorManifest, Operation, ReadBack, State, Verdict
from functions.core.manifests.identity import BodyDigest, DeliveryId, SignedId
from functions.core.manifests.operation import Money
from functions.core.manifests.signature import HTTP_BASIC
from functions.core.manifests.source import PublishedAddresses, Reading, SourceManifest
from functions.core.manifests.tenant import OneTenant, Tenant
from functions.core.platform.errors import ManifestError

READ = Operation("charge.retrieve", kind="read", entity="stripe:charge/{charge}", method="GET", path="/c/{charge}")
LOOKS = Operation(
    "charge.close",
    kind="effect",
    entity="stripe:charge/{charge}",
    idempotency="none",
    read_back=ReadBack("charge.retrieve", proof={"open": False}),
)

GOOD = {
    Subscription: {"detail_type": "payment.succeeded", "sources": ["webhook.stripe"]},
    Use: {"connector": "stripe", "operations": ["charge.retrieve"], "reason": "read the charge"},
    Budget: {},
    AgentManifest: {
        "name": "fraud",
        "owner": "payments-risk",
        "purpose": "decide",
        "subscribes": [Subscription("payment.succeeded", ["webhook.stripe"])],
        "publishes": ["payment.held"],
        "uses": [Use("stripe", ["charge.retrieve"], "read the charge")],
    },
    SignedId: {"paths": ["id"]},
    BodyDigest: {"window": 60},
    DeliveryId: {"otherwise": BodyDigest(60)},
    Tenant: {"word": "account", "path": "account"},
    OneTenant: {"why": "a test"},
    Reading: {"type": ["type"], "identity": SignedId(["id"]), "tenant": OneTenant("a test")},
    PublishedAddresses: {"url": "https://stripe.com/ips.json", "path": "WEBHOOKS"},
    SourceManifest: {
        "name": "stripe",
        "owner": "payments-risk",
        "documents": "https://docs.stripe.com/webhooks",
        "secret": "Developers > Webhooks",
        "signature": HTTP_BASIC,
        "reading": Reading(["type"], SignedId(["id"]), OneTenant("a test")),
        "largest_body": None,
        "address_check": None,
    },
    Verdict: {"ok": "ok", "error": "error", "busy": ["ratelimited"], "unknown": ["internal_error"]},
    ReadBack: {"operation": "refund.list", "proof": {"id": "{key}"}},
    State: {"operation": "charge.retrieve", "fields": ["paid"]},
    Operation: {"name": "charge.retrieve", "kind": "read", "entity": "stripe:charge/{charge}", "path": "/c/{charge}"},
    ConnectorManifest: {
        "name": "stripe",
        "owner": "payments-risk",
        "operations": [READ],
        "hosts": ["api.stripe.com"],
        "base": "https://api.stripe.com/",
    },
}

# Each bad value with what the message must quote of it.
BAD = [
    (Subscription, {"detail_type": "payment"}, "'payment'"),
    (Subscription, {"detail_type": "Payment.Succeeded"}, "'Payment.Succeeded'"),
    (Subscription, {"detail_type": "payment.succeeded\n"}, r"'payment.succeeded\n'"),
    (Subscription, {"detail_type": None}, "None"),
    (Subscription, {"sources": []}, "'payment.succeeded'"),
    (Subscription, {"sources": ["stripe"]}, "'stripe'"),
    (Subscription, {"sources": [7]}, "7"),
    (Subscription, {"latency": "lowest"}, "'lowest': 'ordinary' or 'low'"),
    (Use, {"seconds": -1}, "-1"),
    (Use, {"seconds": 0.5}, "0.5"),
    (Use, {"seconds": True}, "True"),
    (Use, {"connector": "Stripe"}, "'Stripe'"),
    (Use, {"operations": []}, "'stripe'"),
    (Use, {"operations": ["Retrieve"]}, "'Retrieve'"),
    (Use, {"operations": [None]}, "None"),
    (Use, {"reason": " "}, "'stripe'"),
    (Budget, {"seconds": 0}, "0"),
    (Budget, {"seconds": 891}, "budget seconds 891: a whole number from 1 to 890"),
    (Budget, {"seconds": 1.5}, "1.5"),
    (Budget, {"effects_per_event": -1}, "-1"),
    (Budget, {"hops": -2}, "-2"),
    (Budget, {"usd_per_event": "-0.01"}, "'-0.01'"),
    (Budget, {"usd_per_event": "two cents"}, "'two cents'"),
    (Budget, {"usd_per_event": "NaN"}, "'NaN'"),
    (Budget, {"usd_per_event": "Infinity"}, "'Infinity'"),
    (Budget, {"usd_per_event": None}, "None"),
    (AgentManifest, {"name": ""}, "''"),
    (AgentManifest, {"name": "Fraud"}, "'Fraud'"),
    (AgentManifest, {"name": "fraud-service"}, "'fraud-service'"),
    (AgentManifest, {"name": "1fraud"}, "'1fraud'"),
    (AgentManifest, {"name": "a" * 32}, "a" * 32),
    (AgentManifest, {"name": None}, "None"),
    (Subscription, {"sources": "webhook.stripe"}, "'webhook.stripe': write a list"),
    (Use, {"operations": "charge.retrieve"}, "'charge.retrieve': write a list"),
    (Use, {"reason": None}, "None"),
    (AgentManifest, {"subscribes": ["payment.succeeded"]}, "'payment.succeeded': write a list of Subscription"),
    (
        AgentManifest,
        {"subscribes": Subscription("payment.succeeded", ["webhook.stripe"])},
        "write a list of Subscription",
    ),
    (AgentManifest, {"publishes": "payment.held"}, "'payment.held': write a list"),
    (AgentManifest, {"uses": ["stripe"]}, "'stripe': write a list of Use"),
    (AgentManifest, {"budget": {"seconds": 20}}, "{'seconds': 20}: write a Budget"),
    (SourceManifest, {"signature": "hmac"}, "write a SignatureScheme"),
    (SourceManifest, {"reading": {"type": ["type"]}}, "write a Reading"),
    (SourceManifest, {"translates": ["charge.failed"]}, "['charge.failed']: detail types by raw type"),
    (SourceManifest, {"translates": {"": "payment.failed"}}, "''"),
    (SourceManifest, {"translates": {"charge.failed": "failed"}}, "'charge.failed' to 'failed'"),
    (SourceManifest, {"translates": {"charge.failed": "Payment.Failed"}}, "'Payment.Failed'"),
    (SourceManifest, {"translates": {"charge.failed": []}}, "'charge.failed' to nothing"),
    (SourceManifest, {"translates": {"charge.failed": [7]}}, "7"),
    (SourceManifest, {"methods": "POST"}, "'POST': write a list"),
    (SourceManifest, {"secret": None}, "None"),
    (SourceManifest, {"tolerance": "300"}, "'300'"),
    (SourceManifest, {"largest_body": "1MB"}, "'1MB'"),
    (Operation, {"name": None}, "None"),
    (Operation, {"entity": None}, "None"),
    (Operation, {"takes": ["amount"]}, "['amount']"),
    (ConnectorManifest, {"operations": ["charge.retrieve"]}, "'charge.retrieve': write a list of Operation"),
    (ConnectorManifest, {"hosts": "api.stripe.com"}, "'api.stripe.com': write a list"),
    (ConnectorManifest, {"owner": None}, "None"),
    (ConnectorManifest, {"credential": "token"}, "'token'"),
    (ConnectorManifest, {"base": None}, "None"),
    (AgentManifest, {"owner": ""}, "'fraud'"),
    (AgentManifest, {"purpose": " "}, "'fraud'"),
    (AgentManifest, {"subscribes": []}, "'fraud'"),
    (AgentManifest, {"publishes": ["held"]}, "'held'"),
    (AgentManifest, {"publishes": [None]}, "None"),
    (
        AgentManifest,
        {"uses": [GOOD_USE := Use("stripe", ["charge.retrieve"], "read"), GOOD_USE]},
        "stripe charge.retrieve",
    ),
    (Reading, {"type": []}, "type"),
    (Reading, {"type": "type"}, "'type'"),
    (Reading, {"identity": "id"}, "'id'"),
    (Reading, {"identity": SignedId(), "items": ""}, "items of a list"),
    (Reading, {"identity": DeliveryId(BodyDigest(60)), "items": ""}, "items of a list"),
    (Reading, {"tenant": None}, "None"),
    (SignedId, {"paths": "id"}, "'id'"),
    (SignedId, {"paths": ["header:x-id"]}, "'header:x-id'"),
    (SignedId, {"paths": ["id"], "types": {"a": ["header:x-id"]}}, "'header:x-id'"),
    (SignedId, {"paths": ["id"], "types": {"a": []}}, "no path"),
    (SignedId, {"paths": ["id"], "types": {"a": "id"}}, "'id'"),
    (SignedId, {"paths": ["id"], "types": ["a"]}, "paths by raw type"),
    (SignedId, {"paths": [], "types": {"a": ["id"]}}, "without paths"),
    (SignedId, {"otherwise": 60}, "60"),
    (BodyDigest, {"window": 0}, "0"),
    (BodyDigest, {"window": None}, "None"),
    (BodyDigest, {"window": 31 * 24 * 3600}, "2678400"),
    (DeliveryId, {"otherwise": None}, "None"),
    (Tenant, {"word": ""}, "''"),
    (Tenant, {"path": " "}, "' '"),
    (Tenant, {"own": "a/b"}, "'a/b'"),
    (Tenant, {"expected": "own"}, "'own'"),
    (Tenant, {"expected": ["a,b"]}, "'a,b'"),
    (OneTenant, {"why": ""}, "''"),
    (SourceManifest, {"reading": Reading(["type"], DeliveryId(BodyDigest(60)), OneTenant("t"))}, "'stripe'"),
    (SourceManifest, {"largest_body": 0}, "0"),
    (SourceManifest, {"address_check": " "}, "' '"),
    (SourceManifest, {"pings": ["ping"]}, "'stripe'"),
    (SourceManifest, {"names": {"charge": ""}}, "'charge'"),
    (PublishedAddresses, {"url": "http://stripe.com/ips.json"}, "'http://stripe.com/ips.json'"),
    (SourceManifest, {"name": "stripe!"}, "'stripe!'"),
    (SourceManifest, {"documents": "docs"}, "'docs'"),
    (SourceManifest, {"secret": " "}, "'stripe'"),
    (SourceManifest, {"methods": ["PUT"]}, "'PUT'"),
    (SourceManifest, {"published": PublishedAddresses("https://stripe.com/ips.json", "A")}, "'stripe'"),
    (SourceManifest, {"owner": ""}, "'stripe'"),
    (SourceManifest, {"addresses": ["10.0.0.0/33"]}, "'10.0.0.0/33'"),
    (SourceManifest, {"tolerance": -1}, "-1"),
    (Budget, {"usd_per_event": "0.0000001"}, "'0.0000001'"),
    (Budget, {"usd_per_event": "2.00"}, "1.00"),
    (Budget, {"tokens_per_event": 300_000}, "250000"),
    (Budget, {"model_calls_per_tree": True}, "True"),
    (Budget, {"wakes_per_tree": 0}, "0"),
    (Budget, {"seconds_per_tree": -1}, "-1"),
    (Operation, {"takes": {"amount": "money"}}, "'money'"),
    (Operation, {"takes": {"charge": Text()}}, "charge"),
    (Operation, {"needs": ["amount"]}, "amount"),
    (Operation, {"sends": {"charge": "x"}}, "sends charge"),
    (Operation, {"sends": {"limit": {5}}}, "{5}"),
    (Operation, {"sends": "limit"}, "'limit'"),
    (Operation, {"bodiless": "yes"}, "'yes'"),
    (Operation, {"anytime": "yes"}, "'yes'"),
    (Operation, {"anytime": True}, "only an effect gives something back"),
    (Operation, {"gone": 404}, "404: write a list"),
    (Operation, {"gone": [500]}, "from 400 to 499"),
    (Operation, {"decides": None}, "None"),
    (Operation, {"decides": "dialog"}, "'dialog': a kind of entity"),
    (Operation, {"decides": "openai:dialog"}, "only an effect with natural idempotency"),
    (Operation, {"kind": "effect", "idempotency": "key", "decides": "openai:dialog"}, "natural idempotency"),
    (Verdict, {"ok": ""}, "''"),
    (Verdict, {"error": None}, "None"),
    (Verdict, {"busy": "ratelimited"}, "'ratelimited'"),
    (Verdict, {"unknown": [7]}, "7"),
    (Verdict, {"busy": ["slow"], "unknown": ["slow"]}, "slow"),
    (Operation, {"takes": {"limit": Number()}, "sends": {"limit": "5"}}, "sends limit"),
    (Operation, {"sends": {"metadata": "{key}"}}, "a read has no key"),
    (Operation, {"kind": "effect", "idempotency": "hope"}, "'charge.retrieve'"),
    (Operation, {"kind": "effect", "idempotency": "none"}, "read-back"),
    (Operation, {"kind": "effect", "idempotency": "key", "state": State("a.b", ["c"])}, "read-back"),
    (ReadBack, {"operation": "List"}, "'List'"),
    (ReadBack, {"proof": {}}, "'refund.list'"),
    (State, {"operation": "Retrieve"}, "'Retrieve'"),
    (State, {"fields": "open"}, "'open'"),
    (State, {"fields": []}, "at least one"),
    (
        ConnectorManifest,
        {"operations": [dataclasses.replace(LOOKS, read_back=ReadBack("a.gone", {"x": 1}))]},
        "'a.gone'",
    ),
    (ConnectorManifest, {"operations": [READ, dataclasses.replace(LOOKS, entity="stripe:x/{x}")]}, "does not have"),
    (Operation, {"name": "Retrieve"}, "'Retrieve'"),
    (Operation, {"kind": "write"}, "'write'"),
    (Operation, {"entity": "stripe:charge"}, "'stripe:charge'"),
    (Operation, {"kind": "effect"}, "'charge.retrieve'"),
    (Operation, {"path": "/v1/charges/{id}"}, "'/v1/charges/{id}'"),
    (ConnectorManifest, {"name": "Stripe"}, "'Stripe'"),
    (ConnectorManifest, {"owner": ""}, "'stripe'"),
    (ConnectorManifest, {"seconds": 0}, "0"),
    (ConnectorManifest, {"seconds": True}, "True"),
    (ConnectorManifest, {"seconds": 891}, "connector 'stripe' seconds 891: a whole number from 1 to 890"),
    (ConnectorManifest, {"operations": []}, "'stripe'"),
    (ConnectorManifest, {"operations": [READ, READ]}, "charge.retrieve"),
    (ConnectorManifest, {"hosts": ["https://api.stripe.com"]}, "'https://api.stripe.com'"),
    (ConnectorManifest, {"hosts": ["localhost"]}, "'localhost'"),
    (ConnectorManifest, {"base": "http://api.stripe.com/"}, "'http://api.stripe.com/'"),
    (ConnectorManifest, {"base": "https://api.stripe.com.evil.test/"}, "'https://api.stripe.com.evil.test/'"),
    (ConnectorManifest, {"base": "https://api.stripe.com@evil.test/"}, "'https://api.stripe.com@evil.test/'"),
    (ConnectorManifest, {"hosts": []}, "'https://api.stripe.com/'"),
]


@pytest.mark.parametrize("kind", GOOD, ids=lambda kind: kind.__name__)
def test_a_good_manifest_is_taken_and_cannot_be_changed(kind):
    """What is declared is frozen."""
    made = kind(**GOOD[kind])
    name = dataclasses.fields(kind)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, name, None)


@pytest.mark.parametrize(
    ("kind", "change", "quoted"),
    BAD,
    ids=[f"{kind.__name__} {[*changes][-1]} {quoted}" for kind, changes, quoted in BAD],
)
def test_a_bad_value_is_refused_with_the_value_in_the_message(kind, change, quoted):
    """The manifest's author sees what to change."""
    with pytest.raises(ManifestError) as refused:
        kind(**{**GOOD[kind], **change})
    assert quoted in str(refused.value)


def test_a_raw_type_becomes_one_detail_type_or_one_of_several():
    declared = {"charge.failed": "payment.failed", "charge.updated": ["payment.failed", "payment.succeeded"]}
    source = SourceManifest(**{**GOOD[SourceManifest], "translates": declared})
    assert source.detail_types == {
        "charge.failed": ("payment.failed",),
        "charge.updated": ("payment.failed", "payment.succeeded"),
    }


@pytest.mark.parametrize(
    ("source", "detail_type", "heard"),
    [
        ("webhook.stripe", "payment.succeeded", True),
        ("webhook.stripe", "payment.disputed", False),
        ("webhook.adyen", "payment.succeeded", False),
        ("webhook.adyen", "payment.disputed", True),
    ],
)
def test_an_agent_gets_only_a_source_and_detail_type_of_one_subscription(source, detail_type, heard):
    """The source of one subscription does not stand for the detail-type of another."""
    subscribes = [
        Subscription("payment.succeeded", ["webhook.stripe"]),
        Subscription("payment.disputed", ["webhook.adyen"]),
    ]
    agent = AgentManifest(**{**GOOD[AgentManifest], "subscribes": subscribes})
    assert agent.subscribes_to(source, detail_type) is heard


def test_only_declared_uses_and_operations_are_found():
    """What is not declared is None, and so is not allowed."""
    agent, connector = AgentManifest(**GOOD[AgentManifest]), ConnectorManifest(**GOOD[ConnectorManifest])
    assert agent.use_of("stripe", "charge.retrieve").operations == ["charge.retrieve"]
    assert agent.use_of("stripe", "charge.refund") is None
    assert agent.use_of("context", "charge.retrieve") is None
    assert connector.operation("charge.retrieve") is READ
    assert connector.operation("charge.refund") is None


def test_dollars_add_up_exactly_in_millionths():
    """A tenth and two tenths are three."""
    budget = Budget(usd_per_event="0.1", usd_per_tree="0.3")
    assert (budget.microdollars_per_event, budget.microdollars_per_tree) == (100_000, 300_000)


def test_the_parameters_of_an_operation_are_those_that_its_entity_names():
    """They are what the grant is held against, so all of them are required."""
    operation = Operation("file.read", kind="read", entity="github:repo/{owner}/{repo}")
    assert operation.parameters == ("owner", "repo")


@pytest.mark.parametrize(
    "said",
    [
        {"idempotency": "key"},
        {"read_back": ReadBack("charge.retrieve", proof={"open": False})},
        {"state": State("charge.retrieve", fields=["open"])},
        {"money": Money(["amount"], currency="currency")},
    ],
    ids=lambda said: next(iter(said)),
)
def test_a_read_says_nothing_of_repeats_and_of_what_a_person_judges(said):
    with pytest.raises(ManifestError, match="is a read: idempotency, read_back, state and money are an effect's"):
        dataclasses.replace(READ, **said)


def test_identities_tell_what_somebody_is():
    """An agent, a source and a connector of one name are three identities."""
    kinds = (AgentManifest, SourceManifest, ConnectorManifest)
    made = [kind(**{**GOOD[kind], "name": "acme"}).identity for kind in kinds]
    assert made == ["agent.acme", "webhook.acme", "connector.acme"]
