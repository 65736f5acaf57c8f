"""The format of a secret that may have several values at once.

Either one bare value, or {"label": "value" or {"value": "…", "until": unix seconds}, …} with the newest first. A value
is invalid from its `until` on, so an old value retires by itself when its overlap ends.
"""

import json
from typing import Any

from functions.core.platform.errors import ConfigurationError

# The label of what a handshake repeats; it is stored with the signing secrets and signs nothing.
VERIFY_TOKEN = "verify_token"  # noqa: S105 - a label, not a secret
# The metric of signing secrets that can verify nothing, by the `service` of their source; infra sets an alarm on it.
SECRET_FAULTS = "SecretFaults"  # noqa: S105 - the name of a metric


def labelled(text: str, now: float) -> dict[str, str]:
    """The values that are valid at `now` (unix seconds), by label; a bare value has the label "current".

    Raises ConfigurationError, which never quotes a value, if none is valid or one is blank or malformed.
    """
    entries = _object(text) if text.lstrip().startswith("{") else {"current": text.strip()}
    values = {label: _value(label, entry) for label, entry in entries.items() if now < until(entry)}
    if not values:
        raise ConfigurationError("a secret has no value that is still valid")
    return values


def until(entry: Any) -> float:
    """When an entry's value becomes invalid, in unix seconds; infinity if never. Raises ConfigurationError."""
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
        raise ConfigurationError("a secret starts like a JSON object but is not one") from None
    return values
