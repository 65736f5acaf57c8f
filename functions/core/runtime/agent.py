"""The runtime of an agent: wakes it with an event, enforces its manifest, and publishes its outcomes as events."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from functions.core.audit.records import Audit, about
from functions.core.authority import grants
from functions.core.events.bus import Bus
from functions.core.events.event import Event, child_id
from functions.core.events.reviews import REVIEW_APPROVED, is_decision
from functions.core.events.tasks import ADDRESSED
from functions.core.events.waits import WAIT_EXPIRED
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.timeouts import timeout
from functions.core.models.fallback import PersonDecides
from functions.core.models.kept import Decisions
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    Denied,
    PerhapsDone,
    PermanentError,
    RetryableError,
)
from functions.core.platform.log import place
from functions.core.platform.times import Clock, rfc3339
from functions.core.runtime.outcomes import (
    ApprovalReported,
    ApprovalRequired,
    Context,
    Done,
    Outcome,
    Publication,
    reports,
)
from functions.core.runtime.recording import Ended, Recorder
from functions.core.runtime.tools import Invoke, Tools
from functions.core.runtime.waited import Pending, Wait
from functions.core.runtime.waiting import Waiting, ended_by_time
from functions.core.runtime.waits import read
from functions.core.runtime.wakes import Wakes

Run = Callable[[Event, Any], Outcome | Sequence[Outcome]]


class Catalogue(Protocol):
    """The catalogue of domain events: validates an event's data, and names its schema."""

    def check(self, detail_type: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def schema(self, detail_type: str) -> str: ...


@dataclass(frozen=True)
class Woken:
    """The outcomes of one run, and the event and the tools that it was given."""

    event: Event
    tools: Tools
    outcomes: Sequence[Outcome]


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
        waiting: Waiting | None = None,
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
        self._waiting = waiting
        self._recorder = recorder

    def wake(self, event: Event) -> list[str]:
        """Handle `event` once and return the detail types of the published events.

        Raises PermanentError if the event is not for this agent or no retry can succeed, and RetryableError if one may.
        If a budget is exceeded, a person is asked whether to retry.
        """
        started = self._clock()
        deadline = started + self._manifest.budget.seconds
        tools = self._tools(event, deadline)
        runs: list[Woken] = []
        ended: Ended | None = None
        try:
            published = self._handled(event, tools, deadline, runs)
            ended = None if published is None else Ended(_outcomes(runs), published)
            return published or []
        except Exception as error:
            ended = Ended(_outcomes(runs), raised=error)
            raise
        finally:
            if self._recorder and ended:
                ends = started + timeout(self._manifest.budget.seconds)
                given = [tools, *(woken.tools for woken in runs if woken.tools is not tools)]
                decisions = [one for each in given for one in each.model.decisions]
                self._recorder.keep(event, started, ends, ended, decisions)

    def _handled(self, event: Event, tools: Tools, deadline: float, runs: list[Woken]) -> list[str] | None:
        """Handle `event`, as `wake` does; its runs are added to `runs`. None if nothing waits for it."""
        try:
            if self._waiting and self._waiting.passes(event, self._timer):
                return None
            self._record("received", event, action=event.type)
            self._refuse_foreign(event)
            self._refuse_loops(event)
            waits = self._waiting.claimed(event) if self._waiting else []
            runs.extend(self._woken(event, tools, waits, deadline))
            published = self._publish(*runs)
            if self._waiting:
                self._waiting.forget(waits)
            return published
        except BudgetExceeded as error:
            self._failed(event, error, str(error))
            if not is_decision(event):  # else each answer would be followed by another question
                self._publish(Woken(event, tools, [_retry_question(error)]))
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
        elif event.type == WAIT_EXPIRED:
            if (event.source, event.data.get("agent")) != (self._manifest.identity, self._manifest.name):
                raise Denied(f"{event.type} from {event.source} is not of a wait of {self._manifest.name}")
        elif not self._wakes_by(event) and not self._manifest.waits_for(event.source, event.type):
            raise Denied(f"{self._manifest.name} does not subscribe to {event.type} from {event.source}")
        elif event.type in ADDRESSED and event.data.get("agent") != self._manifest.name:
            raise Denied(f"{event.type} is for another agent than {self._manifest.name}")
        self._catalogue.check(event.type, event.data)

    def _refuse_loops(self, event: Event) -> None:
        budget = self._manifest.budget
        self._refuse_other_tree(event)
        if is_decision(event) or event.type == WAIT_EXPIRED:  # an agent always receives what it asked for itself
            return
        if event.hops > budget.hops:
            raise BudgetExceeded(f"{event.hops} hops from the first event, {budget.hops} are allowed")
        self._wakes.count(event.correlationid, event.source, event.id, budget.wakes_per_tree, self._clock())

    def _refuse_other_tree(self, event: Event) -> None:
        # An agent could name a new tree in every round of a loop. A valid grant is for one tree only, and an event
        # without a valid grant can have no effect.
        if grants.unverified_correlation(event.grant) != event.correlationid:
            raise Denied("the event is not of the tree that its grant is for")

    def _wakes_by(self, event: Event) -> bool:
        """Whether the event wakes the agent although it waits for nothing."""
        return is_decision(event) or self._manifest.subscribes_to(event.source, event.type, event.raw_type)

    def _tools(self, event: Event, deadline: float, wait: Wait | None = None) -> Tools:
        waited = wait.waited if wait else None
        return Tools(self._manifest, event, deadline, self._invoke, self._clock, self._kept, waited)

    def _woken(self, event: Event, tools: Tools, waits: Sequence[Wait], deadline: float) -> Iterator[Woken]:
        """A run for each wait that the event ends, the oldest first, and then the one that it is subscribed to for."""
        for wait in waits:
            if event.type == WAIT_EXPIRED:
                ended = ended_by_time(event, wait, self._clock())
                yield Woken(ended, self._tools(ended, deadline, wait), [read(wait.otherwise)])
            else:  # what either grant forbids is forbidden, here and in all that follows
                joint = replace(event, grant=grants.joined(event.grant, wait.waited.event.grant))
                given = self._tools(joint, deadline, wait)
                yield Woken(joint, given, self._outcomes(joint, given))
        by_a_wait = event.type == WAIT_EXPIRED or self._manifest.waits_for(event.source, event.type)
        if self._wakes_by(event) or not by_a_wait:
            yield Woken(event, tools, self._outcomes(event, tools))
        elif not waits:
            yield Woken(event, tools, [Done("nothing waits for it")])

    def _outcomes(self, event: Event, tools: Tools) -> Sequence[Outcome]:
        """The outcomes of the event. An approved action is performed first, before the agent's own code runs."""
        try:
            told, again = self._performed(event, tools)
            if again or (is_decision(event) and not self._manifest.subscribes_to(event.source, event.type, None)):
                return [*told, *([] if again else [Done("the review was decided")])]
            return [*told, *_checked(self._run(event, tools))]
        except ApprovalNeeded as needed:
            return [_approval_question(needed)]
        except PersonDecides as needed:
            why = str(needed)
            return [ApprovalRequired(action=None, question=needed.question, evidence=needed.evidence, why=why)]

    def _performed(self, event: Event, tools: Tools) -> tuple[Sequence[Outcome], bool]:
        """Perform the action that `event` approves, if any; return its report, and whether people are asked again.

        An error that ends the event is reported before it is raised. An error that is retried is not reported.
        """
        if event.type != REVIEW_APPROVED or not is_decision(event) or not event.data["action"]:
            return [], False
        try:
            tools.perform(Action(**event.data["action"]))
        except ApprovalNeeded as needed:
            question = replace(_approval_question(needed), evidence=event.data["evidence"])
            return [*self._report("asked_again", str(needed)), question], True
        except PermanentError as error:
            if told := self._report("unknown" if isinstance(error, PerhapsDone) else "failed", str(error)):
                self._publish(Woken(event, tools, told))
            raise
        return self._report("done"), False

    def _report(self, became: Literal["done", "failed", "unknown", "asked_again"], why: str = "") -> list[Outcome]:
        return [ApprovalReported(became, why)] if reports(self._manifest) else []

    def _publish(self, *runs: Woken) -> list[str]:
        outcomes = [(self._context(woken), outcome) for woken in runs for outcome in woken.outcomes]
        made = [(context, one) for context, outcome in outcomes if (one := outcome.publication(context))]
        children = self._children([(one.parent or context.event, one) for context, one in made])
        waits = self._waits([wait for context, outcome in outcomes if (wait := outcome.wait(context))])
        for woken in runs:
            for outcome in woken.outcomes:
                why = self._why(outcome, woken.tools.model.on_record())
                self._record("decided", woken.event, action=outcome.subject, decision=type(outcome).__name__, **why)
        self._audit.flush()  # a decision is on record before its events are published
        if self._waiting:  # before: what is published may lead to what the agent waits for
            self._waiting.open(waits, self._timer)
        self._bus.publish(children)
        for child in children:
            self._record("published", child, action=child.type)
        return [child.type for child in children]

    def _context(self, woken: Woken) -> Context:
        tools = woken.tools
        return Context(self._manifest, woken.event, self._clock(), tools.propose, tools.waited, self._catalogue.check)

    def _children(self, made: Sequence[tuple[Event, Publication]]) -> list[Event]:
        names = [(parent.id, one.type) for parent, one in made]
        return [self._child(parent, one, _number(at, names)) for at, (parent, one) in enumerate(made)]

    def _waits(self, pending: Sequence[Pending]) -> list[Wait]:
        """The waits, each with the id of the event that its time ends it by."""
        parents = [(one.waited.event.id, WAIT_EXPIRED) for one in pending]
        numbers = [_number(at, parents) for at, _ in enumerate(parents)]
        ids = [
            child_id(parent, self._manifest.identity, type, number)
            for (parent, type), number in zip(parents, numbers, strict=True)
        ]
        return [Wait(one.waited, one.until, one.otherwise, id) for id, one in zip(ids, pending, strict=True)]

    def _timer(self, parent: Event, id: str) -> Event:
        """The event that ends the wait `id` if its time is over: it is sent to the agent itself, and is no hop."""
        told = Publication(WAIT_EXPIRED, {"agent": self._manifest.name, "wait": id})
        return self._child(replace(parent, hops=parent.hops - 1), told, 1)

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


def _outcomes(runs: Sequence[Woken]) -> list[Outcome]:
    return [outcome for woken in runs for outcome in woken.outcomes]


def _checked(answer: Any) -> Sequence[Outcome]:
    """The return value of `run`, as a list. Raises PermanentError for any other type: a retry would return the same."""
    outcomes = [answer] if isinstance(answer, Outcome) else answer
    if not isinstance(outcomes, list | tuple) or not all(isinstance(outcome, Outcome) for outcome in outcomes):
        raise PermanentError(
            f"run returned {type(answer).__name__}: it must return an Outcome (Done, Emit, ApprovalRequired, WaitFor) "
            "or a list of them"
        )
    return outcomes


def _number(position: int, made: Sequence[tuple[str, str]]) -> int:
    """The number of an event among those of its parent and type, from 1."""
    return 1 + made[:position].count(made[position])


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
