"""An agent's manifest: what it subscribes to, publishes and uses, and what it may cost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from functions.core.manifests.checks import (
    DETAIL_TYPE,
    every,
    require,
    require_list,
    require_name,
    require_operation,
    require_tag,
    require_text,
)
from functions.core.manifests.models import MODEL_ID
from functions.core.manifests.recorded import Recorded, require_recorded
from functions.core.manifests.timeouts import require_seconds
from functions.core.manifests.workflow import Workflow
from functions.core.platform.detail_types import UNMAPPED

PUBLISHERS = ("webhook.", "agent.", "review.")  # what the source of an event starts with
# The operation that an agent with a model uses without a Use.
MODEL_OPERATION = "converse"
LONGEST_WITHIN = 4 * 24 * 3600  # seconds: as long as a grant is valid
FLOW = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


@dataclass(frozen=True)
class Subscription:
    """One detail type that wakes the agent; `sources` name who may publish it.

    A raw event without a translation has the detail type `<source>.unmapped`: such a subscription names the provider's
    `raw` types ("issues.opened"), and its source follows from the detail type.

    With `latency="low"`, execution environments of the sources' verifiers, of the agent and of its connectors are kept
    initialized, so that no event waits for a cold start. That is billed while nothing comes; a synth says how much.
    """

    detail_type: str
    sources: Sequence[str] = ()
    raw: Sequence[str] = ()
    latency: Literal["ordinary", "low"] = "ordinary"

    def __post_init__(self) -> None:
        good = isinstance(self.detail_type, str) and DETAIL_TYPE.fullmatch(self.detail_type)
        require(good, f"subscription to {self.detail_type!r}: a detail type looks like 'payment.succeeded'")
        source, _, name = str(self.detail_type).rpartition(".")
        require_list(f"raw types of {self.detail_type!r}", self.raw, str)
        if good and name == UNMAPPED:
            what = f"subscription to {self.detail_type!r} names no raw type: it would wake the agent for each of them"
            require(self.raw, f"{what}; write raw=['…']")
            object.__setattr__(self, "sources", self.sources or (f"webhook.{source}",))
        elif good:
            require(not self.raw, f"subscription to {self.detail_type!r}: raw types go with <source>.{UNMAPPED} only")
        known = self.latency in ("ordinary", "low")
        require(known, f"latency of {self.detail_type!r} {self.latency!r}: 'ordinary' or 'low'")
        if not require_list(f"sources of {self.detail_type!r}", self.sources, str):
            return
        require(self.sources, f"subscription to {self.detail_type!r} names no source")
        for publisher in self.sources:
            known = publisher.startswith(PUBLISHERS)
            require(known, f"source {publisher!r} of {self.detail_type!r}: it starts with webhook., agent. or review.")

    def covers(self, source: str, detail_type: str, raw_type: str | None = None) -> bool:
        """Whether an event of this source, detail type and raw type wakes the agent."""
        named = self.detail_type == detail_type and source in self.sources
        return named and (not self.raw or raw_type in self.raw)


@dataclass(frozen=True)
class Use:
    """The operations of one connector that an agent needs, and why a reviewer should agree.

    `to` are the names of destinations: the entities that these operations may touch although no event names them. The
    operator's settings bind each name to an entity. `seconds` is how long the agent waits for each call of the
    connector: then it gets a RetryableError, and the call may still go on. 0 waits as long as the event has.
    """

    connector: str
    operations: Sequence[str]
    reason: str
    to: Sequence[str] = ()
    seconds: int = 0

    def __post_init__(self) -> None:
        require_name("connector", self.connector)
        if require_list(f"operations of {self.connector!r}", self.operations, str):
            require(self.operations, f"use of {self.connector!r} names no operation")
            for operation in self.operations:
                require_operation(f"operation {operation!r} of {self.connector!r}", operation)
        require_text(f"reason for the use of {self.connector!r}", self.reason)
        good = type(self.seconds) is int and self.seconds >= 0
        require(good, f"seconds of {self.connector!r} {self.seconds!r}: a whole number from 0")
        if require_list(f"destinations of {self.connector!r}", self.to, str):
            for name in self.to:
                require_name("destination", name)


@dataclass(frozen=True)
class Budget:
    """What one event may cost, and what its whole causal tree may cost.

    `seconds` is the timeout of an invocation, `seconds_per_tree` the time since the tree's grant was minted; `hops` are
    counted from the first event, `wakes_per_tree` is how often one publisher may wake this agent in a tree. Model
    calls, tokens (in and out together) and US dollars limit model calls. The limits of a tree count all agents
    together, but stop this agent only: it does nothing more once so much has been used.
    """

    seconds: int = 20
    hops: int = 4
    effects_per_event: int = 1
    effects_per_tree: int = 20
    model_calls_per_event: int = 0
    model_calls_per_tree: int = 50
    tokens_per_event: int = 50_000
    tokens_per_tree: int = 250_000
    usd_per_event: str = "0.00"
    usd_per_tree: str = "1.00"
    wakes_per_tree: int = 20
    seconds_per_tree: int = 4 * 24 * 3600  # as long as a grant is valid, so that a dead letter can be redriven

    def __post_init__(self) -> None:
        require_seconds("budget", self.seconds)
        for name in ("hops", "effects_per_event", "model_calls_per_event", "tokens_per_event"):
            require(_is_count(getattr(self, name)), f"budget {name} {getattr(self, name)!r}: a number not below 0")
        for name in ("wakes_per_tree", "seconds_per_tree"):
            above = _is_count(getattr(self, name)) and getattr(self, name) >= 1
            require(above, f"budget {name} {getattr(self, name)!r}: at least 1")
        for name in ("effects", "model_calls", "tokens"):
            tree, event = getattr(self, f"{name}_per_tree"), getattr(self, f"{name}_per_event")
            enough = _is_count(tree) and tree >= max(1, event if _is_count(event) else 1)
            require(enough, f"budget {name}_per_tree {tree!r}: at least 1, and those of one event")
        amounts = every(
            require(
                _microdollars(getattr(self, name)) is not None,
                f"budget {name} {getattr(self, name)!r}: an amount as a text like '0.02', not finer than a millionth",
            )
            for name in ("usd_per_event", "usd_per_tree")
        )
        enough = not amounts or self.microdollars_per_tree >= self.microdollars_per_event
        require(enough, f"budget usd_per_tree {self.usd_per_tree!r}: at least that of one event")

    @property
    def microdollars_per_event(self) -> int:
        """usd_per_event in millionths, which add up exactly."""
        return _microdollars(self.usd_per_event) or 0

    @property
    def microdollars_per_tree(self) -> int:
        """usd_per_tree in millionths."""
        return _microdollars(self.usd_per_tree) or 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _microdollars(amount: str) -> int | None:
    """An amount in US dollars in millionths; None if it is not an amount, or is finer than that."""
    try:
        millionths = Decimal(amount) * 1_000_000
        return int(millionths) if millionths >= 0 and millionths == int(millionths) else None
    except (ArithmeticError, TypeError, ValueError):
        return None


@dataclass(frozen=True)
class AgentManifest:
    """One agent: what it subscribes to, publishes and uses. `name` is the folder's name.

    `model` is the one model that it may call, as "<connector>:<id>" ("bedrock:<id>"). It stands for the use of that
    connector's operation `converse`; if the connector calls models by another operation, a Use names that.

    An `optional` agent is deployed only if all of its destinations are bound; for another agent, an unbound destination
    fails the synth. An agent with a `workflow` is a manager: each event that it subscribes to starts a run,
    and it has no code of its own. An agent with `flow` belongs to the flow of that name: it is deployed on
    the local stack that plays the flow, and elsewhere only if the setting `flows` names the flow.

    `waits` are the events that it may wait for (the outcome WaitFor): such an event wakes it only if it waits for one
    of the event's entities.

    `within` is how many seconds after the delivery the agent should have handled an event that it subscribes to: the
    runtime measures it, and an alarm tells people of one that took longer. 0 measures nothing.

    `recorded` keeps a record of each run and of the calls that it makes, and says what an event's record leaves out.
    """

    name: str
    owner: str
    purpose: str
    subscribes: Sequence[Subscription]
    publishes: Sequence[str] = ()
    uses: Sequence[Use] = ()
    budget: Budget = field(default_factory=Budget)
    model: str | None = None
    optional: bool = False
    workflow: Workflow | None = None
    waits: Sequence[Subscription] = ()
    flow: str = ""
    recorded: Recorded | None = None
    within: int = 0

    def __post_init__(self) -> None:
        what = f"agent {self.name!r}"
        require_name("agent", self.name)
        require_tag(f"{what} owner", self.owner)
        require_tag(f"{what} purpose", self.purpose)
        if require_list(f"{what} subscribes", self.subscribes, Subscription):
            require(self.subscribes, f"{what} subscribes to nothing, so nothing would ever wake it")
        if require_list(f"{what} waits", self.waits, Subscription):
            for one in self.waits:
                require(not one.raw, f"{what} waits for {one.detail_type!r}: no raw event names an entity to wait for")
        require_recorded(what, self.recorded)
        kept = self.recorded is None or self.workflow is None
        require(kept, f"{what} is a manager, whose runs are kept already: leave out recorded")
        self._require_within(what)
        require(isinstance(self.budget, Budget), f"{what} budget {self.budget!r}: write a Budget(…)")
        if require_list(f"{what} publishes", self.publishes, str):
            for published in self.publishes:
                good = DETAIL_TYPE.fullmatch(published)
                require(good, f"{what} publishes {published!r}: a detail type looks like 'payment.approved'")
        if self.model is not None and isinstance(self.budget, Budget) and isinstance(self.uses, list | tuple):
            self._require_model(what)
        of_a_flow = isinstance(self.flow, str) and (self.flow == "" or FLOW.fullmatch(self.flow))
        require(of_a_flow, f"{what} flow {self.flow!r}: the name of a flow, like 'payments'")
        declared_workflow = self.workflow is None or isinstance(self.workflow, Workflow)
        require(declared_workflow, f"{what} workflow {self.workflow!r}: write a pattern, such as Concurrent(…)")
        if not require_list(f"{what} uses", self.uses, Use):
            return
        if not all(isinstance(use.operations, list | tuple) for use in self.uses):
            return
        declared = [(use.connector, operation) for use in self.uses for operation in use.operations]
        twice = sorted({f"{connector} {name}" for connector, name in declared if declared.count((connector, name)) > 1})
        require(not twice, f"{what} declares an operation twice: {', '.join(twice)}")

    def _require_within(self, what: str) -> None:
        counted = _is_count(self.within) and self.within <= LONGEST_WITHIN
        require(counted, f"{what} within {self.within!r}: a whole number of seconds up to {LONGEST_WITHIN}")
        require(
            not (self.within and self.workflow), f"{what} is a manager, whose members do the work: within is theirs"
        )

    def _require_model(self, what: str) -> None:
        connector, _, model = self.model.partition(":") if isinstance(self.model, str) else ("", "", "")
        good = MODEL_ID.fullmatch(model)
        require(good, f"{what} model {self.model!r}: write a connector and the id of its model, like 'bedrock:<id>'")
        require_name(f"{what} model: connector", connector)
        calls = self.budget.model_calls_per_event
        require(calls, f"{what} has a model and may not call it: set model_calls_per_event and usd_per_event of budget")
        if all(use.connector != connector for use in self.uses):
            use = Use(connector, [MODEL_OPERATION], f"Calls its model, {model}")
            object.__setattr__(self, "uses", [*self.uses, use])

    @property
    def model_connector(self) -> str:
        """The connector of its model, "" if it has no model."""
        return (self.model or "").partition(":")[0]

    @property
    def model_id(self) -> str:
        """The id of its model at the provider, "" if it has no model."""
        return (self.model or "").partition(":")[2]

    @property
    def identity(self) -> str:
        """The `source` of its events and the name on its audit trail."""
        return f"agent.{self.name}"

    @property
    def connectors(self) -> tuple[str, ...]:
        """The connectors that it uses, each once."""
        return tuple(dict.fromkeys(use.connector for use in self.uses))

    @property
    def patience(self) -> dict[str, int]:
        """For how many seconds it waits for a call of a connector, by its name; the others have the event's time."""
        return {use.connector: use.seconds for use in self.uses if use.seconds}

    @property
    def destinations(self) -> tuple[str, ...]:
        """The names of its destinations, each once."""
        return tuple(dict.fromkeys(name for use in self.uses for name in use.to))

    @property
    def receives(self) -> tuple[Subscription, ...]:
        """What its rule lets through: the events that it subscribes to, and those that it may wait for."""
        return (*self.subscribes, *self.waits)

    @property
    def prompt_sources(self) -> frozenset[str]:
        """The sources of its events whose latency is low; none if the agent needs no low latency."""
        return frozenset(source for one in self.receives if one.latency == "low" for source in one.sources)

    def operations_of(self, connector: str) -> tuple[str, ...]:
        """The operations of a connector that it declares."""
        return tuple(name for use in self.uses if use.connector == connector for name in use.operations)

    def use_of(self, connector: str, operation: str) -> Use | None:
        """The use that declares an operation; None if none does, and then the operation is not allowed."""
        uses = (use for use in self.uses if use.connector == connector and operation in use.operations)
        return next(uses, None)

    def subscribes_to(self, source: str, detail_type: str, raw_type: str | None = None) -> bool:
        """Whether a subscription names this source and detail type, and the raw type if it has no translation."""
        return any(one.covers(source, detail_type, raw_type) for one in self.subscribes)

    def waits_for(self, source: str, detail_type: str) -> bool:
        """Whether it may wait for events of this source and detail type."""
        return any(one.covers(source, detail_type) for one in self.waits)
