"""Consuming a queue: each message is handled, put away or comes back by itself."""

import json
from dataclasses import replace

import pytest

from functions.core.platform.backoff import (
    FIRST,
    GROWTH,
    LONGEST,
    LONGEST_DELAY,
    MAX_VISIBILITY_SECONDS,
    OWN_SPREAD,
    SPREAD,
    TRIES,
)
from functions.core.platform.canonical import digest
from functions.core.platform.environment import ConsumerEnvironment
from functions.core.platform.errors import CircuitOpen, Denied, NotYet, PermanentError, RetryableError
from functions.core.platform.log import TRACEBACKS
from functions.core.runtime.consume import consume
from hookline.testing.platform import fake_platform


@pytest.fixture
def make_handler(sqs, make_audit, clock):
    """A handler that raises, for an event's id, what `raises` holds for it; and the ids that it handled."""

    def make(raises: dict[str, Exception] | None = None, jitter: float = 1.0, environ: dict[str, str] | None = None):
        handled: list[str] = []

        def handle(event) -> None:
            if event.id in (raises or {}):
                raise raises[event.id]
            handled.append(event.id)

        environment = ConsumerEnvironment("audit", "queue", "dead-letters")
        platform = fake_platform(clock, clients={"sqs": sqs}, random=lambda: jitter)
        platform = replace(platform, environ=environ or {})
        return consume(handle, platform, environment, make_audit()), handled

    return make


@pytest.fixture
def payload(make_event, envelope_of, sqs_payload):
    """The payload for events with these ids."""
    return lambda *ids, tries=1: sqs_payload(*(envelope_of(make_event(id=id)) for id in ids), tries=tries)


def failures(answer: dict) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def waits(sqs) -> dict[str, int]:
    asked = sqs.of("change_message_visibility")
    assert all(call["QueueUrl"] == "queue" for call in asked)
    return {call["ReceiptHandle"]: call["VisibilityTimeout"] for call in asked}


def test_good_messages_are_handled_and_acknowledged(make_handler, payload, sqs, lambda_context):
    """In their order, without a word to the queue."""
    handler, handled = make_handler()
    assert failures(handler(payload("stripe:e0", "stripe:e1"), lambda_context)) == []
    assert (handled, sqs.calls) == (["stripe:e0", "stripe:e1"], [])


def test_a_second_try_is_on_record_before_it_starts(make_handler, payload, audit_queue, lambda_context):
    """The process of the first one may have died before it could record anything. A first try costs no record."""
    handler, _ = make_handler({"stripe:e0": ZeroDivisionError()})
    handler(payload("stripe:e0"), lambda_context)
    assert audit_queue.records == []
    handler(payload("stripe:e0", tries=3), lambda_context)
    (record,) = audit_queue.records
    assert (record["kind"], record["event"], record["action"]) == ("retried", "stripe:e0", "payment.succeeded")
    assert record["reason"] == "try 3; an earlier try without a record of its end died"


def test_a_second_try_that_cannot_be_recorded_does_not_start(make_handler, payload, audit_queue, lambda_context):
    audit_queue.refuses = RetryableError("the audit queue is full")
    handler, handled = make_handler()
    assert failures(handler(payload("stripe:e0", tries=2), lambda_context)) == ["m0"]
    assert handled == []


@pytest.mark.parametrize("error", [RetryableError("no"), ZeroDivisionError()], ids=["retryable", "unforeseen"])
def test_one_bad_message_does_not_bring_back_the_others(make_handler, payload, lambda_context, error):
    """Only its own id is reported."""
    handler, handled = make_handler({"stripe:e1": error})
    assert failures(handler(payload("stripe:e0", "stripe:e1", "stripe:e2"), lambda_context)) == ["m1"]
    assert handled == ["stripe:e0", "stripe:e2"]


def test_a_batch_that_fails_altogether_is_reported_message_by_message(make_handler, payload, lambda_context):
    """Raising would lose the waits that were set."""
    handler, _ = make_handler({"stripe:e0": RetryableError("no"), "stripe:e1": RetryableError("no")})
    assert failures(handler(payload("stripe:e0", "stripe:e1"), lambda_context)) == ["m0", "m1"]


def test_the_next_batch_does_not_inherit_failures(make_handler, payload, lambda_context):
    """The handler lives as long as its execution environment."""
    handler, _ = make_handler({"stripe:e0": RetryableError("no")})
    handler(payload("stripe:e0"), lambda_context)
    assert failures(handler(payload("stripe:e1"), lambda_context)) == []


@pytest.mark.parametrize("error", [PermanentError("because"), Denied("because")])
def test_what_can_never_succeed_goes_to_the_dead_letters_with_its_reason(
    make_handler, payload, sqs, lambda_context, error
):
    """At once, as it came, and it is acknowledged."""
    handler, _ = make_handler({"stripe:e0": error})
    given = payload("stripe:e0")
    assert failures(handler(given, lambda_context)) == []
    reason = {"DataType": "String", "StringValue": f"{type(error).__name__}: because"}
    sent = {
        "QueueUrl": "dead-letters",
        "MessageBody": given["Records"][0]["body"],
        "MessageAttributes": {"reason": reason},
    }
    assert sqs.calls == [("send_message", sent)]


def test_a_long_reason_is_cut(make_handler, payload, sqs, lambda_context):
    """An attribute counts towards the message's size."""
    handler, _ = make_handler({"stripe:e0": PermanentError("x" * 5000)})
    handler(payload("stripe:e0"), lambda_context)
    assert len(sqs.of("send_message")[0]["MessageAttributes"]["reason"]["StringValue"]) == 1000


def test_a_reason_holds_nothing_that_sqs_refuses(make_handler, payload, sqs, lambda_context):
    """Else what can never succeed would use up all its tries, and its reason would be lost."""
    handler, _ = make_handler({"stripe:e0": PermanentError("a\x00b\x1b\ud800c")})
    handler(payload("stripe:e0"), lambda_context)
    reason = sqs.of("send_message")[0]["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "PermanentError: a\ufffdb\ufffd\ufffdc"


def test_a_message_that_cannot_be_put_away_comes_back(make_handler, payload, sqs, lambda_context, monkeypatch):
    """It is not lost between the two queues."""
    handler, _ = make_handler({"stripe:e0": PermanentError("no")})
    monkeypatch.setattr(type(sqs), "send_message", lambda *_, **__: 1 / 0, raising=False)
    assert failures(handler(payload("stripe:e0"), lambda_context)) == ["m0"]


@pytest.mark.parametrize(
    "body",
    ["", "not json", "null", "[]", '"text"', "{}", '{"detail": {}}', "[" * 100_000],
    ids=["empty", "words", "null", "list", "text", "object", "no event", "nested"],
)
def test_garbage_goes_to_the_dead_letters(make_handler, sqs_payload, sqs, lambda_context, body):
    """Trying again cannot make an event of it."""
    handler, handled = make_handler()
    assert failures(handler(sqs_payload(body), lambda_context)) == []
    assert [call["MessageBody"] for call in sqs.of("send_message")] == [body]
    assert handled == []


SECRET = "what an attacker wants on record"


def stranger(make_event, envelope_of, **changes) -> dict:
    """The envelope of an event that contradicts itself, or is none."""
    envelope = envelope_of(make_event())
    return {**envelope, "detail": {**envelope["detail"], **changes}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": f"{SECRET}:1"}, "not an event: its id does not begin as the ids of its source do"),
        ({"type": SECRET}, "not an event: its envelope names another source or detail type"),
        ({"entities": SECRET}, "not an event: entities is a str"),
        ({"hops": -4711}, "not an event: hops is out of range"),
    ],
    ids=["another's id", "another type", "a wrong type", "no count"],
)
def test_what_is_no_event_is_on_record_with_its_reason_and_never_its_text(
    make_handler, make_event, envelope_of, sqs_payload, audit_queue, lambda_context, changes, reason
):
    """Its digest finds it among the dead letters."""
    handler, handled = make_handler()
    body = json.dumps(stranger(make_event, envelope_of, **changes))
    handler(sqs_payload(body), lambda_context)
    (record,) = audit_queue.records
    assert (record["identity"], record["kind"], record["reason"]) == ("agent.fraud", "rejected", reason)
    assert (record["event"], record["correlation"], record["digests"]) == ("", "", {"message": digest(body.encode())})
    assert not any(text in json.dumps(record) for text in (SECRET, "4711"))
    assert handled == []


def test_what_is_not_even_json_is_on_record(make_handler, sqs_payload, audit_queue, lambda_context):
    """With its digest alone."""
    handler, _ = make_handler()
    handler(sqs_payload(SECRET), lambda_context)
    (record,) = audit_queue.records
    assert record["digests"] == {"message": digest(SECRET.encode())}
    assert record["reason"] == "not an event: the message is not JSON"


def test_what_is_no_event_stays_in_its_queue_until_it_is_on_record(
    make_handler, sqs_payload, sqs, audit_queue, lambda_context
):
    """Neither is lost where the audit queue takes nothing; and however often it is tried it is one record."""
    handler, _ = make_handler()
    audit_queue.refuses = RetryableError("no")
    assert failures(handler(sqs_payload("junk"), lambda_context)) == ["m0"]
    assert sqs.of("send_message") == []
    assert waits(sqs) == {"r0": FIRST}
    audit_queue.refuses = None
    assert failures(handler(sqs_payload("junk"), lambda_context)) == []
    assert [call["MessageBody"] for call in sqs.of("send_message")] == ["junk"]
    assert {record["id"] for record in audit_queue.records} == {"m0"}


def test_what_its_handler_refuses_is_for_the_handler_to_put_on_record(
    make_handler, payload, audit_queue, lambda_context
):
    """It knows the event; twice on the trail would be two steps."""
    handler, _ = make_handler({"stripe:e0": Denied("because")})
    handler(payload("stripe:e0"), lambda_context)
    assert audit_queue.records == []


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [(0, 0), (7, 7), (7.4, 8), (-3, 0), (10**9, MAX_VISIBILITY_SECONDS), (float("inf"), MAX_VISIBILITY_SECONDS)],
)
def test_a_message_waits_as_long_as_it_was_told(make_handler, payload, sqs, lambda_context, retry_after, wait):
    """Within what SQS takes."""
    handler, _ = make_handler({"stripe:e0": RetryableError("no", retry_after)})
    handler(payload("stripe:e0"), lambda_context)
    assert waits(sqs) == {"r0": wait}


@pytest.mark.parametrize("error", [RetryableError("no"), ZeroDivisionError()], ids=["retryable", "unforeseen"])
@pytest.mark.parametrize(
    ("tries", "wait"),
    [(1, FIRST), (2, FIRST * GROWTH), (3, FIRST * GROWTH**2), (50, LONGEST)],
)
def test_without_a_time_given_the_wait_grows_with_each_try(
    make_handler, payload, sqs, lambda_context, error, tries, wait
):
    """Up to a limit, at which an outage of hours is still noticed soon after it ends."""
    handler, _ = make_handler({"stripe:e0": error})
    handler(payload("stripe:e0", tries=tries), lambda_context)
    assert waits(sqs) == {"r0": wait}


def test_the_jitter_shortens_an_own_wait_by_up_to_half(make_handler, payload, sqs, lambda_context):
    """So that the messages of one failure do not come back together."""
    handler, _ = make_handler({"stripe:e0": RetryableError("no")}, jitter=0.0)
    handler(payload("stripe:e0", tries=50), lambda_context)
    assert waits(sqs) == {"r0": LONGEST // 2}


OPEN = CircuitOpen("circuit stripe:1 is open", retry_after=20)


def copy_of(payload: dict, sqs, tries: int = 1) -> dict:
    """The payload that Lambda gets for the copy that was sent last, when it is received for the `tries`th time."""
    sent = sqs.of("send_message")[-1]
    told = {
        name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
        for name, value in sent["MessageAttributes"].items()
    }
    received = {
        "body": sent["MessageBody"],
        "attributes": {"ApproximateReceiveCount": str(tries)},
        "messageAttributes": told,
    }
    return {"Records": [{**payload["Records"][0], **received}]}


def carried(sqs) -> dict[str, int]:
    sent = sqs.of("send_message")[-1]["MessageAttributes"]
    return {name: int(value["StringValue"]) for name, value in sent.items()}


def test_what_met_an_open_circuit_goes_back_as_a_copy_that_waits(make_handler, payload, sqs, lambda_context):
    """Into its own queue, as it came, and the original is acknowledged."""
    handler, _ = make_handler({"stripe:e0": OPEN}, jitter=0.0)
    given = payload("stripe:e0")
    assert failures(handler(given, lambda_context)) == []
    (sent,) = sqs.of("send_message")
    assert (sent["QueueUrl"], sent["MessageBody"]) == ("queue", given["Records"][0]["body"])
    assert sent["DelaySeconds"] == 20
    assert sqs.of("change_message_visibility") == []


def test_a_copy_that_cannot_be_sent_leaves_the_original_in_its_queue(
    make_handler, payload, sqs, lambda_context, monkeypatch
):
    """It is not lost between the two."""
    handler, _ = make_handler({"stripe:e0": OPEN})
    monkeypatch.setattr(type(sqs), "send_message", lambda *_, **__: 1 / 0, raising=False)
    assert failures(handler(payload("stripe:e0"), lambda_context)) == ["m0"]


def test_an_open_circuit_costs_no_try(make_handler, payload, sqs, lambda_context):
    """However often it is met."""
    handler, _ = make_handler({"stripe:e0": OPEN})
    given = payload("stripe:e0", tries=3)
    handler(given, lambda_context)
    for returns in range(2, 100):
        assert failures(handler(copy_of(given, sqs), lambda_context)) == []
        assert carried(sqs) == {"tries": 2, "returns": returns}


def test_tries_add_up_over_copies_and_end_in_the_dead_letters(make_handler, payload, sqs, lambda_context):
    """The queue counts the receipts of each copy anew, so the consumer keeps count."""
    raises = {"stripe:e0": OPEN}
    handler, _ = make_handler(raises)
    given = payload("stripe:e0", tries=TRIES - 1)
    handler(given, lambda_context)
    raises["stripe:e0"] = RetryableError("no")
    copy = copy_of(given, sqs)
    assert failures(handler(copy, lambda_context)) == ["m0"]
    assert failures(handler(copy_of(given, sqs, tries=2), lambda_context)) == []
    put_away = sqs.of("send_message")[-1]
    assert put_away["QueueUrl"] == "dead-letters"
    reason = put_away["MessageAttributes"]["reason"]["StringValue"]
    assert reason == f"failed {TRIES} times, last with RetryableError: no"


def test_the_wait_after_a_copys_failure_grows_from_where_it_was(make_handler, payload, sqs, lambda_context):
    """Not from the start."""
    raises = {"stripe:e0": OPEN}
    handler, _ = make_handler(raises)
    given = payload("stripe:e0", tries=3)
    handler(given, lambda_context)
    raises["stripe:e0"] = RetryableError("no")
    handler(copy_of(given, sqs), lambda_context)
    assert waits(sqs) == {"r0": FIRST * GROWTH**2}


@pytest.mark.parametrize(("returns", "spread"), [(0, SPREAD), (1, 2 * SPREAD), (3, 8 * SPREAD)])
def test_copies_are_spread_over_the_recovery_time_and_more_with_each_return(
    make_handler, payload, sqs, lambda_context, returns, spread
):
    """So that a provider that is back is not met by all of them at once."""
    for jitter in (0.0, 0.5, 1.0):
        handler, _ = make_handler({"stripe:e0": OPEN}, jitter=jitter)
        given = payload("stripe:e0")
        handler(given, lambda_context)
        for _ in range(returns):
            handler(copy_of(given, sqs), lambda_context)
        assert sqs.of("send_message")[-1]["DelaySeconds"] == 20 + jitter * spread


@pytest.mark.parametrize(("returns", "spread"), [(0, OWN_SPREAD), (1, 2 * OWN_SPREAD), (3, 8 * OWN_SPREAD)])
def test_what_waits_for_a_reason_of_its_own_returns_soon(make_handler, payload, sqs, lambda_context, returns, spread):
    """A customer's message waits for a case and not for a provider, so nothing else returns with it."""
    for jitter in (0.0, 0.5, 1.0):
        handler, _ = make_handler({"stripe:e0": NotYet("a case is under way", 2.0)}, jitter=jitter)
        given = payload("stripe:e0")
        handler(given, lambda_context)
        for _ in range(returns):
            handler(copy_of(given, sqs), lambda_context)
        assert sqs.of("send_message")[-1]["DelaySeconds"] == 2 + jitter * spread


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [(None, 0), (-3, 0), (7.4, 8), (10**9, LONGEST_DELAY), (float("inf"), LONGEST_DELAY)],
)
def test_a_copy_waits_no_longer_than_sqs_lets_it(make_handler, payload, sqs, lambda_context, retry_after, wait):
    """And never a shorter time than it was told."""
    handler, _ = make_handler({"stripe:e0": CircuitOpen("open", retry_after)}, jitter=0.0)
    handler(payload("stripe:e0"), lambda_context)
    assert sqs.of("send_message")[0]["DelaySeconds"] == wait


def test_a_line_about_an_error_names_the_event_but_on_aws_not_the_message(
    make_handler, payload, lambda_context, logged
):
    """The message of an unforeseen error may quote the payload."""
    handler, _ = make_handler({"stripe:e0": KeyError("a customer's text")})
    handler(payload("stripe:e0"), lambda_context)
    (line,) = (json.loads(line) for line in logged().splitlines())
    assert (line["level"], line["event"], line["correlation"]) == ("WARNING", "stripe:e0", "stripe:evt_1")
    assert "a customer's text" not in json.dumps(line)


def test_on_the_local_stack_a_line_about_an_error_has_its_traceback(make_handler, payload, lambda_context, logged):
    handler, _ = make_handler({"stripe:e0": KeyError("a customer's text")}, environ={TRACEBACKS: "1"})
    handler(payload("stripe:e0"), lambda_context)
    (line,) = (json.loads(line) for line in logged().splitlines())
    assert line["traceback"].endswith('KeyError: "a customer\'s text"\n')
    assert "test_consume.py" in line["traceback"]
