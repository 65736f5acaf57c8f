"""The format of a connector's secret, and how it is presented to the provider."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from functions.core.manifests.checks import require

_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True)
class Bearer:
    """A token, sent as `Authorization: Bearer …` (RFC 6750)."""

    form: str = field(default="a token in printable ASCII, without blanks", init=False)


@dataclass(frozen=True)
class Basic:
    """`user:password`, sent as `Authorization: Basic …` (RFC 7617).

    With `or_bearer`, the provider takes a token too: a secret without a colon is one, and is sent as `Bearer` does.
    """

    or_bearer: bool = False

    @property
    def form(self) -> str:
        """The format of the secret."""
        return "user:password, or a token without a colon" if self.or_bearer else "user:password"


@dataclass(frozen=True)
class Header:
    """A key, sent in the header `name` after `prefix`."""

    name: str
    prefix: str = ""
    form: str = field(default="a key in printable ASCII", init=False)

    def __post_init__(self) -> None:
        require(isinstance(self.name, str) and _HEADER.fullmatch(self.name), f"header {self.name!r}: a header's name")
        require(isinstance(self.prefix, str) and self.prefix.isascii(), f"header prefix {self.prefix!r}: ASCII text")


@dataclass(frozen=True)
class GitHubApp:
    """A GitHub App's id and private key; each call presents an installation token for one repository.

    The token has only the permissions that the operation declares, and is cached until it expires. `id` names the
    parameter of the operation's entity that is the repository's id, which never changes; without it, `owner` and
    `repository` name those that are its names.
    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
    """

    owner: str = "owner"
    repository: str = "repository"
    id: str | None = None
    form: str = field(default='JSON: {"app_id": "…", "private_key": "-----BEGIN RSA PRIVATE KEY-----…"}', init=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that the repository is found by: its id, or its owner and its name."""
        return (self.id,) if self.id else (self.owner, self.repository)


@dataclass(frozen=True)
class AwsRole:
    """No secret: the connector's own role, which allows the AWS actions that its manifest declares.

    `service` is the AWS service that it calls, as in the name of the variable of its endpoint: "BEDROCK_RUNTIME".
    """

    service: str
    form: str = field(default="", init=False)


Credential = Bearer | Basic | Header | GitHubApp | AwsRole
CREDENTIALS = (Bearer, Basic, Header, GitHubApp, AwsRole)


def has_secret(credential: Credential | None) -> bool:
    """Whether the credential is a secret that an operator sets."""
    return credential is not None and not isinstance(credential, AwsRole)


class _Permitted(Protocol):
    @property
    def permissions(self) -> Mapping[str, str]: ...

    @property
    def as_app(self) -> bool: ...


def require_permissions(what: str, operation: _Permitted, credential: Credential | None) -> None:
    """Require permissions of an operation exactly if it calls with the token of a GitHub App's installation."""
    permissions: object = operation.permissions
    if not isinstance(permissions, Mapping):
        require(False, f"{what} permissions {permissions!r}: like {{'contents': 'read'}}")
        return
    levels = all(isinstance(name, str) and level in ("read", "write") for name, level in permissions.items())
    require(levels, f"{what} permissions {dict(permissions)!r}: 'read' or 'write' by name, like {{'contents': 'read'}}")
    is_app = isinstance(credential, GitHubApp)
    if operation.as_app:
        require(is_app, f"{what} is called as a GitHub App, which the credential is not")
        require(not permissions, f"{what} is called as the App itself, whose JWT has no permissions")
        return
    require(is_app or not permissions, f"{what} has permissions, which only a GitHub App's token has")
    require(permissions or not is_app, f"{what} declares no permissions: its token would have all of the app's")
