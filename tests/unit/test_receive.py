"""The verifier: what each delivery is answered, and what becomes of it; claims and bodies lie in moto's AWS."""

import dataclasses
import gzip
import json
from ipaddress import ip_network

import pytest

from functions.core.authority import grants
from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.claims import LEASE_SECONDS, Claims
from functions.core.ingress.delivery import Delivery, Handshake, Translation
from functions.core.ingress.outbox import RAW_LIMIT, Outbox, Spill
from functions.core.ingress.receive import Answer, Verifier
from functions.core.ingress.translating import Fields, whole
from functions.core.manifests.source import Reading
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ConfigurationError, RetryableError, UnreadableBody
from functions.providers.stripe.source import MANIFEST
from hookline.testing.signing import sign

URL, ADDRESS = "https://hooks.example.test/webhooks/stripe", "192.0.2.7"
SECRETS = {"new": "whsec_the_new_secret_of_these_tests", "old": "whsec_the_old_secret_of_these_tests"}
PAYMENT = catalogue.events()["payment.succeeded"].example
CHARGE = f"stripe:charge/{PAYMENT['charge']}"
BODY = {"id": "evt_1", "type": "charge.succeeded", "created": 1_790_000_001, "data": PAYMENT}


def translate(raw_event):
    """What this source's translation does: a charge.succeeded has its data ready, nothing else has a translation."""
    if raw_event.raw_type != "charge.succeeded":
        return None
    data = Fields(raw_event.body).part("data")
    data.need("amount", whole)
    return Translation("payment.succeeded", CHARGE, [CHARGE], raw_event.body["data"])


class SpillQueue:
    """An SQS client for the spill queue; `refuses` is an error to raise."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.refuses: Exception | None = None

    def send_message(self, **message: str) -> None:
        if self.refuses:
            raise self.refuses
        self.sent.append(message)


class Greeter:
    """A handshake that repeats the challenge of a body, and keeps how often it was asked."""

    def __init__(self, signed: bool) -> None:
        self.SIGNED = signed
        self.asked = 0

    def answer(self, delivery, secrets):
        self.asked += 1
        challenge = json.loads(delivery.body).get("challenge")
        return Handshake(challenge) if challenge else None


@pytest.fixture
def spill_queue() -> SpillQueue:
    return SpillQueue()


@pytest.fixture
def bodies(s3) -> Bodies:
    s3.create_bucket(Bucket="bodies")
    return Bodies(s3, "bodies")


@pytest.fixture
def claims(dynamodb, table) -> Claims:
    return Claims(dynamodb, table("deliveries"))


@pytest.fixture
def make_verifier(claims, bodies, eventbridge, spill_queue, make_audit, clock, grant_key):
    """A verifier of Stripe's with these parts changed; `manifest` changes fields of its manifest."""
    audit = make_audit("webhook.stripe")
    outbox = Outbox(claims, bodies, Bus(eventbridge, "bus"), Spill(spill_queue, "spill"), audit, clock)

    def make(manifest: dict | None = None, **parts) -> Verifier:
        builder = EventBuilder(dataclasses.replace(MANIFEST, **(manifest or {})), translate)
        given = {
            "builder": builder,
            "greeter": None,
            "secrets": lambda look_again=False: SECRETS,
            "grant_key": lambda: grant_key,
            "networks": lambda: None,
            "bodies": bodies,
            "outbox": outbox,
            "audit": audit,
            "clock": clock,
        }
        return Verifier(**{**given, **parts})

    return make


@pytest.fixture
def signed(clock):
    """A delivery of these bytes, or of BODY with these fields, as Stripe would send it now."""

    def signed(body: bytes | None = None, secret: str = SECRETS["new"], headers: dict | None = None, **fields):
        content = json.dumps({**BODY, **fields}).encode() if body is None else body
        made = sign("stripe", method="POST", url=URL, headers={}, body=content, secret=secret, now=clock.now)
        lower = {name.lower(): value for name, value in {**made, **(headers or {})}.items()}
        return Delivery("POST", URL, lower, content, ADDRESS)

    return signed


def objects(s3) -> dict[str, bytes]:
    listed = s3.list_objects_v2(Bucket="bodies").get("Contents", [])
    return {item["Key"]: s3.get_object(Bucket="bodies", Key=item["Key"])["Body"].read() for item in listed}


def state(dynamodb, id: str = "stripe:evt_1") -> str | None:
    item = dynamodb.get_item(TableName="deliveries", Key={"id": {"S": id}}).get("Item")
    return item and item["status"]["S"]


OK, DUPLICATE, TRY_AGAIN = Answer(200), Answer(200, "Duplicate"), Answer(503, "TryAgain")


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
        {"raw_type": "customer.created"},
    )


def test_a_duplicate_is_answered_200_and_makes_no_second_event(make_verifier, signed, eventbridge, audit_queue):
    """The provider is told that all is well."""
    verifier = make_verifier()
    assert [verifier.receive(signed()) for _ in range(3)] == [OK, DUPLICATE, DUPLICATE]
    assert len(eventbridge.events) == 1
    assert audit_queue.kinds == ["published", "duplicate", "duplicate"]


@pytest.mark.parametrize("length", [149, 150, 250])
def test_the_record_holds_the_whole_id_of_its_event(make_verifier, signed, eventbridge, audit_queue, length):
    """Otherwise nobody finds what became of an event with a long id."""
    reading = dataclasses.replace(MANIFEST.reading, id=["id", "account"])
    make_verifier({"reading": reading}).receive(signed(id="x" * 250, account="y" * length))
    (event,) = eventbridge.events
    (record,) = audit_queue.records
    assert record["event"] == record["correlation"] == event["id"]


def test_a_copy_that_is_being_published_is_answered_409(make_verifier, signed, claims, clock, eventbridge):
    """It comes again; when the first one died meanwhile, its lease has run out and the copy is published."""
    claims.claim("stripe:evt_1", clock.now)
    verifier = make_verifier()
    assert verifier.receive(signed()) == Answer(409, "DeliveryInFlight")
    assert eventbridge.events == []
    clock.now += LEASE_SECONDS + 1
    assert verifier.receive(signed()) == OK


GARBLED = {"stripe-signature": "t=1,v1=zz"}
REFUSED = {
    "no signature": (401, "MissingSignature", lambda delivery: {"headers": {}}),
    "a malformed signature": (
        401,
        "MalformedSignature",
        lambda delivery: {"headers": GARBLED},
    ),
    "a changed body": (401, "SignatureMismatch", lambda delivery: {"body": delivery.body.replace(b"4200", b"4201")}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_signed_is_refused_and_never_an_event(make_verifier, signed, eventbridge, audit_queue, case):
    """With one word for the sender, and the body's digest on the trail."""
    status, word, change = REFUSED[case]
    delivery = signed()
    delivery = dataclasses.replace(delivery, **change(delivery))
    assert make_verifier().receive(delivery) == Answer(status, word)
    assert eventbridge.events == []
    record = audit_queue.records[0]
    assert (record["kind"], record["decision"]) == ("rejected", word)
    assert record["digests"] == {"body": digest(delivery.body)}


@pytest.mark.parametrize(("later", "word"), [(301, "StaleTimestamp"), (-301, "FutureTimestamp")])
def test_a_delivery_at_another_time_is_refused(make_verifier, signed, clock, eventbridge, later, word):
    """Outside the source's tolerance."""
    delivery = signed()
    clock.now += later
    assert make_verifier().receive(delivery) == Answer(401, word)
    assert eventbridge.events == []


def test_a_secret_that_was_set_a_moment_ago_needs_no_waiting(make_verifier, signed, eventbridge):
    """A signature that does not fit makes the verifier look once more; one that fits does not."""
    looks = []

    def secrets(look_again=False):
        looks.append(look_again)
        return SECRETS if look_again else {"old": SECRETS["old"]}

    verifier = make_verifier(secrets=secrets)
    assert verifier.receive(signed(secret=SECRETS["old"])) == OK
    assert looks == [False]
    assert verifier.receive(signed(id="evt_2", secret=SECRETS["new"])) == OK
    assert looks == [False, False, True]
    assert verifier.receive(signed(id="evt_3", secret="whsec_nobody_s")) == Answer(401, "SignatureMismatch")
    assert len(eventbridge.events) == 2


def fail(*_):
    raise AssertionError("this must not be reached")


def test_an_oversized_body_is_413_before_anything_is_looked_at(make_verifier, signed, audit_queue):
    """No secret is read, nothing is hashed."""
    delivery = signed()
    size = len(delivery.body)
    verifier = make_verifier({"max_bytes": size - 1}, secrets=fail)
    assert verifier.receive(delivery) == Answer(413, "BodyTooLarge")
    assert audit_queue.records[0]["digests"] == {}
    assert make_verifier({"max_bytes": size}).receive(delivery) == OK


@pytest.mark.parametrize(
    ("block", "answer"), [("192.0.2.0/24", OK), ("198.51.100.0/24", Answer(401, "AddressNotAllowed"))]
)
def test_a_delivery_from_another_address_is_401(make_verifier, signed, block, answer):
    """Where the source's addresses are known."""
    assert make_verifier(networks=lambda: [ip_network(block)]).receive(signed()) == answer


def test_the_address_is_looked_at_before_the_secrets(make_verifier, signed):
    """Strangers cost nothing."""
    verifier = make_verifier(networks=lambda: [ip_network("198.51.100.0/24")], secrets=fail)
    assert verifier.receive(signed()) == Answer(401, "AddressNotAllowed")


UNREADABLE = {
    "no JSON": b"not json",
    "no object": b"[]",
    "no id": b'{"type": "charge.succeeded"}',
    "a type that is no text": b'{"id": "evt_1", "type": {}}',
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
    assert bodies.quarantined(key)[0] == UNREADABLE[case]
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
    """After the translation was mended; then it is set aside no more."""
    bad = json.dumps({**BODY, "type": "charge.strange", "data": {}}).encode()

    def mistaken(raw_event):
        raise UnreadableBody("not yet")

    broken = make_verifier()
    broken = dataclasses.replace(broken, builder=dataclasses.replace(broken.builder, translate=mistaken))
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


def test_what_the_bus_refuses_is_spilled_and_answered_200(make_verifier, signed, eventbridge, spill_queue, audit_queue):
    """The provider may never send it again; it gets onto the bus later, and a copy is a duplicate."""
    eventbridge.refuses = "InternalFailure"
    verifier = make_verifier()
    assert [verifier.receive(signed()) for _ in range(2)] == [OK, DUPLICATE]
    (message,) = spill_queue.sent
    assert (message["QueueUrl"], message["MessageGroupId"]) == ("spill", "webhook.stripe")
    assert json.loads(json.loads(message["MessageBody"])["Detail"])["id"] == "stripe:evt_1"
    assert audit_queue.kinds == ["spilled", "duplicate"]


def test_when_neither_bus_nor_spill_queue_takes_it_the_retry_is_no_duplicate(
    make_verifier, signed, eventbridge, spill_queue, dynamodb, client_error
):
    """The claim is released with the 503."""
    eventbridge.refuses, spill_queue.refuses = "InternalFailure", client_error("ServiceUnavailable")
    verifier = make_verifier()
    assert verifier.receive(signed()) == TRY_AGAIN
    assert state(dynamodb) is None
    eventbridge.refuses = None
    assert verifier.receive(signed()) == OK
    assert len(eventbridge.events) == 1


@pytest.mark.parametrize("id", ["e" * 128 + "1", "é" * 20 + "1", "a b"], ids=["long", "not ASCII", "a blank"])
def test_events_that_are_spilled_are_told_apart_in_the_queues_own_characters(
    make_verifier, signed, eventbridge, spill_queue, id
):
    """SQS drops what has the deduplication id of another, and refuses blanks, other letters and more than 128."""
    eventbridge.refuses = "InternalFailure"
    for name in (id, f"{id}2"):
        assert make_verifier().receive(signed(id=name)) == OK
    used = [message["MessageDeduplicationId"] for message in spill_queue.sent]
    assert len(set(used)) == 2
    assert all(0 < len(name) <= 128 and name.isascii() and " " not in name for name in used)


def test_without_the_audit_queue_the_answer_is_503(make_verifier, signed, audit_queue, eventbridge):
    """What cannot be shown did not happen; the copy that comes again is a duplicate, and both are on record then."""
    audit_queue.refuses = RetryableError("full")
    verifier = make_verifier()
    assert verifier.receive(signed()) == TRY_AGAIN
    audit_queue.refuses = None
    assert verifier.receive(signed()) == DUPLICATE
    assert audit_queue.kinds == ["published", "duplicate"]
    assert len(eventbridge.events) == 1


@pytest.mark.parametrize("part", ["secrets", "grant_key", "networks"])
def test_what_is_missing_on_our_side_is_503(make_verifier, signed, eventbridge, part):
    """The delivery is not at fault, so it may come again."""

    def missing():
        raise ConfigurationError("it has no value yet")

    assert make_verifier(**{part: missing}).receive(signed()) == TRY_AGAIN
    assert eventbridge.events == []


def test_a_table_that_refuses_is_503(make_verifier, signed, dynamodb, eventbridge):
    """Without a claim nothing is published."""
    dynamodb.delete_table(TableName="deliveries")
    assert make_verifier().receive(signed()) == TRY_AGAIN
    assert eventbridge.events == []


@pytest.mark.parametrize(("filling", "aside"), [(RAW_LIMIT - 400, False), (RAW_LIMIT, True), (900_000, True)])
def test_a_raw_body_over_the_limit_travels_by_reference(make_verifier, signed, s3, eventbridge, filling, aside):
    """The event itself always fits on the bus."""
    body = json.dumps({**BODY, "filling": "x" * filling}, ensure_ascii=False).encode()
    assert make_verifier().receive(signed(body)) == OK
    raw = eventbridge.events[0]["raw"]
    assert ("ref" in raw, "body" in raw) == (aside, not aside)
    assert len(eventbridge.batches[0][0]["Detail"].encode()) < 1_000_000
    if aside:
        assert raw == {"type": "charge.succeeded", "ref": "s3://bodies/events/stripe:evt_1.json"}
        assert json.loads(objects(s3)["events/stripe:evt_1.json"])["filling"] == "x" * filling


def test_nothing_that_is_logged_holds_a_secret_a_signature_or_a_body(make_verifier, signed, logged, eventbridge, s3):
    """Neither for what is accepted nor for what is refused, kept or fails."""
    marked = {**PAYMENT, "card": "fp_hush"}
    verifier = make_verifier()
    sent = [signed(data=marked), signed(data=marked, secret="whsec_hush_another"), signed(b"hush, not json")]
    sent.append(signed(id="evt_2", data={**marked, "amount": "hush"}))
    for delivery in sent:
        verifier.receive(delivery)
    make_verifier(secrets=lambda look_again=False: {"new": ""}).receive(signed())
    eventbridge.refuses = "InternalFailure"
    verifier.receive(signed(id="evt_3", data=marked))
    text = logged()
    assert "stripe:evt_1" in text
    signatures = [part for delivery in sent for part in delivery.headers["stripe-signature"].split("v1=")[1:]]
    for secret in (*SECRETS.values(), "hush", *signatures):
        assert secret not in text


def test_a_ping_is_answered_and_makes_no_event(make_verifier, signed, eventbridge, audit_queue):
    """It says only that the endpoint works."""
    assert make_verifier({"pings": ["ping"]}).receive(signed(type="ping")) == OK
    assert eventbridge.events == []
    assert audit_queue.kinds == ["handshake"]


def test_each_happening_of_a_delivery_is_an_event(make_verifier, signed, eventbridge):
    """Under its own id; a later delivery that repeats some of them brings the others."""
    verifier = make_verifier({"reading": Reading(type=["type"], id=["id"], items="")})
    first, second, third = ({**BODY, "id": f"evt_{number}"} for number in range(3))
    assert verifier.receive(signed(json.dumps([first, second]).encode())) == OK
    assert verifier.receive(signed(json.dumps([second, third]).encode())) == OK
    assert [event["id"] for event in eventbridge.events] == ["stripe:evt_0", "stripe:evt_1", "stripe:evt_2"]


def test_happenings_without_ids_of_their_own_are_all_published(make_verifier, signed, eventbridge):
    """The body's digest stands for a missing id, and two raw events of one body are still two."""
    verifier = make_verifier({"reading": Reading(type=["type"], items="")})
    assert verifier.receive(signed(json.dumps([BODY, {**BODY, "type": "other"}]).encode())) == OK
    assert [event["type"] for event in eventbridge.events] == ["payment.succeeded", "stripe.unmapped"]


def test_without_an_id_the_same_bytes_are_the_same_event(make_verifier, signed, eventbridge):
    """And other bytes are another."""
    verifier = make_verifier({"reading": Reading(type=["type"])})
    assert [verifier.receive(signed()) for _ in range(2)] == [OK, DUPLICATE]
    assert verifier.receive(signed(created=1)) == OK
    assert len({event["id"] for event in eventbridge.events}) == 2


def test_one_bad_happening_sets_the_whole_delivery_aside(make_verifier, signed, s3, eventbridge):
    """All of it is read before any of it is published."""
    verifier = make_verifier({"reading": Reading(type=["type"], id=["id"], items="")})
    bad = json.dumps([BODY, {**BODY, "id": "evt_2", "data": {}}]).encode()
    assert verifier.receive(signed(bad)) == Answer(400, "UnreadableBody")
    assert eventbridge.events == []
    assert len(objects(s3)) == 1


def test_an_unsigned_handshake_is_answered_before_the_signature(make_verifier, eventbridge, audit_queue):
    """The provider asks before it signs anything; it gets back what it asked for, and no event is made."""
    asked = Delivery("POST", URL, {}, b'{"challenge": "42"}', ADDRESS)
    assert make_verifier(greeter=Greeter(signed=False)).receive(asked) == Answer(200, "42")
    assert (eventbridge.events, audit_queue.kinds) == ([], ["handshake"])


def test_a_signed_handshake_is_answered_only_with_a_good_signature(make_verifier, signed):
    """Nobody else gets anything out of it."""
    greeter = Greeter(signed=True)
    verifier = make_verifier(greeter=greeter)
    forged = Delivery("POST", URL, {"stripe-signature": "t=1,v1=" + "0" * 64}, b'{"challenge": "42"}', ADDRESS)
    assert verifier.receive(forged) == Answer(401, "SignatureMismatch")
    assert greeter.asked == 0
    assert verifier.receive(signed(b'{"challenge": "42"}')) == Answer(200, "42")


@pytest.mark.parametrize("signs", [True, False])
def test_a_delivery_that_is_no_handshake_goes_its_way(make_verifier, signed, eventbridge, signs):
    """The greeter has no answer to it."""
    assert make_verifier(greeter=Greeter(signs)).receive(signed()) == OK
    assert len(eventbridge.events) == 1


GZIP = {"content-encoding": "gzip"}


def test_a_compressed_body_is_read_after_its_signature(make_verifier, signed, eventbridge):
    """Which is over the bytes that were sent."""
    packed = gzip.compress(json.dumps(BODY).encode())
    assert make_verifier().receive(signed(packed, headers=GZIP)) == OK
    assert eventbridge.events[0]["raw"]["body"] == BODY


def test_a_compressed_body_may_not_grow_over_the_cap(make_verifier, signed, eventbridge):
    """A small delivery cannot fill the memory."""
    packed = gzip.compress(b" " * 5_000_000)
    assert make_verifier().receive(signed(packed, headers=GZIP)) == Answer(413, "BodyTooLarge")
    assert eventbridge.events == []


@pytest.mark.parametrize("bytes", [b"not gzip", gzip.compress(b"{}")[:-4]], ids=["no gzip", "cut"])
def test_a_signed_body_that_is_no_gzip_is_400_and_set_aside(make_verifier, signed, s3, bytes):
    """As everything is that was signed and cannot be read."""
    assert make_verifier().receive(signed(bytes, headers=GZIP)) == Answer(400, "UnreadableBody")
    assert len(objects(s3)) == 1


def test_another_compression_is_415(make_verifier, signed):
    """Only gzip is taken."""
    assert make_verifier().receive(signed(headers={"content-encoding": "br"})) == Answer(415, "UnknownEncoding")


def test_what_the_provider_proves_itself_by_does_not_travel(make_verifier, signed, eventbridge):
    """Whoever heard the event could otherwise make up deliveries."""
    assert make_verifier({"hides": ["clientState"]}).receive(signed(clientState="the shared secret")) == OK
    assert "the shared secret" not in json.dumps(eventbridge.events)


def test_a_claim_is_for_good_where_nothing_signed_ends(claims, dynamodb):
    """What was signed without a time stays good for ever, so a copy after any time is still a copy."""
    claims.claim("a", 1000.0, permanent=True)
    claims.claim("b", 1000.0)
    items = {item["id"]["S"]: item for item in dynamodb.scan(TableName="deliveries")["Items"]}
    assert ("expires" in items["a"], "expires" in items["b"]) == (False, True)


def test_a_redrive_gives_the_event_the_id_that_the_providers_own_retry_would_have(make_verifier, bodies, eventbridge):
    """Else both would be acted upon."""
    told = {"content-type": "application/json"}
    where = bodies.quarantine("stripe", json.dumps(BODY).encode(), told, "msg_1", "mistaken")
    make_verifier({"reading": Reading(type=["type"])}).redrive(where.removeprefix("s3://bodies/"))
    assert [event["id"] for event in eventbridge.events] == ["stripe:msg_1"]
