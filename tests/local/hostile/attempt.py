"""An attempt of the hostile agent: its instruction, its expected result, and where it must be recorded."""

from dataclasses import dataclass
from typing import Any

# If AWS itself refuses a call, no code of Hookline runs. On AWS, CloudTrail records it: management events (IAM, STS,
# secrets, functions) always, data events (events, messages, rows, invocations) if a trail is configured to.
CLOUDTRAIL = "refused by AWS"
PROVIDER = "refused by the provider"
NOWHERE = "nowhere"
DENIED = "AccessDenied"

STRIPE_CONNECTOR, CONTEXT_CONNECTOR, SLACK_CONNECTOR = "connector.stripe", "connector.context", "connector.slack"
CHANNEL = "C0SANDBOX01"  # the local stack binds `alerts`, the hostile agent's destination, to it
FLOOD = 6  # more events than one tree may wake the second agent with


@dataclass(frozen=True)
class OnChain:
    """A record on an identity's chain: its kind, words of its decision or reason, and its resource and event."""

    identity: str
    kind: str
    words: str
    resource: str = ""
    event: str = ""

    def __str__(self) -> str:
        return f"{self.identity} {self.kind}: {self.words}"


@dataclass(frozen=True)
class DeadLetter:
    """A message in the dead-letter queue of the agent `name`, whose reason contains `words`."""

    name: str
    words: str

    def __str__(self) -> str:
        return f"dead letters of {self.name}: {self.words}"


@dataclass(frozen=True)
class Attempt:
    """An instruction, a part of its result, and where it must be recorded.

    `recorded` is text if Hookline records nothing: CLOUDTRAIL, PROVIDER or NOWHERE.
    """

    name: str
    instruction: dict[str, Any]
    result: str
    recorded: OnChain | DeadLetter | str


@dataclass(frozen=True)
class World:
    """The ids, grants and URLs that the attempts use: more than any agent knows."""

    charge: str
    customer: str
    other_charge: str
    other_customer: str
    other_event: str
    expired_grant: str
    other_grant: str
    webhooks: str
    stripe: str
    attacker_url: str
    queues: str
    mapping: str
