"""A GitHub App's installation tokens: one for each repository and set of permissions, kept until it expires.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from functions.core.gate.credentials import github_app
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ConfigurationError, PermanentError
from functions.core.platform.times import Clock

# GitHub accepts a JWT for at most ten minutes, and clocks differ.
JWT_SECONDS, JWT_BACK = 540, 60
MARGIN_SECONDS = 120  # a new token is requested so long before the old one expires
ACCEPT = {"Accept": "application/vnd.github+json"}

# send(method, path, headers, body, seconds) -> the answer's JSON
Send = Callable[[str, str, Mapping[str, str], Any, float], Any]


@dataclass(frozen=True)
class _Token:
    text: str
    expires: float


class Installations:
    """The tokens that one execution environment holds."""

    def __init__(self, send: Send, clock: Clock) -> None:
        self._send = send
        self._clock = clock
        self._tokens: dict[tuple[str, ...], _Token] = {}

    def token(self, secret: str, repository: Sequence[str], permissions: Mapping[str, str], seconds: float) -> str:
        """A token for one repository with these permissions and no others; `secret` is the App's.

        `repository` is its id, or its owner and its name. Raises ConfigurationError for a secret that cannot sign,
        PermanentError if the App is not installed there, and what a call of the provider raises.
        """
        named = tuple(part.lower() for part in repository)
        wanted = (digest(secret.encode()), *named, *sorted(map(str, permissions.items())))
        held = self._tokens.get(wanted)
        if held is None or held.expires - MARGIN_SECONDS <= self._clock():
            held = self._tokens[wanted] = self._request(secret, repository, permissions, seconds)
        return held.text

    def forget(self, token: str) -> None:
        """Hold `token` no longer, because GitHub does not accept it: it was revoked, or the App was suspended."""
        self._tokens = {wanted: held for wanted, held in self._tokens.items() if held.text != token}

    def itself(self, secret: str) -> str:
        """The JWT with which the App whose `secret` this is calls about itself. Raises ConfigurationError."""
        return app_jwt(*github_app(secret, "the credential of a GitHub App"), self._clock())

    def _request(
        self, secret: str, repository: Sequence[str], permissions: Mapping[str, str], seconds: float
    ) -> _Token:
        headers = {**ACCEPT, "Authorization": f"Bearer {self.itself(secret)}"}
        place, only = _narrowed(repository)
        found = self._send("GET", f"{place}/installation", headers, None, seconds)
        wanted = {**only, "permissions": dict(permissions)}
        path = f"/app/installations/{_whole(found, 'id')}/access_tokens"
        made = self._send("POST", path, headers, wanted, seconds)
        try:
            return _Token(str(made["token"]), datetime.fromisoformat(made["expires_at"]).timestamp())
        except (KeyError, TypeError, ValueError):
            raise PermanentError("GitHub answered without an installation token") from None


def _narrowed(repository: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The path of a repository, and the fields that narrow a token to it.

    GitHub takes a repository's id in place of its names at every path, as its own redirects after a rename do.
    """
    *owner, name = repository
    if owner:
        return f"/repos/{quote(owner[0], safe='')}/{quote(name, safe='')}", {"repositories": [name]}
    if not (name.isascii() and name.isdigit()):
        raise PermanentError(f"a repository's id is a number, not {name[:40]!r}")
    return f"/repositories/{name}", {"repository_ids": [int(name)]}


def app_jwt(app: str, key: str, now: float) -> str:
    """The JWT (RS256) with which a GitHub App authenticates itself. Raises ConfigurationError for an unfit key."""
    # Imported here because only the zip of a connector with a GitHub App contains the package.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    claims = {"iat": int(now) - JWT_BACK, "exp": int(now) + JWT_SECONDS, "iss": app}
    signed = f"{_segment({'alg': 'RS256', 'typ': 'JWT'})}.{_segment(claims)}"
    return f"{signed}.{_encoded(_private(key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@lru_cache(maxsize=1)
def _private(key: str) -> Any:
    """The App's RSA key, read once: reading it takes longer than signing, and each set of permissions signs."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError):
        raise ConfigurationError("the private key of the GitHub App cannot be read") from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise ConfigurationError("the private key of the GitHub App is not an RSA key")
    return private


def _whole(answer: Any, name: str) -> int:
    value = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise PermanentError("GitHub answered without the App's installation")
    return value


def _segment(value: Mapping[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
