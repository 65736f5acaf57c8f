"""What became of the deliveries and decisions of a run, by the records of the trail. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.core.events.reviews import APPROVAL_REQUIRED
from functions.core.platform.errors import DeliveryInFlight
from hookline.demo.flow import Evidence, Flow, Record
from hookline.demo.handled import Subscribers, missing
from hookline.demo.watch import Sent
from hookline.operator.audit.causation import PUBLICATIONS


@dataclass(frozen=True)
class Result:
    """The result of a delivery, or of a person's `decision` on what it led to.

    `agents` took part, `failing` are those of them that did not decide. `outcome` is the flow's word for the decision
    of `agent`, which came `latency_ms` after the request; `effect_ms` is the same for the last of the `effects`.
    """

    flow: str
    act: str
    source: str
    delivery: str
    event: str | None = None
    agent: str | None = None
    outcome: str = ""
    effects: list[str] = field(default_factory=list)
    latency_ms: float | None = None
    effect_ms: float | None = None
    agents: list[str] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    decision: str | None = None


def result(
    flow: Flow, base: Result, records: Sequence[Record], events: Sequence[str], since: float, handled: bool
) -> Result:
    """`base` with what `records`, in order of time, say of what began at `since` (unix seconds) because of `events`."""
    own = [record for record in records if record["correlation"] in events]
    publication = next((record for record in own if record["kind"] in PUBLICATIONS), None)
    decided = [record for record in own if record["kind"] == "decided"]
    word, by = _outcome(flow, decided)
    effected = [record for record in own if record["kind"] == "effected"]
    agents = list(dict.fromkeys(_agent(one) for one in records if _agent(one)))
    decisive = {_agent(record) for record in records if record["kind"] == "decided"}
    return replace(
        base,
        event=publication["action"] if publication else None,
        agent=_agent(by) if by else None,
        outcome=word or ("no agent" if handled else "lost"),
        effects=[f"{record['action']} {record['resource']}" for record in effected],
        latency_ms=_after(by, since) if by else None,
        effect_ms=_after(effected[-1], since) if effected else None,
        agents=agents,
        failing=[name for name in agents if name not in decisive],
    )


def _outcome(flow: Flow, decided: Sequence[Record]) -> tuple[str, Record | None]:
    """The flow's word for the first of its outcomes that is on record, and that record; else the first decision."""
    for action, word in flow.outcomes.items():
        if found := next((record for record in decided if record["action"] == action), None):
            return word, found
    return (decided[0]["action"] or "done", decided[0]) if decided else ("", None)


def _agent(record: Record) -> str:
    kind, _, name = record["identity"].partition(".")
    return name if kind == "agent" else ""


def _after(record: Record, since: float) -> float:
    return round((datetime.fromisoformat(record["at"]).timestamp() - since) * 1000, 1)


def questions(records: Iterable[Record]) -> list[str]:
    """The events in which agents asked for approval, in order."""
    found = (one["event"] for one in records if one["kind"] in PUBLICATIONS and one["action"] == APPROVAL_REQUIRED)
    return list(dict.fromkeys(found))


def count(
    flow: Flow,
    sent: Sequence[Sent],
    received: Sequence[Record],
    evidence: Evidence,
    subscribers: Subscribers,
    failed_checks: int,
) -> dict[str, int]:
    """The figures of a run: what the verifiers recorded since it began, the trees, and the flow's own figures.

    Only what the run sent counts, whatever else happens on the stack.
    """
    accepted = {one.events[0]: one for one in sent if one.accepted and one.events}
    bodies, firsts = {one.digest for one in sent}, {one.events[0] for one in sent if one.events}
    rejected = sum(
        one["kind"] == "rejected"
        and one["decision"] != DeliveryInFlight.__name__  # such a delivery is sent again
        and one["digests"].get("body") in bodies
        for one in received
    )
    duplicates = sum(one["kind"] == "duplicate" and one["event"] in firsts for one in received)
    handled = sum(
        all(is_handled(event, evidence.trees.get(event, ()), subscribers) for event in one.events)
        for one in accepted.values()
    )
    own = {name: figure(evidence) for name, figure in flow.figures.items()}
    return {
        "sent": len(sent),
        "rejected": rejected,
        "duplicates": duplicates,
        "handled": handled,
        **own,
        "lost": len(sent) - rejected - duplicates - handled,
        "duplicate_effects": max(_twice(_effects(evidence)), _twice(flow.effects(evidence))),
        "failed_checks": failed_checks,
    }


def is_handled(event: str, records: Sequence[Record], subscribers: Subscribers) -> bool:
    """Whether an event is published, and each agent that one of its tree wakes has a record of how that ended."""
    published = any(one["event"] == event and one["kind"] in PUBLICATIONS for one in records)
    owed = missing(records, subscribers, final=True)
    return published and not any(one.identity.startswith("agent.") and not one.publishes for one in owed)


def _effects(evidence: Evidence) -> Iterator[str]:
    """The idempotency keys of the effects on the trail."""
    return (one["digests"]["effect"] for one in evidence.records if one["kind"] == "effected")


def _twice(effects: Iterable[object]) -> int:
    return sum(times - 1 for times in Counter(effects).values())
