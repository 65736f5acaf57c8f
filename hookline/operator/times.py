"""Times in words, for the command line and the console."""

from datetime import UTC, datetime

SPANS = ((86_400, "days"), (3600, "h"), (60, "min"), (1, "s"))  # in seconds


def until(seconds: float) -> str:
    """The text for a time that is `seconds` ahead: in 3 h. Rounded down, so that nobody is late."""
    return "any moment" if seconds < 1 else f"in {_span(seconds)}"


def ago(seconds: float) -> str:
    """The text for a time that is `seconds` past: 3 h ago."""
    return "just now" if seconds < 1 else f"{_span(seconds)} ago"


def clock_time(at: float) -> str:
    """A time in unix seconds as people read it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _span(seconds: float) -> str:
    span, word = next((span, word) for span, word in SPANS if seconds >= 2 * span or span == 1)
    return f"{int(seconds // span)} {word}"
