"""Grants: the proof that a verified delivery named these entities, and so that a connector may act on them.

A grant is `<payload>.<mac>`, both base64url without padding: the payload is JSON, the mac HMAC-SHA256 over the kind of
token and the payload's text. Verifiers mint, connectors check; agents carry them and hold no key. A person's approval
is a grant too, minted by the review service and good for one action. A proposal goes the other way: a connector signs
an action that a person is to decide.
"""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ConfigurationError, Denied

# A grant lives as long as its event may wait in an agent's queue (infra gives the queues this retention).
LIFETIME = 4 * 24 * 3600
SHORTEST_KEY = 32
# Who approved where nobody decided in time and approval was the default.
DEFAULT = "default"
VERSION = 1


@dataclass(frozen=True)
class Approval:
    """What a person approved `agent` to do, in `review`: the digest of one `action`, and of the `state` they judged.

    `approvers` are their AWS principals; ("default",) where nobody decided in time and approval was the default.
    """

    review: str
    agent: str
    action: str
    state: str
    approvers: Sequence[str]


@dataclass(frozen=True)
class Grant:
    """What a verified delivery permits: acting on `entities`, because of `event`, until `expires`.

    Times are unix seconds. With an `approval`, effects are limited to the action that was approved.
    """

    event: str
    correlation: str
    entities: frozenset[str]
    issued: int
    expires: int
    approval: Approval | None = None


@dataclass(frozen=True)
class Proposal:
    """What `agent` wants to do because of `event`, and the `state` that it would meet, as the connector read it.

    `approvers` is how many people must agree, `policies` are the ids of those that say so; `required` says that the
    agent's policy leaves the action to people, where otherwise the agent asks of its own accord.
    """

    agent: str
    event: str
    correlation: str
    action: Action
    expires: int
    state: Mapping[str, Any] = field(default_factory=dict)
    approvers: int = 1
    policies: Sequence[str] = ()
    required: bool = False

    @property
    def state_digest(self) -> str:
        """What an approval is bound to beside the action; "" where the operation declares no state."""
        return digest(self.state) if self.state else ""


def mint(grant: Grant, key: str) -> str:
    """Sign `grant` with `key`. Raises ConfigurationError where the key is too short to be one."""
    return _sign("grant", {**asdict(grant), "entities": sorted(grant.entities)}, key)


def check(token: str, keys: Sequence[str], now: float) -> Grant:
    """Read a grant that one of `keys` signed and that has not expired; anything else raises Denied.

    Several keys are taken so that the key can be changed while grants of the old one are in flight.
    """
    said = _read("grant", token, keys, now)
    approval = Approval(**said.pop("approval")) if said["approval"] else said.pop("approval")
    return Grant(**{**said, "entities": frozenset(said["entities"])}, approval=approval)


def unverified_correlation(token: str) -> str:
    """The correlation that a grant names, as it says itself: only `check` tells whether it was minted here.

    Raises Denied where it cannot be read.
    """
    try:
        payload = _payload(token.partition(".")[0])
        return str(payload["correlation"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Denied("the grant cannot be read") from None


def propose(proposal: Proposal, key: str) -> str:
    """Sign `proposal` with `key`."""
    return _sign("proposal", asdict(proposal), key)


def check_proposal(token: str, keys: Sequence[str], now: float) -> Proposal:
    """Read a proposal that one of `keys` signed and that has not expired; anything else raises Denied."""
    said = _read("proposal", token, keys, now)
    return Proposal(**{**said, "action": Action(**said["action"])})


def _sign(kind: str, payload: Mapping[str, Any], key: str) -> str:
    text = _encode(json.dumps({"v": VERSION, **payload}, separators=(",", ":")).encode())
    return f"{text}.{_mac(kind, text, key)}"


def _read(kind: str, token: str, keys: Sequence[str], now: float) -> dict[str, Any]:
    text, _, mac = token.partition(".") if isinstance(token, str) and token.isascii() else ("", "", "")
    # Compared as written, not decoded: a token has one spelling.
    if not any(hmac.compare_digest(mac, _mac(kind, text, key)) for key in keys):
        raise Denied(f"the {kind} was not minted here")
    payload = _payload(text)
    if payload.pop("v", None) != VERSION:
        raise Denied(f"the {kind} is of an unknown version")
    if now >= payload["expires"]:
        raise Denied(f"the {kind} has expired")
    return payload


def _payload(text: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return payload


def _mac(kind: str, text: str, key: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError("the grant key is missing or too short")
    # The kind is signed too: a proposal must never pass for a grant.
    return _encode(hmac.digest(key.encode(), f"{kind}.{text}".encode(), "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
