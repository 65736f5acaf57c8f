"""Takes personal data and credentials out of what is recorded. Pure.

What is recognized by its form is a safety net: a name or an address has no form. What is known to be personal is
declared by its path. Redacting twice changes nothing, so a call can be found by its redacted arguments.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.core.authority.tokens import without_tokens
from functions.core.manifests.recorded import Recorded

REDACTED = "[redacted]"
CREDENTIAL, CARD, EMAIL, PHONE = "[credential]", "[card]", "[e-mail]", "[phone]"

# Members whose texts are secrets whatever they look like.
_SECRET = re.compile(r"(?:.*[_.-])?(?:password|passwd|secret|token|api[_-]?key|authorization|credentials?)", re.I)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)
_KEY = re.compile(
    r"\b(?:(?:sk|rk|pk)_(?:live|test)_\w{8,}|whsec_[\w+/=]{8,}|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|gh[a-z]_\w{16,}"
    r"|github_pat_\w{16,}|glpat-[\w-]{16,}|sk-[\w-]{16,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,})"
    r"|\b(?:Bearer|Basic)\s+[\w.~+/=-]{16,}",
    re.ASCII,
)
_CARD = re.compile(r"(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])", re.ASCII)
# The lookbehind lets one match start for each run of letters, so the time grows with the text's length only.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?<![\w+])\+\d[\d ().-]{6,18}\d(?!\w)"  # international
    r"|(?<![\w.-])\(\d{3}\) ?\d{3}[ -]\d{4}(?!\w)"
    r"|(?<![\w.-])\d{3}-\d{3}-\d{4}(?![\w-])"
    r"|(?<![\w.:-])0\d{1,4}[ -]\d[\d ]{4,14}\d(?!\w)",
    re.ASCII,
)


def redacted(value: Any, recorded: Recorded) -> Any:
    """`value` as it may be recorded: JSON values without what `recorded` leaves out, and without signed tokens."""
    for path in recorded.redact:
        value = _without(value, path.split("."))
    return _texts(value, _scrubbed if recorded.scrub else without_tokens, recorded.scrub)


def _without(value: Any, path: Sequence[str]) -> Any:
    if isinstance(value, list | tuple):
        return [_without(item, path) for item in value]
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    name, *rest = path
    inner = value[name]
    changed = (REDACTED if inner is not None else None) if not rest else _without(inner, rest)
    return {**value, name: changed}


def _texts(value: Any, change: Callable[[str], str], secrets: bool) -> Any:
    """The value with each of its texts changed; names of members stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {
            name: CREDENTIAL
            if secrets and isinstance(item, str) and item and _SECRET.fullmatch(str(name))
            else _texts(item, change, secrets)
            for name, item in value.items()
        }
    return [_texts(item, change, secrets) for item in value] if isinstance(value, list | tuple) else value


def _scrubbed(text: str) -> str:
    text = _KEY.sub(CREDENTIAL, _PEM.sub(CREDENTIAL, without_tokens(text)))
    text = _CARD.sub(lambda found: CARD if _is_card(found[0]) else found[0], text)
    return _PHONE.sub(PHONE, _EMAIL.sub(EMAIL, text))


def _is_card(text: str) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812-1), which one of ten numbers does by chance."""
    digits = [int(letter) for letter in reversed(text) if letter.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(digits))
    return sum(doubled) % 10 == 0
