"""How long to wait before the next try."""

FIRST, GROWTH, LONGEST = 5, 3, 900  # seconds, times, seconds
LONGEST_HIDING = 12 * 3600 - 60  # SQS hides a message for 12 hours at most, counted from its receipt


def wait(tries: int, jitter: float, told: float | None = None) -> int:
    """Whole seconds until the next try after `tries` of them, or what the other side `told`.

    `jitter`, from 0 to 1, keeps the messages of one failure from coming back together.
    """
    if told is not None:
        return round(min(max(0.0, told), LONGEST_HIDING))
    return round(min(FIRST * GROWTH ** (tries - 1), LONGEST) * (0.5 + jitter / 2))
