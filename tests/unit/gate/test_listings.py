"""A listing is for the reconcile service alone, and passes the connector's record and its circuit breaker."""

from dataclasses import replace

import pytest

from functions.core.gate.authority import declared
from functions.core.gate.listings import Listings
from functions.core.manifests.agent import Use
from functions.core.manifests.arguments import Number
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.listing import Listing, Redelivery
from functions.core.manifests.operation import Operation
from functions.core.manifests.request import Request
from functions.core.platform.errors import Denied, ManifestError, PermanentError, RetryableError
from tests.unit.gate.gate.stripe import FRAUD, READ, Performer

LISTING = Listing("event.list", path="/v1/events", takes={"limit": Number()})
WITH = ConnectorManifest(
    name="stripe", owner="tests", operations=[READ], hosts=["a.test"], base="https://a.test/", listings=[LISTING]
)


@pytest.fixture
def performer() -> Performer:
    return Performer()


@pytest.fixture
def listings(performer, make_audit) -> Listings:
    return Listings(WITH, performer, make_audit("connector.stripe"))


def test_a_listing_is_performed_and_on_record_with_digests_alone(listings, performer, audit_queue):
    """The record names who read it."""
    assert listings.read({"listing": "event.list", "arguments": {"limit": 3}}) == {"done": True}
    ((name, arguments, key, seconds),) = performer.calls
    assert (name, arguments, key) == ("event.list", {"limit": 3}, None)
    assert 0 < seconds < WITH.seconds
    (record,) = audit_queue.records
    assert (record["kind"], record["action"], record["resource"]) == ("read", "stripe:event.list", "service.reconcile")
    assert set(record["digests"]) == {"arguments", "answer"}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"listing": "event.list"},
        {"listing": "charge.retrieve", "arguments": {"charge": "ch_1"}},
        {"listing": ["event.list"], "arguments": {}},
        {"listing": "x" * 5000, "arguments": {}},
        {"listing": "event.list", "arguments": []},
        {"operation": "charge.retrieve", "arguments": {"charge": "ch_1"}},
    ],
)
def test_what_is_no_declared_listing_is_denied_and_on_record(listings, performer, audit_queue, payload):
    """An agent's operation is none: it needs a grant."""
    with pytest.raises(Denied, match="declares no listing"):
        listings.read(payload)
    assert performer.calls == []
    assert audit_queue.kinds == ["denied"]


@pytest.mark.parametrize("arguments", [{"limit": "3"}, {"page": 1}])
def test_arguments_that_it_does_not_take_are_refused(listings, performer, audit_queue, arguments):
    with pytest.raises(PermanentError):
        listings.read({"listing": "event.list", "arguments": arguments})
    assert (performer.calls, audit_queue.kinds) == ([], ["failed"])


def test_a_provider_that_is_down_is_on_record(listings, performer, audit_queue):
    performer.raises = RetryableError("down")
    with pytest.raises(RetryableError):
        listings.read({"listing": "event.list", "arguments": {}})
    assert [(one["kind"], one["reason"]) for one in audit_queue.records] == [("failed", "down")]


def test_no_agent_can_declare_or_perform_a_listing():
    """It is no operation of the connector: the gate denies what is none."""
    agent = replace(FRAUD, uses=[Use("stripe", ["event.list"], "tests")])
    with pytest.raises(Denied, match="does not declare"):
        declared(agent, WITH, "event.list")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"entity": "stripe:event/{event}"}, "a listing touches none"),
        ({"path": "/v1/events/{event}"}, "touches no entity"),
        ({"kind": "effect", "idempotency": "natural"}, "a listing is a read"),
        ({"needs": ["page"]}, "page"),
    ],
)
def test_a_listing_that_is_more_than_a_read_without_an_entity_is_refused(changes, why):
    with pytest.raises(ManifestError, match=why):
        Listing("event.list", **{"path": "/v1/events", **changes})


def test_a_listing_is_not_an_operation_and_an_operation_is_not_a_listing():
    """Where an agent could use it, it must name an entity."""
    with pytest.raises(ManifestError, match="belongs into `listings`"):
        ConnectorManifest(name="stripe", owner="tests", operations=[LISTING], hosts=["a.test"])
    with pytest.raises(ManifestError, match="write a list of Listing"):
        ConnectorManifest(name="stripe", owner="tests", operations=[READ], hosts=["a.test"], listings=[READ])
    with pytest.raises(ManifestError, match="declares twice"):
        twice = Operation("event.list", kind="read", entity="stripe:charge/{charge}")
        ConnectorManifest(name="stripe", owner="tests", operations=[twice], hosts=["a.test"], listings=[LISTING])


def test_a_request_of_an_operation_is_no_operation():
    """It names no entity, so no grant could allow it; its parameters are the parts of its path."""
    request = Request("event.read", kind="effect", method="PUT", path="/v1/events/{event}")
    assert (request.parameters, request.encoded) == (("event",), "json")
    with pytest.raises(ManifestError, match="the performer's alone"):
        ConnectorManifest(name="stripe", owner="tests", operations=[request], hosts=["a.test"])
    with pytest.raises(ManifestError, match="names none"):
        Request("event.read", entity="stripe:event/{event}", path="/v1/events/{event}")
    with pytest.raises(ManifestError, match="the operation that it belongs to"):
        Request("event.read", kind="effect", method="PUT", path="/v1/events/{event}", idempotency="natural")


AGAIN = Redelivery("event.again", path="/v1/events", takes={"event": Number()}, needs=["event"])


def test_a_redelivery_is_on_record_before_it_is_asked_for(performer, make_audit, audit_queue):
    """And after it; it has no row in the ledger, so it is no effect of an event."""
    listings = Listings(replace(WITH, listings=[AGAIN]), performer, make_audit("connector.stripe"))
    performer.raises = RetryableError("down")
    with pytest.raises(RetryableError):
        listings.read({"listing": "event.again", "arguments": {"event": 3}})
    assert [(one["kind"], one["decision"]) for one in audit_queue.records] == [
        ("redelivered", "attempted"),
        ("failed", "RetryableError"),
    ]
    performer.raises = None
    listings.read({"listing": "event.again", "arguments": {"event": 3}})
    assert audit_queue.records[-1]["decision"] == "accepted"


def test_a_redelivery_is_an_effect_that_is_harmless_twice_and_a_listing_is_a_read():
    for wrong in ({"kind": "read"}, {"idempotency": "key"}, {"idempotency": None}):
        with pytest.raises(ManifestError):
            Redelivery("event.again", path="/v1/events", **wrong)
    with pytest.raises(ManifestError, match="a listing is a read"):
        Listing("event.list", path="/v1/events", kind="effect", idempotency="natural")
