"""Grants: the proof that a verified delivery named these entities, and so that a connector may act on them.

A grant is `<payload>.<mac>`, both base64url without padding: the payload is JSON, the mac HMAC-SHA256 over the
payload's text. Verifiers mint, connectors check; agents carry them and hold no key.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from functions.core.errors import ConfigurationError, Denied

# A grant lives as long as its event may wait in an agent's queue (infra gives the queues this retention).
LIFETIME = 4 * 24 * 3600
SHORTEST_KEY = 32


@dataclass(frozen=True)
class Grant:
    """What a verified delivery permits: acting on `entities`, because of `event`, until `expires` (unix seconds)."""

    event: str
    correlation: str
    entities: frozenset[str]
    expires: int


def mint(grant: Grant, key: str) -> str:
    """Sign `grant` with `key`. Raises ConfigurationError where the key is too short to be one."""
    payload = {
        "v": 1,
        "event": grant.event,
        "correlation": grant.correlation,
        "entities": sorted(grant.entities),
        "expires": grant.expires,
    }
    text = _encode(json.dumps(payload, separators=(",", ":")).encode())
    return f"{text}.{_mac(text, key)}"


def check(token: str, keys: Sequence[str], now: float) -> Grant:
    """Read a grant that one of `keys` signed and that has not expired; anything else raises Denied.

    Several keys are taken so that the key can be changed while grants of the old one are in flight.
    """
    text, _, mac = token.partition(".") if isinstance(token, str) and token.isascii() else ("", "", "")
    # Compared as written, not decoded: a grant has one spelling.
    if not any(hmac.compare_digest(mac, _mac(text, key)) for key in keys):
        raise Denied("the grant was not minted here")
    payload = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if payload.get("v") != 1:
        raise Denied("the grant is of an unknown version")
    if now >= payload["expires"]:
        raise Denied("the grant has expired")
    return Grant(payload["event"], payload["correlation"], frozenset(payload["entities"]), payload["expires"])


def _mac(text: str, key: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError("the grant key is missing or too short")
    return _encode(hmac.digest(key.encode(), text.encode(), "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
