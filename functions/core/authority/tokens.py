"""Signed tokens: `<payload>.<mac>`, both base64url without padding.

The payload is JSON that names its version, the key that signs it, and when it expires. The MAC is HMAC-SHA256 over the
token's kind and the payload as written, so a token of one kind never passes for another.
"""

import base64
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from functions.core.platform.errors import ConfigurationError, Denied

Kind = Literal["grant", "proposal", "link", "form", "confirmation", "naming", "extension"]

VERSION = 1
SHORTEST_KEY = 32  # characters

# Our tokens and JWTs: base64url of JSON, which begins with {", and at least one more part. A connector accepts a grant
# from anyone who has read it.
# The lookbehind lets one match start for each run of letters, so the time grows with the text's length only.
_PARTS = re.compile(r"(?<![\w-])[\w-]{11,}(?:\.[\w-]{16,})+", re.ASCII)
_BEGINS, _SHORTEST = "eyJ", 11  # characters of a first part
HIDDEN = "(a token, not shown)"


def sign(kind: Kind, payload: Mapping[str, Any], key: str) -> str:
    """A token of `payload`, which holds `expires` in unix seconds. Raises ConfigurationError if `key` is too short."""
    named = {**payload, "v": VERSION, "k": _key_id(kind, key)}
    text = _encode(json.dumps(named, separators=(",", ":")).encode())
    return f"{text}.{_mac(kind, text, key)}"


def read(kind: Kind, token: object, keys: Sequence[str], now: float) -> dict[str, Any]:
    """The payload of a token that one of `keys` signed and that has not expired at `now` (unix seconds).

    Several keys are accepted so that a key can be rotated while tokens of the old one are in flight. Raises Denied for
    anything else, ConfigurationError if a key is too short, and what `keys` raises in place of a key that it cannot
    know yet; a token that names a known key gets no further than that key.
    """
    text, _, mac = token.partition(".") if isinstance(token, str) and token.isascii() else ("", "", "")
    if not _signed(kind, text, mac, keys):
        raise Denied(f"the {kind} was not minted here")
    payload = _decode(text)
    if payload.pop("v", None) != VERSION:
        raise Denied(f"the {kind} is of an unknown version")
    payload.pop("k", None)
    if now >= payload["expires"]:
        raise Denied(f"the {kind} has expired")
    return payload


def unverified(kind: Kind, token: str) -> dict[str, Any]:
    """What a token says of itself, to a reader without keys. Raises Denied if it cannot be read."""
    try:
        payload = _decode(token.partition(".")[0])
    except (ValueError, RecursionError):
        raise Denied(f"the {kind} cannot be read") from None
    return {name: value for name, value in payload.items() if name not in ("v", "k")}


def without_tokens(text: str) -> str:
    """The text with every signed token replaced, for people."""
    return _PARTS.sub(lambda found: _hidden(found[0]), text)


def _hidden(text: str) -> str:
    """Parts with dots between them, with a token's place in place of it and what follows."""
    begins = 0
    for part in text.split(".")[:-1]:
        at = part.find(_BEGINS)
        if at >= 0 and len(part) - at >= _SHORTEST:
            return text[: begins + at] + HIDDEN
        begins += len(part) + 1
    return text


def _signed(kind: Kind, text: str, mac: str, keys: Iterable[str]) -> bool:
    """Whether one of `keys` made `mac`: the key that the text names, or any if it names none."""
    try:
        named = _decode(text).get("k")
    except (ValueError, RecursionError):
        return False  # no key signs what cannot be read
    for key in keys:
        # The MAC is compared as written, not decoded: a token has one spelling.
        own = _key_id(kind, key)
        if named in (None, own) and hmac.compare_digest(mac, _mac(kind, text, key)):
            return True
        if named == own:
            return False
    return False


def _key_id(kind: Kind, key: str) -> str:
    """What a token names its key by, which tells nothing of the key."""
    return _digest(kind, b"the id of this key", key)[:11]


def _mac(kind: Kind, text: str, key: str) -> str:
    return _digest(kind, f"{kind}.{text}".encode(), key)


def _digest(kind: Kind, data: bytes, key: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(f"the key that signs each {kind} is missing or shorter than {SHORTEST_KEY} characters")
    return _encode(hmac.digest(key.encode(), data, "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> dict[str, Any]:
    payload = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(payload, dict):
        raise ValueError("not an object")
    return payload
