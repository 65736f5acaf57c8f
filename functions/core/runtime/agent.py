"""The runtime of an agent: wakes it with an event, enforces its manifest, and publishes its outcomes as events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from functions.core.audit.records import Audit, about
from functions.core.authority import grants
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_APPROVED, is_decision
from functions.core.events.tasks import ADDRESSED
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.timeouts import timeout
from functions.core.models.fallback import PersonDecides
from functions.core.models.kept import Decisions
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ApprovalNeeded, BudgetExceeded, Denied, PermanentError, RetryableError
from functions.core.platform.log import place
from functions.core.platform.times import Clock, rfc3339
from functions.core.runtime.outcomes import ApprovalRequired, Context, Done, Outcome, Publication
from functions.core.runtime.recording import Ended, Recorder
from functions.core.runtime.tools import Invoke, Tools
from functions.core.runtime.wakes import Wakes

Run = Callable[[Event, Any], Outcome | Sequence[Outcome]]


class Catalogue(Protocol):
    """The catalogue of domain events: validates an event's data, and names its schema."""

    def check(self, detail_type: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def schema(self, detail_type: str) -> str: ...


class Agent:
    """Wakes `run` with an event, and publishes its outcomes as events on the bus."""

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
        kept: Decisions | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._manifest = manifest
        self._run = run
        self._catalogue = catalogue
        self._bus = bus
        self._invoke = invoke
        self._wakes = wakes
        self._audit = audit
        self._clock = clock
        self._kept = kept
        self._recorder = recorder

    def wake(self, event: Event) -> list[str]:
        """Handle `event` once and return the detail types of the published events.

        Raises PermanentError if the event is not for this agent or no retry can succeed, and RetryableError if one may.
        If a budget is exceeded, a person is asked whether to retry.
        """
        started = self._clock()
        deadline = started + self._manifest.budget.seconds
        tools = Tools(self._manifest, event, deadline, self._invoke, self._clock, self._kept)
        ended, outcomes = Ended(), list[Outcome]()
        try:
            published = self._woken(event, tools, outcomes)
            ended = Ended(outcomes, published)
            return published
        except Exception as error:
            ended = Ended(outcomes, raised=error)
            raise
        finally:
            if self._recorder:
                ends = started + timeout(self._manifest.budget.seconds)
                self._recorder.keep(event, started, ends, ended, tools.model.decisions)

    def _woken(self, event: Event, tools: Tools, outcomes: list[Outcome]) -> list[str]:
        """Handle `event`, as `wake` does; what the agent decided is added to `outcomes`."""
        self._record("received", event, action=event.type)
        try:
            self._refuse_foreign(event)
            self._refuse_loops(event)
            outcomes += self._outcomes(event, tools)
            return self._publish(event, tools, outcomes)
        except BudgetExceeded as error:
            self._failed(event, error, str(error))
            if not is_decision(event):  # else each answer would be followed by another question
                self._publish(event, tools, [_retry_question(error)])
            raise
        except (PermanentError, RetryableError) as error:
            self._failed(event, error, str(error))
            raise
        except Exception as error:
            # An error in the agent's code. Its message may quote text from outside, so only its place is on record.
            self._failed(event, error, place(error))
            raise
        finally:
            self._audit.flush()

    def _refuse_foreign(self, event: Event) -> None:
        if is_decision(event):
            if event.data.get("agent") != self._manifest.name:
                raise Denied(f"the review was not requested by {self._manifest.name}")
        elif not self._manifest.subscribes_to(event.source, event.type, event.raw_type):
            raise Denied(f"{self._manifest.name} does not subscribe to {event.type} from {event.source}")
        elif event.type in ADDRESSED and event.data.get("agent") != self._manifest.name:
            raise Denied(f"{event.type} is for another agent than {self._manifest.name}")
        self._catalogue.check(event.type, event.data)

    def _refuse_loops(self, event: Event) -> None:
        budget = self._manifest.budget
        self._refuse_other_tree(event)
        if is_decision(event):  # an agent always receives the decision on its review
            return
        if event.hops > budget.hops:
            raise BudgetExceeded(f"{event.hops} hops from the first event, {budget.hops} are allowed")
        self._wakes.count(event.correlationid, event.source, event.id, budget.wakes_per_tree, self._clock())

    def _refuse_other_tree(self, event: Event) -> None:
        # An agent could name a new tree in every round of a loop. A valid grant is for one tree only, and an event
        # without a valid grant can have no effect.
        if grants.unverified_correlation(event.grant) != event.correlationid:
            raise Denied("the event is not of the tree that its grant is for")

    def _outcomes(self, event: Event, tools: Tools) -> Sequence[Outcome]:
        """The outcomes of the event. An approved action is performed first, before the agent's own code runs."""
        try:
            if event.type == REVIEW_APPROVED and is_decision(event) and event.data["action"]:
                tools.perform(Action(**event.data["action"]))
            if is_decision(event) and not self._manifest.subscribes_to(event.source, event.type, None):
                return [Done("the review was decided")]
            return _checked(self._run(event, tools))
        except ApprovalNeeded as needed:
            return [_approval_question(needed)]
        except PersonDecides as needed:
            why = str(needed)
            return [ApprovalRequired(action=None, question=needed.question, evidence=needed.evidence, why=why)]

    def _publish(self, event: Event, tools: Tools, outcomes: Sequence[Outcome]) -> list[str]:
        context = Context(self._manifest, event, self._clock(), tools.propose)
        publications = [made for outcome in outcomes if (made := outcome.publication(context))]
        children = [
            self._child(event, made, _number(position, publications)) for position, made in enumerate(publications)
        ]
        for outcome in outcomes:
            why = self._why(outcome, tools.model.on_record())
            self._record("decided", event, action=outcome.subject, decision=type(outcome).__name__, **why)
        self._audit.flush()  # a decision is on record before its events are published
        self._bus.publish(children)
        for child in children:
            self._record("published", child, action=child.type)
        return [child.type for child in children]

    def _child(self, event: Event, publication: Publication, number: int) -> Event:
        return event.child(
            source=self._manifest.identity,
            type=publication.type,
            number=number,
            time=rfc3339(self._clock()),
            data=self._catalogue.check(publication.type, publication.data),
            schema=self._catalogue.schema(publication.type),
        )

    def _why(self, outcome: Outcome, model: Mapping[str, Any]) -> dict[str, Any]:
        """The reason on record; of a model's text, which may quote text from outside, only the digest.

        `model` says who decided: the model, a rule or a person.
        """
        if self._manifest.model is None:
            return {**model, "reason": "; ".join(filter(None, [model.get("reason"), outcome.why]))}
        return {**model, "digests": {"why": digest(outcome.why), **model.get("digests", {})}}

    def _failed(self, event: Event, error: Exception, reason: str) -> None:
        self._record("failed", event, decision=type(error).__name__, reason=reason)

    def _record(self, kind: str, event: Event, **fields: Any) -> None:
        self._audit.record(kind, **about(event), **fields)


def _checked(answer: Any) -> Sequence[Outcome]:
    """The return value of `run`, as a list. Raises PermanentError for any other type: a retry would return the same."""
    outcomes = [answer] if isinstance(answer, Outcome) else answer
    if not isinstance(outcomes, list | tuple) or not all(isinstance(outcome, Outcome) for outcome in outcomes):
        raise PermanentError(
            f"run returned {type(answer).__name__}: it must return an Outcome (Done, Emit, ApprovalRequired) "
            "or a list of them"
        )
    return outcomes


def _number(position: int, publications: Sequence[Publication]) -> int:
    """The number of a publication among those of its type, from 1."""
    return 1 + sum(earlier.type == publications[position].type for earlier in publications[:position])


def _approval_question(needed: ApprovalNeeded) -> ApprovalRequired:
    """The question for a person when the policy requires an approval of an operation that the agent called."""
    operation = f"{needed.action.connector} {needed.action.operation}".replace(".", " ") if needed.action else "that"
    return ApprovalRequired(
        action=needed.action,
        question=f"May it do {operation}?",
        evidence={},
        why=str(needed),
        proposal=needed.proposal,
    )


def _retry_question(error: BudgetExceeded) -> ApprovalRequired:
    """The question for a person when a budget is exceeded and the event goes to the dead-letter queue."""
    return ApprovalRequired(
        action=None,
        question="A budget is exceeded, and the event is in the dead-letter queue. Retry it?",
        evidence={},
        why=str(error),
    )
