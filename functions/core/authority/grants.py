"""Grants: the proof that a verified delivery named these entities, and so that a connector may act on them.

Verifiers mint grants, connectors check them, agents carry them and hold no key. A person's approval is a grant too,
minted by the review service and valid for one action.

An agent that waited carries two grants, joined in one text: that of the event that it waited for, and that of the event
for which it waited. What either forbids is forbidden. Anyone can join grants, because a joined one permits no more than
its first alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from typing import Any

from functions.core.authority import tokens
from functions.core.platform.errors import Denied

# A grant lives as long as its event may wait in an agent's queue (infra gives the queues this retention).
LIFETIME = 4 * 24 * 3600
# The approver of a review that nobody decided in time and whose default is approval.
DEFAULT = "default"
JOINT = "+"  # between grants; no token has it
MOST_JOINED = 8


@dataclass(frozen=True)
class Approval:
    """What a person approved `agent` to do, in `review`: the digests of one `action` and of the `state` it would meet.

    `approvers` are AWS principals, or ("default",) if nobody decided in time and the default is approval.
    """

    review: str
    agent: str
    action: str
    state: str
    approvers: Sequence[str]


@dataclass(frozen=True)
class Grant:
    """What a verified delivery permits: acting on `entities`, because of `event`, until `expires`.

    Times are unix seconds. With an `approval`, effects are limited to the approved action.
    """

    event: str
    correlation: str
    entities: frozenset[str]
    issued: int
    expires: int
    approval: Approval | None = None


def mint(grant: Grant, key: str) -> str:
    """Sign `grant` with `key`. Raises ConfigurationError if the key is too short."""
    return tokens.sign("grant", {**asdict(grant), "entities": sorted(grant.entities)}, key)


def joined(*tokens: str) -> str:
    """Grants as one that permits what all of them permit, under the event and the tree of the first.

    Raises Denied if they are more than MOST_JOINED: a check must stay cheap.
    """
    parts = dict.fromkeys(part for token in tokens for part in token.split(JOINT))
    if len(parts) > MOST_JOINED:
        raise Denied(f"the agent has waited too often in a row: its grants would be {len(parts)} in one")
    return JOINT.join(parts)


def check(token: str, keys: Sequence[str], now: float) -> Grant:
    """Read a grant that one of `keys` signed and that has not expired. Raises Denied for anything else.

    Of joined grants, each must be one.
    """
    parts = token.split(JOINT) if isinstance(token, str) else [token]
    if len(parts) > MOST_JOINED:
        raise Denied(f"more than {MOST_JOINED} grants are joined")
    return reduce(_both, [_grant(tokens.read("grant", part, keys, now)) for part in parts])


def unverified(token: str) -> Grant:
    """What a grant says, before anything proves that it was minted here; only `check` does.

    Raises Denied if it cannot be read.
    """
    try:
        return reduce(_both, [_grant(tokens.unverified("grant", part)) for part in token.split(JOINT)])
    except (KeyError, TypeError, AttributeError):
        raise Denied("the grant cannot be read") from None


def unverified_correlation(token: str) -> str:
    """The correlation id that a grant names, before anything proves that it was minted here; only `check` does.

    Raises Denied if it cannot be read.
    """
    try:
        return str(tokens.unverified("grant", token)["correlation"])
    except KeyError:
        raise Denied("the grant cannot be read") from None


def _grant(payload: Mapping[str, Any]) -> Grant:
    said = dict(payload)
    approval, entities = said.pop("approval"), frozenset(said.pop("entities"))
    return Grant(**said, entities=entities, approval=Approval(**approval) if approval else None)


def _both(one: Grant, other: Grant) -> Grant:
    return replace(
        one,
        entities=one.entities & other.entities,
        issued=min(one.issued, other.issued),
        expires=min(one.expires, other.expires),
        approval=_both_approvals(one.approval, other.approval),
    )


def _both_approvals(one: Approval | None, other: Approval | None) -> Approval | None:
    """What limits effects to one action limits them still. But people must have approved under both grants."""
    if one == other:
        return one
    if one and other and (one.agent, one.action, one.state) != (other.agent, other.action, other.state):
        raise Denied("the joined grants are approvals of different actions")
    found = one or other
    return replace(found, approvers=()) if found else None
