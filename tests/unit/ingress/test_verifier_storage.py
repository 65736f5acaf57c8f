"""What verifiers keep: claims on deliveries, bodies and lists of addresses, on moto's AWS."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ingress.addresses import MOST_BLOCKS, PublishedLists, networks
from functions.core.ingress.bodies import Bodies, Quarantined
from functions.core.ingress.claims import KEEP_SECONDS, LEASE_SECONDS, Claims
from functions.core.ingress.outbox import Spill
from functions.core.ingress.reading import raw_events
from functions.core.manifests.identity import BodyDigest, SignedId
from functions.core.manifests.source import Reading
from functions.core.manifests.tenant import OneTenant
from functions.core.platform.canonical import digest
from functions.core.platform.environment import DrainEnvironment
from functions.core.platform.errors import RetryableError, UnreadableBody
from tests.unit.fakes import Sqs

NOW = 1000.0


@pytest.fixture
def claims(dynamodb, table, new_id) -> Claims:
    return Claims(dynamodb, table("deliveries"), new_id)


def test_a_delivery_is_claimed_once(claims):
    """A copy at the same time is in flight; other deliveries are independent."""
    assert [claims.claim(id, NOW).state for id in "aab"] == ["claimed", "in flight", "claimed"]


def test_a_claim_whose_holder_died_can_be_taken(claims):
    """After its lease, and then it is claimed again."""
    times = [NOW, NOW + LEASE_SECONDS, NOW + LEASE_SECONDS + 1, NOW + LEASE_SECONDS + 2]
    assert [claims.claim("a", now).state for now in times] == ["claimed", "in flight", "claimed", "in flight"]


def test_what_was_published_stays_published(claims):
    """Long after any lease."""
    claims.claim("a", NOW)
    claims.published("a")
    assert claims.claim("a", NOW + 100 * LEASE_SECONDS).state == "published"


def test_a_released_claim_is_free(claims):
    """The sender's next attempt is not a duplicate."""
    claims.claim("a", NOW)
    claims.release("a")
    assert claims.claim("a", NOW).state == "claimed"


def test_a_claim_is_removed_after_its_time(claims, dynamodb):
    """Longer than any provider retries."""
    claims.claim("a", NOW)
    claims.published("a")
    (item,) = dynamodb.scan(TableName="deliveries")["Items"]
    assert item["expires"]["N"] == str(int(NOW) + KEEP_SECONDS)


def test_other_errors_of_the_table_are_not_taken_for_a_claim(dynamodb, new_id):
    """The table does not exist here."""
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        Claims(dynamodb, "absent", new_id).claim("a", NOW)


@pytest.fixture
def bodies(s3) -> Bodies:
    s3.create_bucket(Bucket="bodies")
    return Bodies(s3, "bodies")


def test_a_large_body_is_kept_under_its_events_id(bodies, s3):
    """As JSON, at the address that the event carries."""
    assert bodies.keep("stripe:evt_1", {"name": "é"}) == "s3://bodies/events/stripe:evt_1.json"
    kept = s3.get_object(Bucket="bodies", Key="events/stripe:evt_1.json")["Body"].read()
    assert json.loads(kept) == {"name": "é"}


@pytest.mark.parametrize("reason", ["not JSON", "„kein“ JSON\n", "x" * 5000])
def test_what_is_set_aside_is_read_byte_for_byte(bodies, reason):
    """With its headers, whatever the reason says."""
    kept = Quarantined(reason, {"content-type": "a/b"}, "msg_1", b"\xff\x00")
    address = bodies.quarantine("stripe", kept)
    key = address.removeprefix("s3://bodies/")
    assert key.startswith("unreadable/stripe/")
    assert bodies.quarantined(key) == kept


def test_the_same_bytes_are_set_aside_once(bodies, s3):
    """A sender that repeats them does not fill the bucket; other bytes have a place of their own."""
    kept = [Quarantined("no", {}, None, body) for body in (b"1", b"1", b"2")]
    first, again, other = (bodies.quarantine("stripe", one) for one in kept)
    assert first == again != other
    bodies.drop(first.removeprefix("s3://bodies/"))
    assert s3.list_objects_v2(Bucket="bodies")["KeyCount"] == 1


def test_a_published_list_is_kept_beside_the_claims(claims, dynamodb):
    """The last one counts; a source without one has none."""
    lists = PublishedLists(dynamodb, "deliveries")
    assert lists.get("stripe") is None
    lists.put("stripe", ["192.0.2.0/24"], NOW)
    lists.put("stripe", ["192.0.2.7", "2001:db8::/32"], NOW)
    assert [str(network) for network in lists.get("stripe")] == ["192.0.2.7/32", "2001:db8::/32"]
    assert claims.claim("stripe", NOW).state == "claimed"


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        ["nonsense"],
        ["10.0.0.1/24"],
        [7],
        [None, "192.0.2.7"],
        ["0.0.0.0/0"],
        ["::/0"],
        ["192.0.2.7"] * (MOST_BLOCKS + 1),
    ],
    ids=["empty", "words", "host bits", "number", "none", "everything", "all of IPv6", "too many"],
)
def test_a_list_that_is_invalid_or_far_too_wide_is_refused(blocks):
    """The last good one stays in force."""
    with pytest.raises(RetryableError):
        networks(blocks)


READING = Reading(
    type=["object", "header:x-topic"], identity=SignedId(["id"]), tenant=OneTenant("a test"), time="created"
)
LISTED = Reading(type=["type"], identity=BodyDigest(60), tenant=OneTenant("a test"), items="entry.changes")


def read(body: bytes, reading: Reading, headers: dict | None = None) -> list | None:
    """The raw events, or None where the body is refused as it should be; any other error passes."""
    try:
        return raw_events(body, headers or {}, reading)
    except UnreadableBody:
        return None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "entry", "changes", "x"]), inner)
    ),
    max_leaves=6,
)


@given(body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(derandomize=True, deadline=None, database=None, max_examples=50)
def test_junk_for_a_body_is_a_list_or_unreadable(body):
    """Whatever was signed, in either of the shapes that a reading may describe."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    for reading in (READING, LISTED):
        for headers in ({}, {"x-topic": "a"}, form):
            assert read(body, reading, headers) is None or isinstance(read(body, reading, headers), list)


def test_a_raw_event_is_read_where_the_reading_says():
    """Words of the body and of a header make the type; numbers may be ids."""
    (found,) = read(b'{"object": "page", "id": 7, "created": 0}', READING, {"x-topic": "opened"})
    assert (found.id, found.raw_type, found.time) == ("7", "page.opened", "1970-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("created", "time"),
    [
        (1_790_000_000, "2026-09-21T14:13:20Z"),
        (1_790_000_000_000, "2026-09-21T14:13:20Z"),
        ("2026-09-21T16:13:20+02:00", "2026-09-21T14:13:20Z"),
        ("2026-09-21T14:13:20Z", "2026-09-21T14:13:20Z"),
        ("2026-09-21T14:13:20", "2026-09-21T14:13:20Z"),
        ("yesterday", None),
        (None, None),
        ([], None),
        (1e300, None),
    ],
)
def test_a_time_is_utc_or_none(created, time):
    """In seconds, in milliseconds, or as ISO 8601 with any offset."""
    body = json.dumps({"object": "page", "id": "1", "created": created}).encode()
    (found,) = read(body, READING, {"x-topic": "a"})
    assert found.time == time


@pytest.mark.parametrize(
    ("content", "count"),
    [({"changes": [{"type": "a"}, {"type": "b"}]}, 2), ({"changes": []}, None), ({}, None), ({"changes": ["a"]}, None)],
)
def test_a_list_is_read_item_by_item_and_never_empty(content, count):
    """A delivery that reports nothing is not what the provider documents."""
    found = read(json.dumps({"entry": content}).encode(), LISTED)
    assert (found and len(found)) == count


@pytest.fixture
def drain(start, eventbridge, sqs):
    environment = DrainEnvironment("audit", "spill", "dead-letters", bus="bus")
    return start("functions.core.ingress.handlers.drain", environment, events=eventbridge, sqs=sqs)


@pytest.fixture
def spilled(make_event, sqs_payload):
    """The payload of the spill queue for events with these ids."""

    def payload(*ids):
        queue = Sqs()
        for id in ids:
            Spill(queue, "spill").put(make_event(id=id))
        bodies = [json.loads(message["MessageBody"]) for message in queue.of("send_message")]
        return sqs_payload(*bodies, group="webhook.stripe")

    return payload


def test_the_drain_publishes_what_was_spilled_in_order(drain, spilled, eventbridge, sqs, lambda_context):
    """On the bus that it was meant for, and says so on the trail."""
    assert drain(spilled("stripe:e1", "stripe:e2"), lambda_context) == {"batchItemFailures": []}
    assert [event["id"] for event in eventbridge.events] == ["stripe:e1", "stripe:e2"]
    assert {entry["EventBusName"] for batch in eventbridge.batches for entry in batch} == {"bus"}
    assert [(record["kind"], record["event"]) for record in sqs.audited] == [
        ("drained", "stripe:e1"),
        ("drained", "stripe:e2"),
    ]


def test_while_the_bus_refuses_the_rest_is_retried_in_order(drain, spilled, eventbridge, sqs, lambda_context):
    """What was published before stays published."""
    put = eventbridge.put_events

    def once(Entries):
        eventbridge.refuses = "InternalFailure" if eventbridge.batches else None
        return put(Entries)

    eventbridge.put_events = once
    left = drain(spilled("stripe:e1", "stripe:e2", "stripe:e3"), lambda_context)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in left] == ["m1", "m2"]
    (hidden,) = sqs.of("change_message_visibility_batch")
    assert [entry["ReceiptHandle"] for entry in hidden["Entries"]] == ["r1", "r2"]
    assert len({entry["VisibilityTimeout"] for entry in hidden["Entries"]}) == 1
    assert [record["event"] for record in sqs.audited] == ["stripe:e1"]


def test_a_spilled_message_that_is_no_event_is_a_dead_letter_and_blocks_nothing(
    drain, spilled, eventbridge, sqs, lambda_context
):
    """It is on record first, once for any number of receives."""
    payload = spilled("stripe:e1", "stripe:e2")
    payload["Records"][0]["body"] = "junk"
    for _ in range(2):
        assert drain(payload, lambda_context) == {"batchItemFailures": []}
    assert [event["id"] for event in eventbridge.events] == ["stripe:e2", "stripe:e2"]
    letter = sqs.sent[0]
    assert (letter["QueueUrl"], letter["MessageBody"]) == ("dead-letters", "junk")
    assert (letter["MessageGroupId"], letter["MessageDeduplicationId"]) == ("webhook.stripe", "m0")
    rejected = [record for record in sqs.audited if record["kind"] == "rejected"]
    assert {(record["id"], record["identity"]) for record in rejected} == {("m0", "service.drain")}
    assert {record["digests"]["message"] for record in rejected} == {digest(b"junk")}


def test_the_drain_loses_nothing_where_the_audit_queue_takes_nothing(
    drain, spilled, sqs, lambda_context, monkeypatch, client_error
):
    """All of it is retried."""

    def refuse(*_, **__):
        raise client_error("AccessDenied")

    payload = spilled("stripe:e1")
    payload["Records"][0]["body"] = "junk"
    monkeypatch.setattr(type(sqs), "send_message", refuse, raising=False)
    with pytest.raises(RetryableError):
        drain(payload, lambda_context)


def test_a_claim_that_the_sdk_repeats_is_the_callers(repeating, table, new_id):
    """It meets its own claim, which does not belong to another copy."""
    claims = Claims(repeating, table("deliveries"), new_id)
    assert [claims.claim("a", NOW).state for _ in range(2)] == ["claimed", "in flight"]


def test_an_entry_that_another_function_spilled_is_a_dead_letter(drain, spilled, eventbridge, sqs, lambda_context):
    """SQS reports who sent it: a verifier cannot publish as another source through the drain."""
    payload = spilled("stripe:e1", "stripe:e2")
    payload["Records"][0]["attributes"] |= {"SenderId": "AROAEXAMPLE:hookline-verifier-github"}
    payload["Records"][1]["attributes"] |= {"SenderId": "AROAEXAMPLE:hookline-verifier-stripe"}
    assert drain(payload, lambda_context) == {"batchItemFailures": []}
    assert [event["id"] for event in eventbridge.events] == ["stripe:e2"]
    (letter,) = sqs.sent
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "Denied: hookline-verifier-github spilled an event of webhook.stripe"
    assert [record["kind"] for record in sqs.audited] == ["rejected", "drained"]
