"""The clocks of signature schemes: how a signed time is read and written."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from functions.core.platform.errors import MalformedSignature

_LONGEST_NUMBER = 15  # digits; more is no time, and int() takes quadratic time over thousands
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch


def _number(per_second: int) -> Callable[[str], float]:
    def read(text: str) -> float:
        # int() accepts signs, blanks, underscores and digits of every script; a time has none of them.
        if len(text) > _LONGEST_NUMBER or not (text.isascii() and text.isdigit()):
            raise MalformedSignature
        return int(text) / per_second

    return read


def _iso8601(text: str) -> float:
    try:
        if _ISO_8601(text):
            return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):  # month 13, or an offset that moves the year off the calendar
        raise MalformedSignature from None
    raise MalformedSignature


# Each returns unix seconds, and raises MalformedSignature unless the text is exactly what the clock writes.
CLOCKS: Mapping[str, Callable[[str], float]] = {
    "seconds": _number(1),
    "milliseconds": _number(1000),
    "iso8601": _iso8601,
}


def write_time(now: float, clock: str) -> str:
    """Write unix seconds as the provider does."""
    if clock == "iso8601":
        return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(now * 1000) if clock == "milliseconds" else int(now))
