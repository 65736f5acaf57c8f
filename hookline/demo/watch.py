"""Posts a flow's deliveries to a local stack, and follows what they lead to on the audit trail."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from functions.core.events.event import Event
from functions.core.platform.canonical import digest
from hookline.demo.flow import Delivery, Record, SandboxCall
from hookline.demo.handled import Subscribers, missing
from hookline.local.bindings import bindings
from hookline.local.generated_secrets import generate_secret
from hookline.local.stack import LocalStack, flows_of
from hookline.operator import known, queue_counts
from hookline.operator.audit.causation import PUBLICATIONS, event_of
from hookline.operator.audit.tree import whole
from hookline.operator.errors import OperatorError
from hookline.operator.send import Posted, Signed, events_of, send_request, signed_delivery
from hookline.operator.suspension import DeployedAgent
from hookline.operator.trail import Trail
from hookline.validation.discovery import discover
from infra import naming
from infra.deployable import deployable

FIRST_LOOK, LAST_LOOK, SLOWER = 0.02, 0.4, 1.4  # seconds between two looks: each reads whole trees
STALE = 600  # seconds ago
# A provider sends a delivery again after these: a copy is in flight, or the verifier cannot take it now.
AGAIN, TRIES, TRY_AFTER = (409, 429, 503), 10, 0.2


@dataclass(frozen=True)
class Sent:
    """A delivery that was sent: the answer, its events' ids as far as they are known, and the digest of its body.

    A record of its rejection has that digest.
    """

    delivery: Delivery
    posted: Posted
    events: tuple[str, ...]
    digest: str

    @property
    def accepted(self) -> bool:
        """Whether it is a new delivery that the verifier took."""
        return self.posted.status == 200 and not self.posted.word


@dataclass
class Watch:
    """Follows the deliveries of one run; `agents` are those that the flow needs."""

    running: LocalStack
    trail: Trail
    subscribers: Subscribers
    raw: dict[str, str] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    trees: dict[str, Sequence[Record]] = field(default_factory=dict)
    _answers: list[tuple[SandboxCall, Any]] = field(default_factory=list)

    @classmethod
    def start(cls, running: LocalStack, needed: Sequence[str], sources: Iterable[str]) -> "Watch":
        """Note where the verifiers' chains end. Raises OperatorError if an agent that the flow needs does not run."""
        project = discover()
        bound = {one.name: one.entity for one in bindings(project, {}, running.state, running.live)}
        agents = deployable(project, bound, flows_of(running.state)).agents
        stopped = {name for name in agents if DeployedAgent(running, name).status().state != "running"}
        if idle := [name for name in needed if name in stopped or name not in agents]:
            raise OperatorError(f"the flow needs agent {idle[0]}: run 'hookline agents resume {idle[0]}' first")
        awake = {name: agent for name, agent in agents.items() if name not in stopped}
        trail, raw = Trail(running.client("dynamodb")), dict[str, str]()
        before = {source: trail.length(f"webhook.{source}") for source in sources}
        return cls(running, trail, Subscribers(awake, needed, raw), raw, before)

    def prepare(self, calls: Iterable[SandboxCall]) -> None:
        """Give the sandboxes what a delivery is about."""
        for call in calls:
            self._answers.append((call, self._asked(call)))

    def made(self, delivery: Delivery) -> Delivery:
        """The delivery with the body and the headers that its sandbox makes, if it makes it; else as it is.

        Raises OperatorError if the sandbox makes none.
        """
        call = delivery.made
        if call is None:
            return delivery
        if not any(one is call for one, _ in self._answers):
            self.prepare([call])
        answer = next(answer for one, answer in self._answers if one is call)
        if not (made := answer.get("deliveries")):
            raise OperatorError(f"the sandbox of {call.provider} makes no delivery of {call.path}: {delivery.story}")
        headers = {**delivery.headers, **made[0]["headers"]}
        return replace(delivery, body=json.dumps(made[0]["payload"]), headers=headers)

    def _asked(self, call: SandboxCall) -> Any:
        return self.running.sandboxes.control(call.method, f"/_sandbox/{call.provider}/{call.path}", call.body)

    def post(self, deliveries: Sequence[Delivery]) -> list[Sent]:
        """Send deliveries together, each again as its provider does while the verifier cannot take it."""
        ready = [self._request(self.made(delivery)) for delivery in deliveries]
        with ThreadPoolExecutor(len(ready)) as pool:
            answers = list(pool.map(lambda one: _send(one[0]), ready))
        sent = []
        for delivery, (request, events), posted in zip(deliveries, ready, answers, strict=True):
            self.raw.update({event.id: event.raw_type or "" for event in events})
            sent.append(Sent(delivery, posted, tuple(event.id for event in events), digest(request.body)))
        return sent

    def _request(self, delivery: Delivery) -> tuple[Signed, list[Event]]:
        """The request of a delivery, and the events that it has if it is genuine."""
        source, now = delivery.source, time.time()
        genuine, url = self.running.signing_secret(source), f"{self.running.url}/webhooks/{source}"
        made = source, url, delivery.headers, delivery.body.encode()
        signed = signed_delivery(*made, genuine, now)
        events = events_of(source, signed, genuine, now)
        match delivery.kind:
            case "unsigned":
                return Signed(*made[1:]), events
            case "forged":
                return signed_delivery(*made, generate_secret(known.source(source)).signs, now), events
            case "stale":
                return signed_delivery(*made, genuine, now - STALE), events
        return signed, events

    def identify(self, sent: Sent, patience: float) -> Sent:
        """The accepted delivery with its event, if only its verifier knew the event's id: the newest that is new."""
        identity, source = f"webhook.{sent.delivery.source}", sent.delivery.source
        if sent.events:
            return sent
        for _ in _looks(patience):
            for record in self.trail.of_identity(identity, after=self.before[source]):
                if record["kind"] in PUBLICATIONS and record["event"] not in self.trees:
                    return replace(sent, events=(record["event"],))
        return sent

    def follow(self, events: Sequence[str], patience: float) -> list[Record]:
        """Wait until what these events led to is handled or `patience` is over; returns their trees' records."""
        for _ in _looks(patience):
            if not any(self._missing(event) for event in events):
                break
        return [record for event in events for record in self.trees.get(event, ())]

    def _missing(self, event: str) -> bool:
        if self._owes(event) or not self._recorded():
            return True
        return self._owes(event)  # again: what was under way to the recorder is on the trail now

    def _owes(self, event: str) -> bool:
        """Read the tree of an event; whether something is missing in it."""
        self.trees[event] = records = whole(self.trail, event)
        owed = missing(records, self.subscribers)
        # An outcome may publish nothing. Its agent's message is gone only after its events are on the bus.
        owed = [one for one in owed if not (one.publishes and self._is_idle(one.identity))]
        return bool(owed) or not any(event_of(record) == event for record in records)

    def _recorded(self) -> bool:
        """Whether the recorder has read every audit queue."""
        return not any(queue_counts.messages(self.running, queue) for queue in naming.AUDIT_QUEUES.values())

    def _is_idle(self, identity: str) -> bool:
        kind, _, name = identity.partition(".")
        return kind == "agent" and not queue_counts.messages(self.running, naming.agent(name))

    def reread(self, patience: float) -> Mapping[str, Sequence[Record]]:
        """Every tree anew, once the recorder has read every audit queue or `patience` is over."""
        for _ in _looks(patience):
            if self._recorded():
                break
        self.trees.update({event: whole(self.trail, event) for event in self.trees})
        return self.trees


def _send(request: Signed) -> Posted:
    posted = send_request(request)
    for _ in range(TRIES):
        if posted.status not in AGAIN:
            break
        time.sleep(TRY_AFTER)
        posted = send_request(request)
    return posted


def _looks(patience: float) -> Iterator[None]:
    until, pause = time.monotonic() + patience, FIRST_LOOK
    while time.monotonic() < until:
        yield
        time.sleep(pause)
        pause = min(LAST_LOOK, pause * SLOWER)
