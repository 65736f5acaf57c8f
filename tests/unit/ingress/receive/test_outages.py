"""What the verifier answers while the bus, a queue, a table or a value is missing."""

import json

import pytest

from functions.core.ingress.receive import Answer
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ConfigurationError, RetryableError
from tests.unit.ingress.receive.deliveries import DUPLICATE, OK, TRY_AGAIN, state


def test_what_the_bus_refuses_is_spilled_and_answered_200(make_verifier, signed, eventbridge, spill_queue, audit_queue):
    """The provider may never send it again; it gets onto the bus later, and a copy is a duplicate."""
    eventbridge.refuses = "InternalFailure"
    verifier = make_verifier()
    assert [verifier.receive(signed()) for _ in range(2)] == [OK, DUPLICATE]
    (message,) = spill_queue.sent
    assert (message["QueueUrl"], message["MessageGroupId"]) == ("spill", "webhook.stripe")
    assert json.loads(message["MessageBody"])["Detail"]["id"] == "stripe:evt_1"
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
def test_spilled_events_have_distinct_ids_in_the_queues_own_characters(
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
    """An event without a record counts as unpublished: the retry publishes it again, and both are one by their ids."""
    audit_queue.refuses = RetryableError("full")
    verifier = make_verifier()
    assert verifier.receive(signed()) == TRY_AGAIN
    audit_queue.refuses = None
    assert [verifier.receive(signed()) for _ in range(2)] == [OK, DUPLICATE]
    assert {(record["kind"], record["id"]) for record in audit_queue.records} == {
        ("published", f"published/{digest(b'stripe:evt_1')}"),
        ("duplicate", audit_queue.records[-1]["id"]),
    }
    assert {event["id"] for event in eventbridge.events} == {"stripe:evt_1"}


def test_an_event_is_recorded_before_it_is_marked_as_published(make_verifier, signed, audit_queue, dynamodb):
    """A verifier that dies has marked nothing that is not on record."""
    marked = []
    audit_queue.before = lambda: marked.append(state(dynamodb))
    assert make_verifier().receive(signed()) == OK
    assert (marked, state(dynamodb)) == (["claimed"], "published")


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


def test_an_event_that_the_bus_never_takes_is_400_and_quarantined(
    make_verifier, signed, eventbridge, s3, client_error, dynamodb
):
    """Spilled, it would fail again and again; and its sender is not to get a 5xx for it."""
    eventbridge.refuses = client_error("ValidationException")
    assert make_verifier().receive(signed()) == Answer(400, "UnreadableBody")
    (kept,) = s3.list_objects_v2(Bucket="bodies")["Contents"]
    assert kept["Key"].startswith("unreadable/stripe/")
    assert state(dynamodb) is None
    eventbridge.refuses = None
    assert make_verifier().redrive(kept["Key"]) == 1
