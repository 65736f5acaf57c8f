"""Installation tokens: who calls, and whether the call is within what the token was narrowed to.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
"""

import base64
import hashlib
import json
from typing import Any

from functions.providers.github.sandbox import objects
from functions.providers.github.sandbox.account import INSTALLED, NAMES, Account
from functions.providers.github.sandbox.errors import GitHubError
from functions.providers.github.sandbox.key import APP_ID, is_jwt_of_the_app
from functions.providers.github.sandbox.objects import Object

LIFETIME = 3600  # seconds
_LEVELS = {"read": 1, "write": 2}


def require_app(account: Account, authorization: str) -> None:
    """Raise GitHubError unless the App itself calls."""
    if not is_jwt_of_the_app(_bearer(authorization), account.now()):
        raise GitHubError(401, "A JSON web token could not be decoded")


def make(account: Account, given: Any) -> Object:
    """A new token, narrowed as `given` says. Raises GitHubError for what the installation does not have."""
    if not isinstance(given, dict):
        raise GitHubError(400, "Problems parsing JSON")
    names = {NAMES[id].partition("/")[2].lower(): id for id in INSTALLED}
    ids = [names.get(str(name).lower()) for name in given.get("repositories", ())]
    ids += given.get("repository_ids", [])
    permissions = given.get("permissions", objects.PERMISSIONS)
    granted = objects.PERMISSIONS
    if any(id not in INSTALLED for id in ids):
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise GitHubError(422, message)
    if any(_LEVELS.get(level, 3) > _LEVELS[granted.get(name, "read")] or name not in granted
           for name, level in permissions.items()):  # fmt: skip
        raise GitHubError(422, "The permissions requested are not granted to this installation.")
    expires = account.now() + LIFETIME
    token = _token(account.new_id(), expires)
    # Each token can read what everybody can who sees the repository.
    account.tokens[token] = {
        "expires": expires,
        "repositories": ids or list(INSTALLED),
        "permissions": {"metadata": "read", **permissions},
    }
    return {
        "token": token,
        "expires_at": objects.moment(expires),
        "permissions": account.tokens[token]["permissions"],
        "repository_selection": "selected",
    }


def require(account: Account, authorization: str, repository: int, *any_of: tuple[str, str]) -> None:
    """Raise GitHubError unless the token is valid, for this repository, and has one of these permissions."""
    token = account.tokens.get(_bearer(authorization))
    if token is None or token["expires"] <= account.now():
        raise GitHubError(401, "Bad credentials")
    if repository not in token["repositories"]:
        raise GitHubError(404, "Not Found")
    held = token["permissions"]
    if not any(_LEVELS.get(held.get(name, ""), 0) >= _LEVELS[level] for name, level in any_of):
        raise GitHubError(403, "Resource not accessible by integration")


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token:
        raise GitHubError(401, "Requires authentication")
    return token.strip()


def _token(number: int, expires: float) -> str:
    """A token in the form since April 2026, ghs_<App>_<JWT>: longer than the older form of 40 characters."""
    parts = [json.dumps({"alg": "RS256"}), json.dumps({"jti": number, "exp": int(expires)})]
    parts.append(hashlib.sha256(f"{number}".encode()).hexdigest())
    return f"ghs_{APP_ID}_" + ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
