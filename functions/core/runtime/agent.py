"""An agent at work: woken with an event, held to its manifest, and its outcomes turned into events."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from functions.core.audit.records import Audit
from functions.core.authority import grants
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_APPROVED, is_decision
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ApprovalNeeded, BudgetExceeded, Denied, PermanentError, RetryableError
from functions.core.platform.log import place
from functions.core.platform.times import Clock, rfc3339
from functions.core.runtime.outcomes import APPROVAL_REQUIRED, ApprovalRequired, Done, Emit, Outcome
from functions.core.runtime.tools import Invoke, Tools
from functions.core.runtime.wakes import Wakes

Run = Callable[[Event, Any], Outcome | Sequence[Outcome]]


class Catalogue(Protocol):
    """What the runtime needs of the taxonomy: to check an event's data and name its schema."""

    def check(self, detail_type: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def schema(self, detail_type: str) -> str: ...


class Agent:
    """Wakes `run` with an event, and turns its outcomes into events on the bus."""

    def __init__(
        self,
        manifest: AgentManifest,
        run: Run,
        catalogue: Catalogue,
        bus: Bus,
        invoke: Invoke,
        wakes: Wakes,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._manifest = manifest
        self._run = run
        self._catalogue = catalogue
        self._bus = bus
        self._invoke = invoke
        self._wakes = wakes
        self._audit = audit
        self._clock = clock

    def wake(self, event: Event) -> list[str]:
        """Handle `event` once and return the detail-types that were published.

        Raises PermanentError where it is not for this agent or can never succeed, RetryableError where it may. A budget
        that is used up is told to a person besides.
        """
        what = {"event": event.id, "correlation": event.correlationid, "resource": event.subject}
        self._audit.record("received", action=event.type, **what)
        try:
            self._refuse_strangers(event)
            self._refuse_loops(event)
            tools = Tools(self._manifest, event, self._clock() + self._manifest.budget.seconds, self._invoke)
            outcomes = self._think(event, tools)
            return self._publish(event, tools, outcomes, what)
        except BudgetExceeded as error:
            self._audit.record("failed", decision="BudgetExceeded", reason=str(error), **what)
            self._publish(event, None, [_what_now(error)], what)
            raise
        except (PermanentError, RetryableError) as error:
            self._audit.record("failed", decision=type(error).__name__, reason=str(error), **what)
            raise
        except Exception as error:
            # A mistake in the agent. Its message may quote what came from outside, so only its place is told.
            self._audit.record("failed", decision=type(error).__name__, reason=place(error), **what)
            raise
        finally:
            self._audit.flush()

    def _refuse_strangers(self, event: Event) -> None:
        if is_decision(event):
            if event.data.get("agent") != self._manifest.name:
                raise Denied(f"the review was not asked for by {self._manifest.name}")
        elif not self._manifest.subscribes_to(event.source, event.type, event.raw_type):
            raise Denied(f"{self._manifest.name} does not hear {event.type} from {event.source}")
        self._catalogue.check(event.type, event.data)

    def _refuse_loops(self, event: Event) -> None:
        budget = self._manifest.budget
        # An agent could call every round of a loop a tree of its own. With a grant that is good it cannot: the grant
        # is of one tree. With any other, nothing can be done at all.
        if grants.unverified_correlation(event.grant) != event.correlationid:
            raise Denied("the event is not of the tree that its grant is for")
        if event.hops > budget.hops and not is_decision(event):  # a person's decision is no hop
            raise BudgetExceeded(f"{event.hops} hops from the first event, {budget.hops} are allowed")
        self._wakes.count(event.correlationid, event.id, budget.wakes_per_tree, self._clock())

    def _think(self, event: Event, tools: Tools) -> Sequence[Outcome]:
        """What the agent answers. What a person approved is done first, by itself; the agent may hear of it too."""
        try:
            if event.type == REVIEW_APPROVED and is_decision(event) and event.data["action"]:
                tools.perform(Action(**event.data["action"]))
            if is_decision(event) and not self._manifest.subscribes_to(event.source, event.type, None):
                return [Done("the review was decided")]
            answer = self._run(event, tools)
        except ApprovalNeeded as needed:
            return [_may_it(needed)]
        return _outcomes(answer)

    def _publish(
        self, event: Event, tools: Tools | None, outcomes: Sequence[Outcome], what: Mapping[str, Any]
    ) -> list[str]:
        children = self._children(event, tools, outcomes)
        for outcome in outcomes:
            # What a model wrote may quote what came from outside: only that it can be proven stands on the trail.
            why = {"reason": outcome.why} if self._manifest.model is None else {"digests": {"why": digest(outcome.why)}}
            self._audit.record("decided", action=_name(outcome), decision=type(outcome).__name__, **why, **what)
        self._audit.flush()  # what it decided is on record before the world hears of it
        self._bus.publish(children)
        for child in children:
            self._audit.record("published", action=child.type, **what)
        return [child.type for child in children]

    def _children(self, event: Event, tools: Tools | None, outcomes: Sequence[Outcome]) -> list[Event]:
        said = [saying for outcome in outcomes if (saying := self._saying(outcome, tools))]
        numbers: Counter[str] = Counter()
        children = []
        for type, data in said:
            numbers[type] += 1
            children.append(self._child(event, type, numbers[type], data))
        return children

    def _saying(self, outcome: Outcome, tools: Tools | None) -> tuple[str, Mapping[str, Any]] | None:
        """The detail-type and data of what an outcome publishes, None where it publishes nothing."""
        match outcome:
            case Done():
                return None
            case Emit(type=type):
                if type not in self._manifest.publishes:
                    raise Denied(f"agent {self._manifest.name} does not declare that it says {type}")
                return type, outcome.data
            case ApprovalRequired():
                needed = self._propose(outcome, tools)
                request = {
                    "agent": self._manifest.name,
                    "action": asdict(needed.action) if needed and needed.action else None,
                    "question": outcome.question,
                    "evidence": dict(outcome.evidence),
                    "why": outcome.why,
                    "expires": int(self._clock()) + outcome.expires_in,
                    "otherwise": outcome.otherwise,
                    "proposal": needed.proposal if needed else "",
                }
                return APPROVAL_REQUIRED, request

    def _propose(self, outcome: ApprovalRequired, tools: Tools | None) -> ApprovalNeeded | None:
        """The connector's proposal of the action; one that the agent does not declare is not put to a person."""
        if outcome.action is None or tools is None:
            return None
        if self._manifest.use_of(outcome.action.connector, outcome.action.operation) is None:
            action = f"{outcome.action.connector} {outcome.action.operation}"
            raise Denied(f"agent {self._manifest.name} does not declare {action}")
        if outcome.proposal:
            return ApprovalNeeded("", outcome.proposal, outcome.action)
        return tools.propose(outcome.action)

    def _child(self, event: Event, detail_type: str, number: int, data: Mapping[str, Any]) -> Event:
        return event.child(
            source=self._manifest.identity,
            type=detail_type,
            number=number,
            time=rfc3339(self._clock()),
            data=self._catalogue.check(detail_type, data),
            schema=self._catalogue.schema(detail_type),
        )


def _outcomes(answer: Any) -> Sequence[Outcome]:
    """What `run` answered, as a list. Raises PermanentError where it is none: another try would answer the same."""
    kinds = (Done, Emit, ApprovalRequired)
    outcomes = [answer] if isinstance(answer, kinds) else answer
    if not isinstance(outcomes, list | tuple) or not all(isinstance(outcome, kinds) for outcome in outcomes):
        raise PermanentError(
            f"run answered {type(answer).__name__}: it must be Done, Emit or ApprovalRequired, or a list of them"
        )
    return outcomes


def _may_it(needed: ApprovalNeeded) -> ApprovalRequired:
    """The question that an agent's call of an operation becomes, which its policy leaves to a person."""
    operation = f"{needed.action.connector} {needed.action.operation}".replace(".", " ") if needed.action else "that"
    return ApprovalRequired(
        action=needed.action,
        question=f"May it do {operation}?",
        evidence={},
        why=str(needed),
        proposal=needed.proposal,
    )


def _what_now(error: BudgetExceeded) -> ApprovalRequired:
    """What a person is told when a budget is used up; the event itself waits among the dead letters."""
    return ApprovalRequired(
        action=None,
        question="The budget is used up, and the event waits among the dead letters. Give it another try?",
        evidence={},
        why=str(error),
    )


def _name(outcome: Outcome) -> str:
    match outcome:
        case Emit(type=type):
            return type
        case ApprovalRequired(action=action) if action:
            return f"{action.connector}:{action.operation}"
    return ""
