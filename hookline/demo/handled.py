"""What of a causal tree is not handled yet, by its records and the agents' manifests. Pure.

It knows no agent and no event: who must handle an event follows from who subscribes to it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from functions.core.events.event import child_id, id_prefix
from functions.core.events.reviews import APPROVAL_REQUIRED, DECISIONS, REVIEW_OPENED, SOURCE
from functions.core.events.tasks import ADDRESSED, TASK_REPORTED
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.errors import PermanentError
from functions.core.workflows.state import member_of
from hookline.demo.flow import Record
from hookline.operator.audit.causation import PUBLICATIONS, REVIEW_SERVICE, event_of

CONTEXT = "service.context"
SILENT = ("Done", "WaitFor")  # the decisions that publish nothing
ENDS = {
    CONTEXT: ("projected", "denied", "failed"),
    REVIEW_SERVICE: ("asked", "refused"),
}


@dataclass(frozen=True)
class Missing:
    """What `identity` owes: a decision on `event`, or with `publishes` an event that it decided to publish."""

    identity: str
    event: str
    publishes: bool = False


@dataclass(frozen=True)
class Subscribers:
    """The agents that run, by name; `needed` are those whose failure a flow waits out, because it is retried.

    `raw` are the provider's types of the deliveries' events, by the events' ids.
    """

    agents: Mapping[str, AgentManifest]
    needed: Sequence[str] = ()
    raw: Mapping[str, str] = field(default_factory=dict)

    def of(self, source: str, type: str, event: str) -> Iterator[str]:
        """The identities of the agents that an event wakes."""
        raw = self.raw.get(event)
        return (agent.identity for agent in self.agents.values() if agent.subscribes_to(source, type, raw))


def missing(records: Sequence[Record], subscribers: Subscribers, final: bool = False) -> list[Missing]:
    """What is not on record of a tree, and of the trees of its announcements; `records` are in order of time.

    With `final`, an agent that the flow needs owes a decision even if it has failed for good.
    """
    tree = _Tree(records, subscribers, final)
    return [one for record in records if record["kind"] in PUBLICATIONS for one in tree.owed(record)]


class _Tree:
    def __init__(self, records: Sequence[Record], subscribers: Subscribers, final: bool) -> None:
        self._subscribers, self._final = subscribers, final
        self._about: dict[tuple[str, str], list[Record]] = defaultdict(list)
        self._publishers: dict[str, str] = {}
        self._published: dict[tuple[str, str], int] = defaultdict(int)
        for record in records:
            self._about[record["identity"], event_of(record)].append(record)
            if record["kind"] in PUBLICATIONS:
                self._publishers[record["event"]] = record["identity"]
                self._published[record["identity"], record.get("causation", "")] += 1
        opened = id_prefix(SOURCE, REVIEW_OPENED)
        asked = [one for one in records if (one["identity"], one["kind"]) == (REVIEW_SERVICE, "asked")]
        self._announced = sum((one["identity"], one["action"]) == (REVIEW_SERVICE, REVIEW_OPENED) for one in records)
        self._to_announce = sum(not one["correlation"].startswith(opened) for one in asked)

    def owed(self, publication: Record) -> Iterator[Missing]:
        identity, event, type = publication["identity"], publication["event"], publication["action"]
        source = SOURCE if identity == REVIEW_SERVICE else identity
        if source != SOURCE and not self._ended(CONTEXT, event):
            yield Missing(CONTEXT, event)
        if type == APPROVAL_REQUIRED:
            yield from self._review(event)
        for agent in self._agents(source, type, publication):
            if not self._decided(agent, event):
                yield Missing(agent, event)
            elif self._published[agent, event] < self._to_publish(agent, event):
                yield Missing(agent, event, publishes=True)

    def _agents(self, source: str, type: str, publication: Record) -> Iterator[str]:
        if (source == SOURCE and type in DECISIONS) or type in ADDRESSED:  # one agent receives it
            addressee = self._addressee(source, type, publication)
            if addressee.removeprefix("agent.") in self._subscribers.agents:
                yield addressee
            return
        yield from self._subscribers.of(source, type, publication["event"])

    def _addressee(self, source: str, type: str, publication: Record) -> str:
        """Who asked for a decision or a report, or the member that a manager decided to send it to; "" if unknown."""
        cause = publication.get("causation", "")
        if type not in ADDRESSED or type == TASK_REPORTED:
            return self._publishers.get(cause, "")
        decided = (one["action"] for one in self._about[source, cause] if one["kind"] == "decided")
        tasks = dict.fromkeys(task for one in decided for word, _, task in [one.partition(" ")] if word == type)
        numbered = {child_id(cause, source, type, number): task for number, task in enumerate(tasks, 1)}
        return f"agent.{member_of(numbered.get(publication['event'], ''))}"

    def _review(self, event: str) -> Iterator[Missing]:
        if not self._ended(REVIEW_SERVICE, event):
            yield Missing(REVIEW_SERVICE, event)
        elif self._announced < self._to_announce and any(self._subscribers.of(SOURCE, REVIEW_OPENED, "")):
            yield Missing(REVIEW_SERVICE, event, publishes=True)

    def _ended(self, identity: str, event: str) -> bool:
        return any(one["kind"] in ENDS[identity] for one in self._about[identity, event])

    def _decided(self, agent: str, event: str) -> bool:
        kinds = {one["kind"] for one in self._about[agent, event]}
        if "decided" in kinds:
            return True
        if agent.removeprefix("agent.") in self._subscribers.needed:
            return not self._final and any(map(_failed_for_good, self._about[agent, event]))
        return "failed" in kinds

    def _to_publish(self, agent: str, event: str) -> int:
        """How many events the agent decided to publish when it last received the event."""
        latest = takewhile(lambda one: one["kind"] != "received", reversed(self._about[agent, event]))
        return sum(one["kind"] == "decided" and one["decision"] not in SILENT for one in latest)


def _failed_for_good(record: Record) -> bool:
    return record["kind"] == "failed" and record["decision"] in PERMANENT


def _names(error: type[Exception]) -> Iterator[str]:
    yield error.__name__
    for kind in error.__subclasses__():
        yield from _names(kind)


PERMANENT = frozenset(_names(PermanentError))
