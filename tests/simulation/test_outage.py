"""A provider is down while events keep coming: what it is asked, what becomes of the events, how it is met again.

Virtual time; the code is what is deployed: `consume`, an agent's tools, the connector's word on an error, retries and
Powertools' circuit breaker. What is not: the queue and the provider are models, the gate's other steps and the agent's
memory are left out, and DynamoDB is moto's, so a read always sees the last write (on AWS it may be a moment late). Each
execution environment is a thread with its own client-side state: Powertools keeps its counters in its module, so they
are exchanged whenever another environment goes on. An agent's environment has a connector's environment to itself.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from functions.core.audit.records import Audit
from functions.core.events.event import Event
from functions.core.gate.breaker import RECOVERY_SECONDS, THRESHOLD, Breaker
from functions.core.gate.guarded import Guarded
from functions.core.gate.outbound import OutcomeUnknown, Unreachable
from functions.core.gate.retry import Retry
from functions.core.gate.serve import describe
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.backoff import SPREAD, TRIES
from functions.core.platform.errors import HooklineError
from functions.core.runtime.consume import consume
from functions.core.runtime.tools import Tools

ACME = ConnectorManifest(
    name="acme",
    owner="tests",
    operations=[
        Operation("thing.read", kind="read", entity="acme:thing/{thing}"),
        Operation("thing.act", kind="effect", entity="acme:thing/{thing}", idempotency="key"),
    ],
)
AGENT = AgentManifest(
    name="tester",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("thing.made", ["webhook.acme"])],
    uses=[Use("acme", ["thing.read", "thing.act"], "tests")],
)
CALLS_PER_EVENT = 2
TAKES = 0.2  # seconds of a call that is answered
SECONDS = 20  # of an invocation
MARGIN = 1


class Provider:
    """Keeps idempotency keys as Stripe does; in the `outage` it refuses, hangs, or acts without an answer."""

    def __init__(self, world, outage: range, chance: random.Random) -> None:
        self._world = world
        self._outage = outage
        self._start = world.now
        self._chance = chance
        self.called: list[float] = []  # when, in seconds from the start
        self.answered: list[float] = []
        self.effects: Counter[str] = Counter()
        self._keys: set[str] = set()

    def credential(self) -> str:
        return "sk_1"

    def call(self, operation, arguments, key, seconds):
        now = self._world.now - self._start
        self.called.append(now)
        if self._outage.start <= now < self._outage.stop:
            self._fail(arguments["thing"], key)
        self._world.sleep(TAKES)
        self._act(arguments["thing"], key)
        self.answered.append(self._world.now - self._start)
        return {}

    def _fail(self, thing: str, key: str | None) -> None:
        way = self._chance.choice(["refuses", "hangs", "loses the answer"])
        if way == "refuses":
            raise Unreachable("connection refused")
        self._world.sleep(2.0 if way == "hangs" else TAKES)
        if way == "loses the answer":
            self._act(thing, key)
        raise OutcomeUnknown("no answer")

    def _act(self, thing: str, key: str | None) -> None:
        if key and key not in self._keys:
            self._keys.add(key)
            self.effects[thing] += 1

    def asked(self, start: float, stop: float) -> int:
        return sum(start <= at < stop for at in self.called)


class Run:
    """`environments` of an agent; `send` puts the event of a number into their queue."""

    def __init__(self, world, queue, breakers, make_environment, environments, outage: range, pause: float) -> None:
        self.world, self.queue = world, queue
        self.chance = random.Random(7)  # noqa: S311 - no secret
        self.start = world.now
        self.provider = Provider(world, outage, self.chance)
        for _ in range(environments):
            states = CircuitBreakerDynamoDBPersistence("breakers", boto3_client=breakers)
            world.start(self._environment(states, pause), enter=make_environment())

    def send(self, number: int) -> None:
        fields = {"time": "2026-09-21T13:33:21Z", "receivedat": "2026-09-21T13:33:21Z", "data": {}, "grant": ""}
        id, entity = f"acme:{number}", f"acme:thing/{number}"
        schema = {"dataschema": "thing.made/1", "correlationid": id, "entities": [entity]}
        event = Event(id=id, source="webhook.acme", type="thing.made", subject=entity, **fields, **schema)
        entry = event.to_entry("bus")
        detail = json.loads(entry["Detail"])
        envelope = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
        self.queue.send_message("queue", json.dumps(envelope))

    def until(self, seconds: float) -> None:
        self.world.run(self.start + seconds)

    def drain(self, seconds: float) -> None:
        """Go on until nothing waits any more, for so many seconds at most."""
        ends = self.world.now + seconds
        while len(self.queue) and self.world.now < ends:
            self.world.run(self.world.now + 10)

    def _environment(self, states, pause: float) -> Callable[[], None]:
        world, jitter = self.world, self.chance.random

        def circuit(name: str) -> Breaker:
            return Breaker(name, states, RECOVERY_SECONDS, lambda move: None, world)

        guarded = Guarded("acme", self.provider, circuit, Retry(world, world.sleep, jitter))

        def invoke(connector: str, payload: dict) -> dict:
            operation = ACME.operation(payload["operation"])
            key = payload["event"] if operation.kind == "effect" else None
            try:
                left = payload["deadline"] - world.now - MARGIN
                return {"result": guarded.call(operation, payload["arguments"], key, left)}
            except HooklineError as error:
                return {"error": json.loads(json.dumps(describe(error)))}

        def wake(event: Event) -> None:
            tools = Tools(AGENT, event, world.now + SECONDS, invoke)
            thing = event.subject.rpartition("/")[2]
            tools.acme.thing_read(thing=thing)
            tools.acme.thing_act(thing=thing)

        handler = consume(
            wake, self.queue, "queue", "dead-letters", Audit("agent.tester", lambda _: None, lambda: world.now), jitter
        )

        def live() -> None:
            while True:
                payload = self.queue.receive()
                if payload is None:
                    world.sleep(pause)
                    continue
                handled = not handler(payload, SimpleNamespace())["batchItemFailures"]
                if handled and self.chance.random() > 0.02:  # some acknowledgements get lost
                    self.queue.delete(payload)

        return live


@pytest.fixture
def run(world, queue, breakers, environments) -> Callable[..., Run]:
    """Starts a run; an environment without work looks for some each `pause` seconds."""
    return lambda count, outage, pause: Run(world, queue, breakers, environments, count, outage, pause)


def test_a_minute_without_a_provider_loses_nothing_nor_floods_it_after(run, world):
    """600 events, five a second, on 20 environments; the provider is down from second 20 to second 80."""
    environments, events, rate, outage = 20, 600, 5, range(20, 80)
    acme = run(environments, outage, pause=0.25)

    def arrivals() -> None:
        for number in range(events):
            acme.send(number)
            world.sleep(1 / rate)

    world.start(arrivals)
    acme.until(outage.stop)
    waiting = len(acme.queue)
    acme.drain(600)

    # While it is down: every environment may fail until it opens the circuit or sees it open, and one probe goes
    # through each time that the recovery time is over.
    probes = len(outage) // RECOVERY_SECONDS
    assert acme.provider.asked(outage.start, outage.stop) <= THRESHOLD * environments + probes
    assert acme.provider.asked(outage.start + 10, outage.stop) <= probes

    # What becomes of the events: all of them are handled, none of them twice, none of them is a dead letter.
    assert acme.queue.dead == []
    assert len(acme.queue) == 0
    assert acme.provider.effects == Counter({str(number): 1 for number in range(events)})

    # When it is back: no second, the first one included, sees more than twice the even share of those that waited,
    # beside what is new. The environments together could ask it more than that.
    back = min(at for at in acme.provider.answered if at >= outage.stop)
    bound = 2 * CALLS_PER_EVENT * (rate + waiting / SPREAD)
    seconds = [acme.provider.asked(back + second, back + second + 1) for second in range(60)]
    assert waiting > 200
    assert max(seconds) <= bound < environments / TAKES


def test_a_few_events_outlast_an_outage_of_hours(run, world):
    """Three events, of which one or the other is the probe that fails, again and again: that costs it no try."""
    outage = range(0, 4 * 3600)
    acme = run(2, outage, pause=5)
    world.start(lambda: [acme.send(number) for number in range(3)])
    acme.until(outage.stop)
    assert acme.queue.dead == []
    assert len(acme.provider.called) > 3 * TRIES
    acme.drain(1800)
    assert (acme.queue.dead, len(acme.queue)) == ([], 0)
    assert acme.provider.effects == Counter({str(number): 1 for number in range(3)})
