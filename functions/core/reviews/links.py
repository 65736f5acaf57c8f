"""Links by which one named person decides on one review, without an AWS identity.

A link's token is `<payload>.<mac>`, both base64url without padding; whoever holds it can use it, once.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from functions.core.platform.errors import ConfigurationError

SHORTEST_KEY = 32


@dataclass(frozen=True)
class Link:
    """What a token says: who `name` decides on `review`, until `expires` (unix seconds), because `issuers` let them.

    `issuers` are the persons that the issuer is: they can't approve the same review besides. `nonce` tells links apart.
    """

    review: str
    name: str
    issuers: Sequence[str]
    expires: int
    nonce: str


def mint(link: Link, key: str) -> str:
    """The token of `link`."""
    text = _encode(json.dumps(asdict(link), separators=(",", ":")).encode())
    return f"{text}.{_mac('link', text, key)}"


def read(token: str, keys: Sequence[str], now: float) -> Link | None:
    """The link of a token that one of `keys` signed and that has not expired; None for anything else."""
    text, _, mac = token.partition(".") if isinstance(token, str) and token.isascii() else ("", "", "")
    if not any(hmac.compare_digest(mac, _mac("link", text, key)) for key in keys):
        return None
    link = Link(**json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    return link if now < link.expires else None


def form_of(token: str, key: str) -> str:
    """What the page's form must hold: it shows that whoever decides was shown the page."""
    return _mac("form", token, key)


def is_form(form: str, token: str, keys: Sequence[str]) -> bool:
    """Whether `form` is what a page for `token` held."""
    return form.isascii() and any(hmac.compare_digest(form, form_of(token, key)) for key in keys)


def _mac(kind: str, text: str, key: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError("the key of review links is missing or too short")
    return _encode(hmac.digest(key.encode(), f"{kind}.{text}".encode(), "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
