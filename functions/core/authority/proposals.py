"""Proposals: an action that a connector signs for people to decide on, and the state that it would meet."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from functions.core.authority import tokens
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest


@dataclass(frozen=True)
class Proposal:
    """What `agent` wants to do because of `event`, and the `state` that it would meet, as the connector read it.

    `approvers` is how many people must approve, `policies` are the ids of the policies that require it. `required`: the
    agent's policy leaves the action to people; otherwise the agent asks of its own accord. `entity` is what the action
    acts on, `linked` the entity whose link leads to it, "" for none. `amounts` are the amounts in "action" and in
    "state" as people write them, by their dotted path.
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
    entity: str = ""
    amounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    linked: str = ""

    @property
    def state_digest(self) -> str:
        """What an approval is bound to in addition to the action; "" if the operation declares no state."""
        return digest(self.state) if self.state else ""


def propose(proposal: Proposal, key: str) -> str:
    """Sign `proposal` with `key`. Raises ConfigurationError if the key is too short."""
    return tokens.sign("proposal", asdict(proposal), key)


def check_proposal(token: str, keys: Sequence[str], now: float) -> Proposal:
    """Read a proposal that one of `keys` signed and that has not expired. Raises Denied for anything else."""
    payload = tokens.read("proposal", token, keys, now)
    return Proposal(**{**payload, "action": Action(**payload["action"])})
