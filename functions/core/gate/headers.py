"""Reads the headers of a provider's answer. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from functions.core.manifests.rate_limit import RateLimit

LONGEST_RETRY_AFTER = 6  # digits
LONGEST_SECOND = 12  # digits of a unix second
LONGEST_REPORT = 2_000  # bytes of an error's body
_LINK = re.compile(r"<([^<>]{1,2000})>\s*;([^,<]*)")
_NEXT = re.compile(r"""\brel\s*=\s*"?next"?\s*(;|$)""", re.IGNORECASE)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds in a Retry-After header, as a number or as a date (RFC 9110); None if missing or neither."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) <= LONGEST_RETRY_AFTER else None
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError):
        return None
    try:
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (OverflowError, ValueError):
        return None
    return max(0.0, seconds) if seconds < 10**LONGEST_RETRY_AFTER else None


def limited(limit: RateLimit | None, status: int, headers: Mapping[str, str], content: bytes) -> bool:
    """Whether the answer reports a rate limit: a 429, or what the provider's `limit` says."""
    if status == 429 or limit is None or status != limit.status:
        return status == 429
    said = limit.words.lower().encode() in content[:LONGEST_REPORT].lower()
    return _is_spent(limit, headers) or said or "Retry-After" in headers


def wait_of(limit: RateLimit | None, headers: Mapping[str, str], now: float) -> float | None:
    """The seconds to wait after a rate limit, by the first header that says so; None if nothing does."""
    found = retry_after(headers, now)
    if found is not None or limit is None:
        return found
    reset = headers.get(limit.reset, "").strip()
    if _is_spent(limit, headers) and reset.isascii() and reset.isdigit() and len(reset) <= LONGEST_SECOND:
        seconds = float(reset) - now
        return max(1.0, seconds) if seconds < 10**LONGEST_RETRY_AFTER else None
    return float(limit.seconds)


def _is_spent(limit: RateLimit, headers: Mapping[str, str]) -> bool:
    return headers.get(limit.remaining, "").strip() == "0"


def next_link(header: str) -> str:
    """The URL with rel="next" in a Link header (RFC 8288), "" if missing."""
    found = (match[1] for match in _LINK.finditer(header[:10_000]) if _NEXT.search(match[2]))
    return next(found, "")


def parameter(url: str, name: str) -> str:
    """The value of a URL's query parameter, "" if it has none."""
    return dict(parse_qsl(urlsplit(url).query)).get(name, "")


def with_parameter(url: str, name: str, value: str) -> str:
    """The URL with this query parameter, which replaces those of the same name."""
    parts = urlsplit(url)
    kept = [(known, text) for known, text in parse_qsl(parts.query, keep_blank_values=True) if known != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, value)])))
