"""How a secret that may have several values at once is written in Secrets Manager.

Either one bare value, or {"label": "value" or {"value": "…", "until": unix seconds}, …} with the newest first. A value
with an `until` in the past counts no more: so an old secret retires by itself when its overlap ends.
"""

import json
from typing import Any

from functions.core.platform.errors import ConfigurationError

# What a source is asked to repeat in a handshake is kept beside its signing secrets, and signs nothing.
VERIFY_TOKEN = "verify_token"  # noqa: S105 - a label, not a secret


def labelled(text: str, now: float) -> dict[str, str]:
    """The values that count at `now`, by their labels; a bare one has the label "current".

    Raises ConfigurationError, which never quotes a value, where there is none or one is blank or malformed.
    """
    entries = _object(text) if text.lstrip().startswith("{") else {"current": text.strip()}
    values = {label: _value(label, entry) for label, entry in entries.items() if now < until(entry)}
    if not values:
        raise ConfigurationError("a secret holds no value that still counts")
    return values


def until(entry: Any) -> float:
    """When an entry's value ends to count; infinity where it has no end."""
    end = entry.get("until", float("inf")) if isinstance(entry, dict) else float("inf")
    if not isinstance(end, int | float):
        raise ConfigurationError("a secret's 'until' is not a number of seconds")
    return end


def _value(label: str, entry: Any) -> str:
    value = entry.get("value") if isinstance(entry, dict) else entry
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"the secret's value {label!r} is blank or not text")
    return value.strip()


def _object(text: str) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(text)
    except ValueError:
        raise ConfigurationError("a secret starts like a JSON object and is not one") from None
    return values
