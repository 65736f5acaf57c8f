"""How a secret that may have several values at once is written in Secrets Manager."""

import json

from functions.core.errors import ConfigurationError


def labelled(text: str) -> dict[str, str]:
    """Read {"label": "value", …}, the newest first, or one bare value, which gets the label "current".

    Raises ConfigurationError, which never quotes a value, where it is neither or a value is blank.
    """
    values = _object(text) if text.lstrip().startswith("{") else {"current": text.strip()}
    if not values or not all(isinstance(value, str) and value.strip() for value in values.values()):
        raise ConfigurationError("a secret holds no value, or a blank one")
    return values


def _object(text: str) -> dict[str, str]:
    try:
        values = json.loads(text)
    except ValueError:
        raise ConfigurationError("a secret starts like a JSON object and is not one") from None
    return values
