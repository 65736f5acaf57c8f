"""Vouchers: what one connector signs for a later call of the same agent about the same event.

Three kinds. A *confirmation*: the addresses that a provider confirms for an entity. A *naming*: the addresses that a
provider has for an entity and does not confirm. An *extension*: the entities that the context service adds to a grant,
because a verified link leads from an entity of the grant to them, and the operations that it adds them for. Connectors
mint vouchers, agents carry them and cannot make one. Each is bound to the agent, the event and the causal tree that it
was minted for, and lives for minutes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from functions.core.authority import tokens
from functions.core.authority.grants import Grant
from functions.core.platform.errors import Denied

LIFETIME = 15 * 60  # seconds; an event that is handled again gets new ones
MOST = 4  # vouchers that one request may carry
LONGEST = 8_000  # bytes of one

Kind = Literal["confirmation", "naming", "extension"]


@dataclass(frozen=True)
class Holder:
    """For whom a voucher is: one agent, in one event and its causal tree."""

    agent: str
    event: str
    correlation: str

    @classmethod
    def of(cls, agent: str, grant: Grant) -> "Holder":
        """The agent that handles the event of `grant`."""
        return cls(agent, grant.event, grant.correlation)


@dataclass(frozen=True)
class Confirmation:
    """`addresses` are the digests of the addresses that the provider confirms for `entity`, tenant included."""

    entity: str
    addresses: Sequence[str]


@dataclass(frozen=True)
class Naming:
    """`addresses` are digests of the addresses that the provider has for `entity`; nothing proves whose they are."""

    entity: str
    addresses: Sequence[str]


@dataclass(frozen=True)
class Extension:
    """`entities` may be acted on by `operations` ("stripe:charge.retrieve"), because `entity` is linked to them."""

    entity: str
    entities: Sequence[str]
    operations: Sequence[str]


@dataclass(frozen=True)
class Followed:
    """What a link leads to: an extension of the grant, or None and `why` there is none."""

    extension: Extension | None
    why: str


def mint(voucher: Confirmation | Naming | Extension, holder: Holder, key: str, now: float) -> str:
    """Sign `voucher` for `holder`. Raises ConfigurationError if the key is too short."""
    payload = {**asdict(holder), "says": asdict(voucher), "expires": int(now) + LIFETIME}
    return tokens.sign(_kind_of(voucher), payload, key)


def confirmation(
    vouchers: Sequence[str], entity: str, holder: Holder, keys: Sequence[str], now: float
) -> Confirmation | None:
    """What a provider confirms for `entity`; None if no voucher is a valid confirmation for it and for `holder`."""
    for said in _held("confirmation", vouchers, holder, keys, now):
        if said["entity"] == entity:
            return Confirmation(**said)
    return None


def naming(vouchers: Sequence[str], entity: str, holder: Holder, keys: Sequence[str], now: float) -> Naming | None:
    """The addresses that a provider has for `entity`; None if no voucher is a valid naming of them for `holder`."""
    for said in _held("naming", vouchers, holder, keys, now):
        if said["entity"] == entity:
            return Naming(**said)
    return None


def extension(vouchers: Sequence[str], holder: Holder, keys: Sequence[str], now: float) -> Extension | None:
    """The extension that `holder` has; None if no voucher is a valid one for it."""
    return next((Extension(**said) for said in _held("extension", vouchers, holder, keys, now)), None)


def _held(kind: Kind, vouchers: Sequence[str], holder: Holder, keys: Sequence[str], now: float) -> list[dict]:  # type: ignore[type-arg]  # a payload
    """What the vouchers of a kind say that are valid and for `holder`; any other counts as missing."""
    found = []
    for voucher in vouchers[:MOST]:
        try:
            payload = tokens.read(kind, voucher, keys, now)
        except Denied:
            continue
        if Holder(payload["agent"], payload["event"], payload["correlation"]) == holder:
            found.append(payload["says"])
    return found


def _kind_of(voucher: Confirmation | Naming | Extension) -> Kind:
    match voucher:
        case Confirmation():
            return "confirmation"
        case Naming():
            return "naming"
        case Extension():
            return "extension"
