"""The records bucket: where a record is, and that a failure to write it changes nothing."""

import json

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.core.platform.errors import RetryableError
from functions.core.recording.records import PUT_SECONDS, Records, Subject, part, prefix

SUBJECT = Subject("stripe:evt_1", "agent.fraud:payment.held:ab", "charge.retrieve", 1_790_000_100.25)


class S3:
    """Keeps what is put; `raises` is an error to raise instead."""

    def __init__(self) -> None:
        self.put: dict[str, bytes] = {}
        self.raises: Exception | None = None

    def put_object(self, Bucket, Key, Body):
        if self.raises:
            raise self.raises
        self.put[f"{Bucket}/{Key}"] = Body


@pytest.fixture
def s3():
    return S3()


@pytest.fixture
def records(s3, make_audit, clock, new_id):
    return Records(s3, "records", "connector.stripe", make_audit("connector.stripe"), clock, new_id)


def test_a_record_is_one_object_under_its_identity_day_tree_and_event(records, s3, clock):
    records.keep(SUBJECT, lambda: {"kind": "call"}, clock.now + 10)
    ((key, body),) = s3.put.items()
    beginning = prefix("connector.stripe", "2026-09-21", SUBJECT.correlation, SUBJECT.event)
    assert beginning == "connector.stripe/2026-09-21/stripe:evt_1/agent.fraud:payment.held:ab/"
    assert key == f"records/{beginning}charge.retrieve.1790000100250.id-1.json"
    assert json.loads(body) == {"v": 1, "at": "2026-09-21T14:15:00.250000Z", "kind": "call"}


@pytest.mark.parametrize("id", ["a/../b", "a b?", "e" * 1024, "ü" * 300, "\0", "..", "."])
def test_no_id_leaves_its_place_in_the_key_or_makes_it_too_long(id):
    """A provider chooses ids."""
    made = prefix("connector.stripe", "2026-09-21", id, id)
    assert made.count("/") == 4 and len(made.encode()) < 512
    assert part("stripe:evt_1") != part("stripe/evt_1") != part("stripe%2Fevt_1")


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="https://s3"), ValueError("a customer's words"), RecursionError()]
)
def test_a_record_that_cannot_be_written_is_on_the_trail_and_nothing_else_fails(
    records, s3, clock, audit_queue, capsys, error
):
    s3.raises = error
    records.keep(SUBJECT, dict, clock.now + 10)
    (said,) = audit_queue.records
    assert (said["kind"], said["event"], said["action"]) == ("unrecorded", SUBJECT.event, "charge.retrieve")
    assert "customer" not in said["reason"]
    assert '"Unrecorded":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_record_whose_content_cannot_be_made_is_on_the_trail(records, s3, clock, audit_queue):
    records.keep(SUBJECT, lambda: {"not JSON": {1, 2}}, clock.now + 10)
    assert audit_queue.kinds == ["unrecorded"] and not s3.put


def test_without_time_to_write_it_no_record_is_tried(records, s3, clock, audit_queue):
    """The process would end in it."""
    records.keep(SUBJECT, dict, clock.now + PUT_SECONDS - 0.1)
    assert audit_queue.kinds == ["unrecorded"] and not s3.put


def test_if_the_audit_queue_fails_too_nothing_is_raised(records, s3, clock, audit_queue):
    s3.raises, audit_queue.refuses = ValueError(), RetryableError("the queue is full")
    records.keep(SUBJECT, dict, clock.now + 10)
