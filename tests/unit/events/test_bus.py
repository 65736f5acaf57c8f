"""Publishing: all of the events, or an error that brings them back."""

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.core.events.bus import Bus
from functions.core.platform.errors import PermanentError, RetryableError


@pytest.mark.parametrize(("count", "batches"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_events_go_out_ten_at_a_time_and_in_order(make_event, eventbridge, count, batches):
    """PutEvents takes no more."""
    Bus(eventbridge, "hookline").publish([make_event(id=f"e{number}") for number in range(count)])
    assert [len(batch) for batch in eventbridge.batches] == batches
    assert [event["id"] for event in eventbridge.events] == [f"e{number}" for number in range(count)]


def test_events_go_to_the_bus_that_was_named(make_event, eventbridge):
    """Not to the account's default one."""
    Bus(eventbridge, "hookline").publish([make_event()])
    assert eventbridge.batches[0][0]["EventBusName"] == "hookline"


def test_refused_entries_are_retryable_with_their_codes(make_event, eventbridge):
    """PutEvents answers 200 also when it took none of them."""
    eventbridge.refuses = "ThrottlingException"
    with pytest.raises(RetryableError, match="refused 2 events: ThrottlingException"):
        Bus(eventbridge, "hookline").publish([make_event(), make_event()])


@pytest.mark.parametrize("kind", ["refused", "unreachable"])
def test_a_bus_that_cannot_be_used_is_retryable(make_event, eventbridge, client_error, kind):
    """Whatever the reason, the event comes again."""
    unreachable = EndpointConnectionError(endpoint_url="https://events")
    eventbridge.refuses = client_error("InternalException") if kind == "refused" else unreachable
    with pytest.raises(RetryableError):
        Bus(eventbridge, "hookline").publish([make_event()])


def test_an_event_that_the_bus_never_takes_is_permanent(make_event, eventbridge, client_error):
    """It must not be tried again and again before others."""
    eventbridge.refuses = client_error("ValidationException")
    with pytest.raises(PermanentError):
        Bus(eventbridge, "hookline").publish([make_event()])


@pytest.mark.parametrize(("size", "batches"), [(90_000, [10]), (110_000, [9, 1]), (600_000, [1] * 10)])
def test_the_entries_of_a_call_are_a_megabyte_together(make_event, eventbridge, size, batches):
    """PutEvents takes no more, however many there are."""
    events = [make_event({"customer": "x" * size}, id=f"e{number}") for number in range(10)]
    Bus(eventbridge, "hookline").publish(events)
    assert [len(batch) for batch in eventbridge.batches] == batches
    assert [event["id"] for event in eventbridge.events] == [f"e{number}" for number in range(10)]
