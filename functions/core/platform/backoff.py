"""How long to wait before a retry, and how many attempts there are."""

import math

# With the waits between them, more than half an hour. Queues are deployed with this number.
TRIES = 8
FIRST, GROWTH, LONGEST = 5, 3, 900  # seconds, times, seconds
LONGEST_HIDING = 12 * 3600 - 60  # the longest visibility timeout of SQS is 12 hours from the receipt
LONGEST_DELAY = 900  # the longest delay of SQS is 15 minutes
# Events that wait for an open circuit are spread over its recovery time at least, and over more with each return.
SPREAD = 30  # seconds


def wait(tries: int, jitter: float, told: float | None = None) -> int:
    """Whole seconds until the next attempt after `tries` attempts, or the seconds that the other side `told`.

    `jitter`, from 0 to 1, keeps the messages of one failure from being retried together.
    """
    if told is not None:
        return math.ceil(min(max(0.0, told), LONGEST_HIDING))
    longest: float = min(FIRST * GROWTH ** (tries - 1), LONGEST)
    return round(longest * (0.5 + jitter / 2))


def aside(returns: int, jitter: float, told: float | None) -> int:
    """Whole seconds by which to delay an event that an open circuit has already returned `returns` times.

    `told` is how long the circuit stays open; `jitter`, from 0 to 1, spreads the events that wait for it.
    """
    spread: float = min(SPREAD * 2 ** min(returns, 10), LONGEST_DELAY)
    return math.ceil(min(max(0.0, told or 0.0) + jitter * spread, LONGEST_DELAY))
