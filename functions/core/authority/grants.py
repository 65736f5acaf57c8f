"""Grants: the proof that a verified delivery named these entities, and so that a connector may act on them.

Verifiers mint grants, connectors check them, agents carry them and hold no key. A person's approval is a grant too,
minted by the review service and valid for one action.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from functions.core.authority import tokens
from functions.core.platform.errors import Denied

# A grant lives as long as its event may wait in an agent's queue (infra gives the queues this retention).
LIFETIME = 4 * 24 * 3600
# The approver of a review that nobody decided in time and whose default is approval.
DEFAULT = "default"


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


def check(token: str, keys: Sequence[str], now: float) -> Grant:
    """Read a grant that one of `keys` signed and that has not expired. Raises Denied for anything else."""
    payload = tokens.read("grant", token, keys, now)
    approval = payload.pop("approval")
    entities = frozenset(payload.pop("entities"))
    return Grant(**payload, entities=entities, approval=Approval(**approval) if approval else None)


def unverified_correlation(token: str) -> str:
    """The correlation id that a grant names, before anything proves that it was minted here; only `check` does.

    Raises Denied if it cannot be read.
    """
    try:
        return str(tokens.unverified("grant", token)["correlation"])
    except KeyError:
        raise Denied("the grant cannot be read") from None
