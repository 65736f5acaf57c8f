"""What came of waking an agent, as frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.core.events.event import Event
from functions.core.platform.action import Action
from functions.core.runtime.outcomes import Outcome


@dataclass(frozen=True)
class Effect:
    """An effect that a connector attempted: "stripe.review.approve" on an entity, with the agent's arguments.

    `times` is how often it happened at the provider: 0 if the provider refused or never got it, and never more than 1
    unless a promise is broken. `destination` is the name of the destination that allowed the entity, "" for the grant.
    """

    operation: str
    entity: str
    arguments: Mapping[str, Any]
    times: int
    destination: str = ""


@dataclass(frozen=True)
class Denial:
    """A refusal: of a connector, or of the runtime. `kind` is Denied or BudgetExceeded, `reason` as on the audit trail.

    `action` is "stripe:refund.create", "" if the runtime refused the event or its outcome.
    """

    kind: str
    reason: str
    action: str = ""
    entity: str = ""


@dataclass(frozen=True)
class Asked:
    """A review that was opened because the agent, or its policy, asks a person."""

    review: str
    question: str
    action: Action | None
    evidence: Mapping[str, Any]
    why: str
    otherwise: str


@dataclass(frozen=True)
class Result:
    """What came of an event.

    - `status`: "handled"; "dead-lettered", with the `reason`; "waiting": it is tried again after the kit's hour; or
      "idle": nothing came to the agent.
    - `event`: what came to the agent, None if nothing did.
    - `outcomes`: what the last run returned; empty if it raised, and for an agent with a handler.py of its own.
    - `raised`: what the last run raised, with its traceback; None if it returned.
    - `published`: the agent's events. `asked`: the reviews that were opened.
    - `effects`, `reads`: what its connectors did. `denials`: what was refused, each once.
    - `budget_used`: the used share of its budget, from 0 to 1, as the connectors last reported it.
    - `tries`: how often the agent received the event.
    - `records`: the audit records of all identities, in the order of their times.
    - `calls`: the label of each call of a process, by number: where a crash can be.
    """

    status: Literal["handled", "dead-lettered", "waiting", "idle"]
    reason: str = ""
    event: Event | None = None
    outcomes: Sequence[Outcome] = ()
    raised: Exception | None = None
    published: Sequence[Event] = ()
    effects: Sequence[Effect] = ()
    reads: Sequence[str] = ()
    denials: Sequence[Denial] = ()
    asked: Sequence[Asked] = ()
    budget_used: float = 0.0
    tries: int = 0
    records: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    calls: Sequence[str] = field(default=(), repr=False)

    @property
    def types(self) -> list[str]:
        """The detail types of the published events."""
        return [event.type for event in self.published]

    def steps(self, kind: str = "") -> list[str]:
        """The audit records as "identity kind action", of one kind or of all."""
        found = [one for one in self.records if kind in ("", one["kind"])]
        return [" ".join(filter(None, (one["identity"], one["kind"], one["action"]))) for one in found]
