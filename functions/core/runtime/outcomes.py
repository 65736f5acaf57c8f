"""Outcomes: what an agent's `run` returns. A new kind is a new subclass of Outcome; the runtime names no kind."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from functions.core.events.event import Event
from functions.core.events.reviews import APPROVAL_REPORTED, APPROVAL_REQUIRED, REVIEW_SETTLED, SOURCE
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.action import Action
from functions.core.platform.errors import ApprovalNeeded, Denied
from functions.core.runtime.waited import Pending, Waited

LONGEST_REASON = 300  # characters of a report


@dataclass(frozen=True)
class Context:
    """What an outcome can use to make its event: the agent's manifest, the event that woke it, the time in unix
    seconds, and `propose`.

    `propose` returns what a person decides on: a connector's signed proposal, and the action. `waited` is the wait that
    the event ends, None if it ends none. `check` raises PermanentError for data that does not fit its detail type.
    """

    manifest: AgentManifest
    event: Event
    now: float
    propose: Callable[[Action], ApprovalNeeded]
    waited: Waited | None = None
    check: Callable[[str, Mapping[str, Any]], object] | None = None


@dataclass(frozen=True)
class Publication:
    """The detail type and the data of an event to publish.

    `parent` is the event that it follows from and whose grant it carries, None for the one that woke the agent.
    """

    type: str
    data: Mapping[str, Any]
    parent: Event | None = None


class Outcome(ABC):
    """One outcome of handling an event. Its class name is the `decision` on record, `why` the `reason`."""

    why: str

    @property
    @abstractmethod
    def subject(self) -> str:
        """The `action` on record: a detail type, "connector:operation", or "" for none."""

    @abstractmethod
    def publication(self, context: Context) -> Publication | None:
        """The event to publish, None for none. Raises Denied if the manifest does not declare it."""

    def wait(self, context: Context) -> Pending | None:
        """What to wait for, None for nothing. Raises Denied or PermanentError if the agent cannot wait for it."""
        return None


@dataclass(frozen=True)
class Done(Outcome):
    """Nothing to publish; `why` goes on the audit trail."""

    why: str

    @property
    def subject(self) -> str:
        return ""

    def publication(self, context: Context) -> Publication | None:
        return None


@dataclass(frozen=True)
class Emit(Outcome):
    """Publish a domain event of `type` as this agent; the manifest must declare it in `publishes`."""

    type: str
    data: Mapping[str, Any]
    why: str = ""

    @property
    def subject(self) -> str:
        return self.type

    def publication(self, context: Context) -> Publication | None:
        if self.type not in context.manifest.publishes:
            raise Denied(f"agent {context.manifest.name} does not declare that it publishes {self.type}")
        return Publication(self.type, self.data)


@dataclass(frozen=True)
class ApprovalRequired(Outcome):
    """A person decides: `action` waits for their approval, and `otherwise` is the default after `expires_in` seconds.

    Without an `action`, the person does themselves what needs doing. `question` is the text that people read,
    `evidence` the facts that the agent found. `proposal` is the one of an ApprovalNeeded; without it, the connector is
    asked for one.
    """

    action: Action | None
    question: str
    evidence: Mapping[str, Any]
    expires_in: int = 24 * 3600
    otherwise: Literal["deny", "approve"] = "deny"
    why: str = field(default="")
    proposal: str = ""

    @property
    def subject(self) -> str:
        return f"{self.action.connector}:{self.action.operation}" if self.action else ""

    def publication(self, context: Context) -> Publication | None:
        proposed = self._proposed(self.action, context) if self.action else None
        request = {
            "agent": context.manifest.name,
            "action": asdict(proposed.action) if proposed and proposed.action else None,
            "question": self.question,
            "evidence": dict(self.evidence),
            "why": self.why,
            "expires": int(context.now) + self.expires_in,
            "otherwise": self.otherwise,
            "proposal": proposed.proposal if proposed else "",
            "reports": proposed is not None and reports(context.manifest),
        }
        return Publication(APPROVAL_REQUIRED, request)

    def _proposed(self, action: Action, context: Context) -> ApprovalNeeded:
        """A connector's proposal of `action`, and the action in which a destination stands by its entity.

        Raises Denied if the agent does not declare it: nobody may approve it.
        """
        if context.manifest.use_of(action.connector, action.operation) is None:
            raise Denied(f"agent {context.manifest.name} does not declare {action.connector} {action.operation}")
        return ApprovalNeeded("", self.proposal, action) if self.proposal else context.propose(action)


def reports(manifest: AgentManifest) -> bool:
    """Whether the agent says what became of its approved actions: if it subscribes to what the review service makes."""
    return manifest.subscribes_to(SOURCE, REVIEW_SETTLED, None)


@dataclass(frozen=True)
class ApprovalReported(Outcome):
    """Tells the review service what became of the action that the event approved. The runtime makes it."""

    became: Literal["done", "failed", "unknown", "asked_again"]
    why: str = ""

    @property
    def subject(self) -> str:
        return APPROVAL_REPORTED

    def publication(self, context: Context) -> Publication | None:
        data = {"agent": context.manifest.name, "review": context.event.data["review"], "outcome": self.became}
        return Publication(APPROVAL_REPORTED, {**data, "reason": self.why[:LONGEST_REASON]})
