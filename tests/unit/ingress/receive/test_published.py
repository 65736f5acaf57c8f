"""A good delivery is one event on the bus, and each of its raw events is one."""

import dataclasses
import json

import pytest

from functions.core.authority import grants
from functions.core.ingress.claims import LEASE_SECONDS
from functions.core.ingress.receive import Answer
from functions.core.manifests.identity import BodyDigest, SignedId
from functions.providers.stripe.source import MANIFEST
from tests.unit.ingress.receive.deliveries import BODY, CHARGE, DUPLICATE, OK, PAYMENT, SECRETS, reading, state


def test_a_good_delivery_is_an_event_on_the_bus(make_verifier, signed, eventbridge, dynamodb):
    """Typed, with the raw body beside it."""
    assert make_verifier().receive(signed()) == OK
    (event,) = eventbridge.events
    assert (event["id"], event["source"], event["type"]) == ("stripe:evt_1", "webhook.stripe", "payment.succeeded")
    assert (event["subject"], event["entities"], event["data"]) == (CHARGE, [CHARGE], PAYMENT)
    assert (event["correlationid"], event["causationid"], event["hops"]) == ("stripe:evt_1", None, 0)
    assert (event["time"], event["receivedat"]) == ("2026-09-21T14:13:21Z", "2026-09-21T14:15:00.000000Z")
    assert event["raw"] == {"type": "charge.succeeded", "body": BODY}
    assert state(dynamodb) == "published"


def test_the_grant_names_the_entities_of_the_delivery_and_no_more(make_verifier, signed, eventbridge, grant_key, clock):
    """It lasts as long as the event may wait in a queue."""
    make_verifier().receive(signed())
    grant = grants.check(eventbridge.events[0]["grant"], [grant_key], clock.now)
    assert grant == grants.Grant(
        "stripe:evt_1", "stripe:evt_1", frozenset({CHARGE}), int(clock.now), int(clock.now) + grants.LIFETIME
    )


@pytest.mark.parametrize("label", SECRETS)
def test_the_trail_says_which_secret_signed_it(make_verifier, signed, audit_queue, label):
    """So an operator sees when the old one is not needed any more; its value stands nowhere."""
    make_verifier().receive(signed(secret=SECRETS[label]))
    record = audit_queue.records[0]
    assert (record["kind"], record["decision"], record["reason"]) == (
        "published",
        "verified",
        f"signed with secret {label}",
    )
    assert record["resource"] == CHARGE


def test_a_type_without_a_translation_is_published_as_unmapped(make_verifier, signed, eventbridge):
    """Never dropped; it names no entity, so nothing may be done because of it."""
    assert make_verifier().receive(signed(type="customer.created")) == OK
    (event,) = eventbridge.events
    assert (event["type"], event["entities"], event["data"]) == (
        "stripe.unmapped",
        [],
        {"raw_type": "customer.created", "tenant": "own", "reason": None},
    )


def test_a_duplicate_is_answered_200_and_makes_no_second_event(make_verifier, signed, eventbridge, audit_queue):
    """The provider does not retry."""
    verifier = make_verifier()
    assert [verifier.receive(signed()) for _ in range(3)] == [OK, DUPLICATE, DUPLICATE]
    assert len(eventbridge.events) == 1
    assert audit_queue.kinds == ["published", "duplicate", "duplicate"]


@pytest.mark.parametrize("length", [149, 150, 250])
def test_the_record_holds_the_whole_id_of_its_event(make_verifier, signed, eventbridge, audit_queue, length):
    """Otherwise nobody finds the records of an event with a long id."""
    reading = dataclasses.replace(MANIFEST.reading, identity=SignedId(["id", "account"]))
    make_verifier({"reading": reading}).receive(signed(id="x" * 250, account="y" * length))
    (event,) = eventbridge.events
    (record,) = audit_queue.records
    assert record["event"] == record["correlation"] == event["id"]


def test_a_copy_that_is_being_published_is_answered_409(make_verifier, signed, claims, clock, eventbridge):
    """The provider retries it; if the first one died meanwhile, its lease has expired and the copy is published."""
    claims.claim("stripe:evt_1", clock.now)
    verifier = make_verifier()
    assert verifier.receive(signed()) == Answer(409, "DeliveryInFlight")
    assert eventbridge.events == []
    clock.now += LEASE_SECONDS + 1
    assert verifier.receive(signed()) == OK


def test_each_raw_event_of_a_delivery_is_an_event(make_verifier, signed, eventbridge):
    """Under its own id; a later delivery that repeats some of them brings the others."""
    verifier = make_verifier({"reading": reading(SignedId(["id"]), items="")})
    first, second, third = ({**BODY, "id": f"evt_{number}"} for number in range(3))
    assert verifier.receive(signed(json.dumps([first, second]).encode())) == OK
    assert verifier.receive(signed(json.dumps([second, third]).encode())) == OK
    assert [event["id"] for event in eventbridge.events] == ["stripe:evt_0", "stripe:evt_1", "stripe:evt_2"]


def test_raw_events_without_ids_of_their_own_are_all_published(make_verifier, signed, eventbridge):
    """The body's digest stands for a missing id, and two raw events of one body are still two."""
    verifier = make_verifier({"reading": reading(BodyDigest(3600), items="")})
    assert verifier.receive(signed(json.dumps([BODY, {**BODY, "type": "other"}]).encode())) == OK
    assert [event["type"] for event in eventbridge.events] == ["payment.succeeded", "stripe.unmapped"]


def test_without_an_id_the_same_bytes_are_the_same_event(make_verifier, signed, eventbridge):
    """And other bytes are another."""
    verifier = make_verifier({"reading": reading(SignedId(otherwise=BodyDigest(3600)))})
    assert [verifier.receive(signed()) for _ in range(2)] == [OK, DUPLICATE]
    assert verifier.receive(signed(created=1)) == OK
    assert len({event["id"] for event in eventbridge.events}) == 2


def test_a_shared_secret_in_the_body_is_not_in_the_event(make_verifier, signed, eventbridge):
    """Otherwise a subscriber could forge deliveries."""
    assert make_verifier({"hides": ["clientState"]}).receive(signed(clientState="the shared secret")) == OK
    assert "the shared secret" not in json.dumps(eventbridge.events)


def test_a_claim_of_a_delivery_without_a_signed_time_never_expires(claims, dynamodb):
    """A signature without a time is valid for ever, so a copy after any time is still a copy."""
    claims.claim("a", 1000.0, permanent=True)
    claims.claim("b", 1000.0)
    items = {item["id"]["S"]: item for item in dynamodb.scan(TableName="deliveries")["Items"]}
    assert ("expires" in items["a"], "expires" in items["b"]) == (False, True)
