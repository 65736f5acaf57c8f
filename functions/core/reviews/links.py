"""Links by which one named person decides on one review, without an AWS identity.

Anybody who has a link can use it, once. The page behind it holds a form token: the same fields, signed as another kind.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from functions.core.authority import tokens
from functions.core.platform.errors import Denied


@dataclass(frozen=True)
class Link:
    """Who `name` decides on `review`, until `expires` (unix seconds), because `issuers` let them.

    `issuers` are the persons that the issuer is: they can't approve the same review too. `nonce` tells links apart.
    """

    review: str
    name: str
    issuers: Sequence[str]
    expires: int
    nonce: str


def mint(link: Link, key: str) -> str:
    """The token of `link`. Raises ConfigurationError if the key is too short."""
    return tokens.sign("link", asdict(link), key)


def read(token: str, keys: Sequence[str], now: float) -> Link | None:
    """The link of a token that one of `keys` signed and that has not expired; None for anything else."""
    return _read("link", token, keys, now)


def form_of(link: Link, key: str) -> str:
    """What the form on the link's page must hold: it proves that the decider was shown the page."""
    return tokens.sign("form", asdict(link), key)


def is_form(form: str, link: Link, keys: Sequence[str], now: float) -> bool:
    """Whether `form` is what a page of `link` held."""
    return _read("form", form, keys, now) == link


def _read(kind: tokens.Kind, token: str, keys: Sequence[str], now: float) -> Link | None:
    try:
        payload = tokens.read(kind, token, keys, now)
    except Denied:
        return None
    return Link(**{**payload, "issuers": tuple(payload["issuers"])})
