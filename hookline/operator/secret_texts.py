"""Writes the text of a secret, which can hold several values (core/platform/secret_values.py reads it). Pure."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from functions.core.platform.errors import ConfigurationError
from functions.core.platform.secret_values import VERIFY_TOKEN, labelled, until


def rotated(present: str | None, new: str, now: float, overlap: float) -> str:
    """The secret's text with `new` as its newest value; the others stay valid for `overlap` seconds, or to their end.

    `present` is the current text, None if it has no value yet. Raises ConfigurationError if `present` is malformed.
    """
    old = _entries(present, now) if present else {}
    ending = {
        label: entry
        if label == VERIFY_TOKEN
        else {"value": _value(entry), "until": int(min(until(entry), now + overlap))}
        for label, entry in old.items()
        if _value(entry) != new
    }
    return json.dumps({_label(now, old): new, **ending})


def replaced(present: str | None, new: str, now: float) -> str:
    """The secret's text with `new` as the only value that signs; a verify token stays.

    A malformed `present` is replaced completely.
    """
    try:
        old = _entries(present, now) if present else {}
    except ConfigurationError:
        old = {}
    kept = {label: entry for label, entry in old.items() if label == VERIFY_TOKEN}
    return json.dumps({_label(now, old): new, **kept})


def with_verify_token(present: str | None, token: str, now: float) -> str:
    """The secret's text with `token` as the verify token of the source's handshake."""
    return json.dumps({**(_entries(present, now) if present else {}), VERIFY_TOKEN: token})


def ends(text: str, now: float) -> dict[str, float]:
    """The end of each value that is valid at `now`, in unix seconds, by label; infinity if it has none.

    Raises ConfigurationError if `text` is malformed.
    """
    return {label: until(entry) for label, entry in _entries(text, now).items()}


def _entries(text: str, now: float) -> dict[str, Any]:
    values = labelled(text, now)
    entries: Mapping[str, Any] = json.loads(text) if text.lstrip().startswith("{") else values
    return {label: entries[label] for label in values}


def _value(entry: Any) -> str:
    return entry["value"] if isinstance(entry, dict) else entry


def _label(now: float, taken: Iterable[str]) -> str:
    """The secret's name on the audit trail: the day, and a number if the day already has a label.

    The number follows the highest of the day, so that a label never names two secrets.
    """
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    numbers = [label.partition(".")[2] or "1" for label in taken if label.partition(".")[0] == day]
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{day}.{last + 1}" if last else day
