"""The audit trail's sender: everything that was noted arrives, in order, and nothing in clear."""

import json

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.core.audit.records import LONGEST, Audit, rfc3339, sqs_sender
from functions.core.platform.canonical import digest
from functions.core.platform.errors import RetryableError


def note(audit: Audit, count: int) -> None:
    for number in range(count):
        audit.record("noted", event=f"e{number}")


def test_records_arrive_in_the_order_in_which_they_were_noted(make_audit, audit_queue):
    """A chain is only worth as much as its order."""
    audit = make_audit()
    note(audit, 25)
    audit.flush()
    assert [record["event"] for record in audit_queue.records] == [f"e{number}" for number in range(25)]


def test_the_records_of_a_flush_are_one_message(make_audit, audit_queue):
    """SQS bills each message, and the recorder stores what comes together as one item."""
    audit = make_audit()
    note(audit, 25)
    audit.flush()
    assert [len(batch) for batch in audit_queue.batches] == [25]


def test_no_message_is_larger_than_the_queue_takes(make_audit, audit_queue):
    """Whatever its records hold."""
    audit = make_audit()
    for number in range(400):
        audit.record("noted", event=f"e{number}", reason="\U0001f4a3" * LONGEST)
    audit.flush()
    assert [record["event"] for record in audit_queue.records] == [f"e{number}" for number in range(400)]
    assert max(len(json.dumps(batch)) for batch in audit_queue.batches) < 256 * 1024 < 400 * LONGEST * 12


def test_nothing_is_sent_before_the_flush_and_nothing_twice(make_audit, audit_queue):
    """The records of one invocation go together."""
    audit = make_audit()
    note(audit, 1)
    assert audit_queue.records == []
    audit.flush()
    audit.flush()
    assert len(audit_queue.records) == 1


def test_nothing_is_forgotten_when_the_queue_refuses(make_audit, audit_queue):
    """What could not be sent goes with the next flush, under the same ids."""
    audit = make_audit()
    note(audit, 12)
    audit_queue.refuses = RetryableError("full")
    with pytest.raises(RetryableError):
        audit.flush()
    note(audit, 1)
    audit_queue.refuses = None
    audit.flush()
    assert [record["event"] for record in audit_queue.records] == [*(f"e{number}" for number in range(12)), "e0"]


def test_a_record_says_when_and_who(make_audit, audit_queue, clock):
    """From the clock and the identity that the Audit was made with."""
    audit = make_audit("agent.fraud")
    clock.now = 0.5
    audit.record("decided")
    audit.flush()
    record = audit_queue.records[0]
    assert (record["at"], record["identity"], record["kind"]) == (
        "1970-01-01T00:00:00.500000Z",
        "agent.fraud",
        "decided",
    )


class RefusingSqs:
    """An SQS client that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send_message(self, **_: object) -> dict:
        raise self.error


def test_an_identitys_messages_have_a_group_of_their_own(sqs):
    """A fair queue: the backlog of one does not delay the others."""
    sqs_sender(sqs, "url", "agent.fraud")("[]")
    assert sqs.of("send_message") == [{"QueueUrl": "url", "MessageBody": "[]", "MessageGroupId": "agent.fraud"}]


@pytest.mark.parametrize("kind", ["refused", "unreachable"])
def test_a_queue_that_cannot_be_used_is_retryable(client_error, kind):
    """As `flush` promises, whatever the reason is."""
    error = client_error("AWS.SimpleQueueService.NonExistentQueue")
    if kind == "unreachable":
        error = EndpointConnectionError(endpoint_url="https://sqs")
    with pytest.raises(RetryableError):
        sqs_sender(RefusingSqs(error), "url", "agent.fraud")("[]")


def test_each_record_is_logged_without_its_empty_fields(make_audit, logged):
    """So a log line shows what there is to see."""
    make_audit().record("decided", event="stripe:evt_1", reason="")
    line = json.loads(logged())
    assert (line["message"], line["event"], line["identity"]) == ("decided", "stripe:evt_1", "agent.fraud")
    assert not {"reason", "policies", "digests", "kind"} & set(line)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
@example("a cut emoji \ud83d")
@settings(derandomize=True, deadline=None, database=None, max_examples=60)
def test_anything_of_json_has_a_digest(value):
    """What a provider or a model wrote may hold half of a surrogate pair."""
    assert len(digest(value)) == 64


def test_a_digest_does_not_depend_on_the_order_of_keys():
    """Two ways to write one value have one digest, another value another."""
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 2, "b": 1})


def test_a_digest_of_bytes_is_that_of_the_bytes():
    """As `sha256sum` gives it."""
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.floats(0, 4e9), st.floats(0, 4e9))
@settings(derandomize=True, deadline=None, database=None, max_examples=50)
def test_the_order_of_texts_is_the_order_of_times(a, b):
    """Times are compared as text in DynamoDB."""
    earlier, later = sorted((a, b))
    assert rfc3339(earlier) <= rfc3339(later)


def test_a_record_stays_small_whatever_it_is_about(make_audit, audit_queue):
    """One that no queue takes would keep every later one waiting."""
    audit = make_audit()
    audit.record("failed", reason="x" * 2_000_000, resource="y" * 2_000_000)
    audit.flush()
    assert len(json.dumps(audit_queue.records[-1])) < 5000
