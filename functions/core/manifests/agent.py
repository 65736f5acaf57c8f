"""An agent's manifest: what it hears, says and uses, and what it may cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from functions.core.manifests.checks import (
    DETAIL_TYPE,
    OPERATION,
    require,
    require_list,
    require_name,
    require_tag,
    require_text,
)

MAX_AGENT_SECONDS = 900  # Lambda's own limit


@dataclass(frozen=True)
class Subscription:
    """One kind of event that an agent listens to; `sources` name who may have published it."""

    detail_type: str
    sources: Sequence[str]

    def __post_init__(self) -> None:
        good = isinstance(self.detail_type, str) and DETAIL_TYPE.fullmatch(self.detail_type)
        require(good, f"subscription to {self.detail_type!r}: a detail-type looks like 'payment.succeeded'")
        require(self.sources, f"subscription to {self.detail_type!r} names no source")
        require_list(f"sources of {self.detail_type!r}", self.sources, str)
        for source in self.sources:
            known = source.startswith(("webhook.", "agent.", "review."))
            require(known, f"source {source!r} of {self.detail_type!r}: it starts with webhook., agent. or review.")


@dataclass(frozen=True)
class Use:
    """The operations of one connector that an agent needs, and why a reviewer should agree."""

    connector: str
    operations: Sequence[str]
    reason: str

    def __post_init__(self) -> None:
        require_name("connector", self.connector)
        require(self.operations, f"use of {self.connector!r} names no operation")
        require_list(f"operations of {self.connector!r}", self.operations, str)
        for operation in self.operations:
            require(
                OPERATION.fullmatch(operation),
                f"operation {operation!r} of {self.connector!r}: it looks like 'charge.retrieve'",
            )
        require_text(f"reason for the use of {self.connector!r}", self.reason)


@dataclass(frozen=True)
class Budget:
    """What one event may cost, and what the whole causal tree may that it belongs to.

    `seconds` are an invocation's, `seconds_per_tree` those since the tree's grant was minted; `hops` are counted from
    the first event, `wakes_per_tree` are how often one tree may wake this agent. Model calls, tokens (in and out
    together) and US dollars are what model calls may cost. Those of a tree are all agents' together, as this agent sees
    it: it does nothing any more when so much has been used.
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
    seconds_per_tree: int = 4 * 24 * 3600  # as long as a grant lives, so that a dead letter can be given another try

    def __post_init__(self) -> None:
        in_range = _is_count(self.seconds) and 1 <= self.seconds <= MAX_AGENT_SECONDS
        require(in_range, f"budget seconds {self.seconds!r}: a number between 1 and {MAX_AGENT_SECONDS}")
        for name in ("hops", "effects_per_event", "model_calls_per_event", "tokens_per_event"):
            require(_is_count(getattr(self, name)), f"budget {name} {getattr(self, name)!r}: a number not below 0")
        for name in ("wakes_per_tree", "seconds_per_tree"):
            above = _is_count(getattr(self, name)) and getattr(self, name) >= 1
            require(above, f"budget {name} {getattr(self, name)!r}: at least 1")
        for name in ("effects", "model_calls", "tokens"):
            tree, event = getattr(self, f"{name}_per_tree"), getattr(self, f"{name}_per_event")
            enough = _is_count(tree) and tree >= max(1, event)
            require(enough, f"budget {name}_per_tree {tree!r}: at least 1, and those of one event")
        for name in ("usd_per_event", "usd_per_tree"):
            good = _microdollars(getattr(self, name)) is not None
            require(
                good,
                f"budget {name} {getattr(self, name)!r}: an amount as a text like '0.02', not finer than a millionth",
            )
        enough = self.microdollars_per_tree >= self.microdollars_per_event
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
    """An amount in US dollars in millionths; None where it is none, or finer than that."""
    try:
        millionths = Decimal(amount) * 1_000_000
        return int(millionths) if millionths >= 0 and millionths == int(millionths) else None
    except (ArithmeticError, TypeError, ValueError):
        return None


@dataclass(frozen=True)
class AgentManifest:
    """One agent: what it hears, says and uses. `name` is the folder's name."""

    name: str
    owner: str
    purpose: str
    subscribes: Sequence[Subscription]
    publishes: Sequence[str] = ()
    uses: Sequence[Use] = ()
    budget: Budget = field(default_factory=Budget)
    model: str | None = None

    def __post_init__(self) -> None:
        require_name("agent", self.name)
        require_tag(f"agent {self.name!r} owner", self.owner)
        require_tag(f"agent {self.name!r} purpose", self.purpose)
        require(self.subscribes, f"agent {self.name!r} hears nothing, so nothing would ever wake it")
        require_list(f"agent {self.name!r} hears", self.subscribes, Subscription)
        require_list(f"agent {self.name!r} says", self.publishes, str)
        require_list(f"agent {self.name!r} uses", self.uses, Use)
        require(isinstance(self.budget, Budget), f"agent {self.name!r} budget {self.budget!r}: write a Budget(…)")
        for said in self.publishes:
            require(
                DETAIL_TYPE.fullmatch(said),
                f"agent {self.name!r} says {said!r}: a detail-type looks like 'payment.approved'",
            )
        connectors = [use.connector for use in self.uses]
        require(
            len(connectors) == len(set(connectors)),
            f"agent {self.name!r} declares a connector twice: {', '.join(connectors)}",
        )

    @property
    def identity(self) -> str:
        """The `source` of its events and the name on its audit trail."""
        return f"agent.{self.name}"

    def use_of(self, connector: str) -> Use | None:
        """The declared use of `connector`, or None: what is not declared is not allowed."""
        return next((use for use in self.uses if use.connector == connector), None)

    def subscribes_to(self, source: str, detail_type: str) -> bool:
        """Whether a subscription names this source and detail-type."""
        return any(heard.detail_type == detail_type and source in heard.sources for heard in self.subscribes)
