"""How long to wait before the next try, and how many tries there are."""

import math

# With the growing waits between them: more than half an hour. Queues are deployed with it.
TRIES = 8
FIRST, GROWTH, LONGEST = 5, 3, 900  # seconds, times, seconds
LONGEST_HIDING = 12 * 3600 - 60  # SQS hides a message for 12 hours at most, counted from its receipt
LONGEST_DELAY = 900  # SQS delays a message for 15 minutes at most
# What waits for an open circuit is spread over no less than the circuit's recovery time, and over ever more.
SPREAD = 30  # seconds


def wait(tries: int, jitter: float, told: float | None = None) -> int:
    """Whole seconds until the next try after `tries` of them, or what the other side `told`.

    `jitter`, from 0 to 1, keeps the messages of one failure from coming back together.
    """
    if told is not None:
        return math.ceil(min(max(0.0, told), LONGEST_HIDING))
    longest: float = min(FIRST * GROWTH ** (tries - 1), LONGEST)
    return round(longest * (0.5 + jitter / 2))


def aside(returns: int, jitter: float, told: float | None) -> int:
    """Whole seconds that an event keeps away from an open circuit which has sent it back `returns` times before.

    `told` is what is left until the circuit may be tried; `jitter`, from 0 to 1, spreads those that wait for it.
    """
    spread: float = min(SPREAD * 2 ** min(returns, 10), LONGEST_DELAY)
    return math.ceil(min(max(0.0, told or 0.0) + jitter * spread, LONGEST_DELAY))
