"""What is signed and unreadable is set aside, and can be redriven."""

import dataclasses
import json

import pytest

from functions.core.ingress.bodies import Quarantined
from functions.core.ingress.receive import Answer
from functions.core.manifests.identity import BodyDigest, SignedId
from functions.core.platform.canonical import digest
from functions.core.platform.errors import PermanentError, UnreadableBody
from tests.unit.ingress.receive.deliveries import BODY, OK, PAYMENT, objects, reading

UNREADABLE = {
    "no JSON": b"not json",
    "no object": b"[]",
    "no id": b'{"type": "charge.succeeded"}',
    "data that is not the type's": json.dumps({**BODY, "data": {**PAYMENT, "amount": "hush"}}).encode(),
    "a number that JSON does not have": b'{"id": "evt_1", "type": "a.b", "value": NaN}',
    "a number that is too large": b'{"id": "evt_1", "type": "a.b", "value": 1e999}',
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_signed_and_cannot_be_read_is_400_and_set_aside(
    make_verifier, signed, bodies, s3, eventbridge, audit_queue, case
):
    """The operator finds it on the trail and in the bucket, once however often it comes."""
    verifier = make_verifier()
    assert verifier.receive(signed(UNREADABLE[case])) == Answer(400, "UnreadableBody")
    assert verifier.receive(signed(UNREADABLE[case])) == Answer(400, "UnreadableBody")
    assert eventbridge.events == []
    (key,) = objects(s3)
    assert bodies.quarantined(key).body == UNREADABLE[case]
    kept = audit_queue.records[0]
    assert (kept["kind"], kept["resource"]) == ("kept", f"s3://bodies/{key}")
    assert kept["digests"] == {"body": digest(UNREADABLE[case])}
    assert "hush" not in str(audit_queue.records)


@pytest.mark.parametrize("depth", [100, 600, 50_000])
def test_a_deeply_nested_body_is_an_event_or_unreadable(make_verifier, signed, depth):
    """It never stops the verifier halfway, after which it would come again for days."""
    nested = b'{"id": "evt_1", "type": "a.b", "deep": ' + b"[" * depth + b"]" * depth + b"}"
    assert make_verifier().receive(signed(nested)) in (OK, Answer(400, "UnreadableBody"))


def test_what_was_set_aside_can_be_read_again_and_published(make_verifier, signed, s3, eventbridge):
    """After a fix of the translation; then it is no longer set aside."""
    bad = json.dumps({**BODY, "type": "charge.strange", "data": {}}).encode()

    def broken_translation(raw_event):
        raise UnreadableBody("not yet")

    broken = make_verifier()
    broken = dataclasses.replace(broken, builder=dataclasses.replace(broken.builder, translate=broken_translation))
    broken.receive(signed(bad))
    (key,) = objects(s3)
    assert make_verifier().redrive(key) == 1
    assert [event["id"] for event in eventbridge.events] == ["stripe:evt_1"]
    assert objects(s3) == {}


def test_what_still_cannot_be_read_stays_set_aside(make_verifier, signed, s3):
    """A redrive loses nothing."""
    make_verifier().receive(signed(b"not json"))
    (key,) = objects(s3)
    with pytest.raises(UnreadableBody):
        make_verifier().redrive(key)
    assert list(objects(s3)) == [key]


def test_what_is_set_aside_holds_no_signature(make_verifier, signed, s3):
    """Only the headers that it takes to read it again."""
    delivery = signed(b"not json", headers={"Content-Type": "application/json", "Authorization": "Bearer hush"})
    make_verifier().receive(delivery)
    (kept,) = objects(s3).values()
    assert json.loads(kept)["headers"] == {"content-type": "application/json"}


def test_one_bad_item_of_a_list_holds_none_of_the_others(make_verifier, signed, s3, eventbridge, audit_queue):
    """It alone is set aside, with its reason; after a fix it can be redriven."""
    verifier = make_verifier({"reading": reading(SignedId(["id"]), items="")})
    bad = {**BODY, "id": "evt_2", "data": {}}
    items = [BODY, bad, {**BODY, "id": None}, "no object", {**BODY, "id": "evt_3"}]
    assert verifier.receive(signed(json.dumps(items).encode())) == OK
    assert [event["id"] for event in eventbridge.events] == ["stripe:evt_1", "stripe:evt_3"]
    kept = {record["reason"]: record["resource"] for record in audit_queue.records if record["kind"] == "kept"}
    assert list(kept) == [
        "data.amount is missing",
        "id is not a name of 1 to 256 characters",
        "a raw event is not an object",
    ]
    assert len(objects(s3)) == 3
    fixed = dataclasses.replace(verifier, builder=dataclasses.replace(verifier.builder, translate=lambda _: None))
    assert fixed.redrive(kept["data.amount is missing"].removeprefix("s3://bodies/")) == 1
    assert (eventbridge.events[-1]["id"], eventbridge.events[-1]["raw"]["body"]) == ("stripe:evt_2", bad)


def test_a_list_of_bad_items_alone_is_400_and_set_aside_whole(make_verifier, signed, bodies, s3):
    """Its provider learns that nothing was taken."""
    verifier = make_verifier({"reading": reading(SignedId(["id"]), items="")})
    body = json.dumps([{**BODY, "id": None}, {**BODY, "data": {}}]).encode()
    assert verifier.receive(signed(body)) == Answer(400, "UnreadableBody")
    (key,) = objects(s3)
    assert bodies.quarantined(key).body == body


def test_an_item_that_the_bus_never_takes_holds_none_of_the_others(
    make_verifier, signed, eventbridge, s3, client_error, audit_queue
):
    """The others are published; the one is set aside."""
    put = eventbridge.put_events

    def refuse(Entries):
        if any('"evt_2"' in entry["Detail"] for entry in Entries):
            raise client_error("ValidationException")
        return put(Entries)

    eventbridge.put_events = refuse
    verifier = make_verifier({"reading": reading(SignedId(["id"]), items="")})
    items = [{**BODY, "id": f"evt_{number}"} for number in range(1, 4)]
    assert verifier.receive(signed(json.dumps(items).encode())) == OK
    assert [event["id"] for event in eventbridge.events] == ["stripe:evt_1", "stripe:evt_3"]
    assert audit_queue.kinds == ["published", "published", "kept"]
    (key,) = objects(s3)
    with pytest.raises(PermanentError):
        verifier.redrive(key)
    assert list(objects(s3)) == [key]


def test_false_headers_do_not_replace_what_was_set_aside_first(make_verifier, signed, bodies, s3):
    """A body under a false encoding, which nothing signs, has a place of its own."""
    verifier = make_verifier()
    for headers in ({}, {"content-encoding": "gzip"}):
        verifier.receive(signed(b"not json", headers=headers))
    kept = [dict(bodies.quarantined(key).headers) for key in objects(s3)]
    assert sorted(kept, key=len) == [{}, {"content-encoding": "gzip"}]


def test_a_redriven_event_has_the_id_that_the_providers_retry_would_have(make_verifier, bodies, eventbridge):
    """Otherwise agents would act on both."""
    headers = {"content-type": "application/json"}
    where = bodies.quarantine("stripe", Quarantined("unreadable", headers, "msg_1", json.dumps(BODY).encode()))
    make_verifier({"reading": reading(SignedId(otherwise=BodyDigest(3600)))}).redrive(
        where.removeprefix("s3://bodies/")
    )
    assert [event["id"] for event in eventbridge.events] == ["stripe:msg_1"]
