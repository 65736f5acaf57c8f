"""How long to wait before a retry, and how many attempts there are."""

import math

# With the waits between them, more than half an hour. Queues are deployed with this number.
TRIES = 8
FIRST, GROWTH, LONGEST = 5, 3, 900  # seconds, times, seconds
MAX_VISIBILITY_SECONDS = 12 * 3600 - 60  # the longest visibility timeout of SQS is 12 hours from the receipt
LONGEST_DELAY = 900  # the longest delay of SQS is 15 minutes
# Events that return are spread over more time with each return. Those that wait for an open circuit all come back at
# its recovery, so they are spread over at least the time that it takes; others wait each for its own reason.
SPREAD, OWN_SPREAD = 30, 2  # seconds


def retry_delay(tries: int, jitter: float, retry_after: float | None = None) -> int:
    """Whole seconds until the next attempt after `tries` attempts: `retry_after`, or else exponential backoff.

    `jitter`, from 0 to 1, keeps the messages of one failure from being retried together.
    """
    if retry_after is not None:
        return math.ceil(min(max(0.0, retry_after), MAX_VISIBILITY_SECONDS))
    longest: float = min(FIRST * GROWTH ** (tries - 1), LONGEST)
    return round(longest * (0.5 + jitter / 2))


def requeue_delay(returns: int, jitter: float, retry_after: float | None, spread: int = SPREAD) -> int:
    """Whole seconds by which to delay an event that was returned `returns` times already, without a try.

    `retry_after` is how long to wait at least. `jitter`, from 0 to 1, spreads the events that wait for the same over
    `spread` seconds at first, and over twice as many with each return.
    """
    widest: float = min(spread * 2 ** min(returns, 10), LONGEST_DELAY)
    return math.ceil(min(max(0.0, retry_after or 0.0) + jitter * widest, LONGEST_DELAY))
