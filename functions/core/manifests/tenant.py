"""Whose account a delivery is about: each source declares where that is said, or that its secret serves one only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from functions.core.manifests.checks import require, require_list, require_text

# What stands in an entity before its id: "hubspot:contact@33/51". It holds no character that ends a part of an entity.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
PATTERN = re.compile(r"[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,99}", re.ASCII)
# The ending of a tenant's name if a delivery is of another mode than the deployment.
MODES = {"live": ".live", "test": ".test"}


@dataclass(frozen=True)
class OneTenant:
    """One signing secret serves one tenant, for the reason `why`: whose delivery it is follows from its secret."""

    why: str

    def __post_init__(self) -> None:
        require_text("one tenant why", self.why)


@dataclass(frozen=True)
class Tenant:
    """One signing secret serves several tenants.

    `word` is the provider's word for one. `path` is where a raw event names it (`header:x-…` is a header, which is not
    signed; `a|b` takes the first that is present, `*` is every item of a list). `own` names the tenant of a raw event
    that names none; without it, such a raw event is not mapped. `live` is the path of a flag that is false in test
    mode: in a deployment of one mode, what is of the other is another tenant, whose name ends in ".test" or ".live".
    `global_ids`: the provider's ids are unique across tenants, so entities need no
    tenant. `expected` are patterns of the names that are expected unless the operator's settings say otherwise.
    """

    word: str
    path: str
    own: str = ""
    live: str = ""
    global_ids: bool = False
    expected: Sequence[str] = ("*",)

    def __post_init__(self) -> None:
        require_text("tenant word", self.word)
        require_text("tenant path", self.path)
        require(not self.own or _is_name(self.own), f"tenant own {self.own!r}: letters, digits, '.', '_' and '-'")
        require_patterns("tenant expected", self.expected)

    @property
    def signed(self) -> bool:
        """Whether the signature covers where it is."""
        return "header:" not in self.path


def _is_name(text: object) -> bool:
    return isinstance(text, str) and NAME.fullmatch(text) is not None


def require_patterns(what: str, patterns: Sequence[str]) -> None:
    """Require a list of patterns of tenants' names, such as 'acct_*'."""
    for pattern in patterns if require_list(what, patterns, str) else ():
        require(PATTERN.fullmatch(pattern), f"{what} {pattern!r}: a name like 'acct_1', '*' and '?' match any")


def is_expected(name: str, patterns: Sequence[str]) -> bool:
    """Whether the tenant `name` matches one of `patterns`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def scoped(entity: str, tenant: str) -> str:
    """The entity of one tenant: "hubspot:contact/51" of "33" is "hubspot:contact@33/51"."""
    kind, slash, rest = entity.partition("/")
    return f"{kind}@{tenant}{slash}{rest}" if tenant else entity


def account_of(tenant: str) -> str:
    """The tenant's name at its provider, without the mode."""
    return tenant.removesuffix(MODES["live"]).removesuffix(MODES["test"])


def split(entity: str) -> tuple[str, str]:
    """The entity without its tenant, and the tenant, "" if it has none."""
    kind, slash, rest = entity.partition("/")
    kind, _, tenant = kind.partition("@")
    return f"{kind}{slash}{rest}", tenant
