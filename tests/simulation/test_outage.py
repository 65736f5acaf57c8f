"""A provider is down while events keep coming: what it is asked, what becomes of the events, how it recovers.

The real agent and connector in one simulated account, each with many execution environments. The queues and the
provider are models, and DynamoDB is moto's, so a read always sees the last write; on AWS it may be a moment late.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import pytest
import urllib3

from functions.core.authority.grants import LIFETIME
from functions.core.gate.breaker import RECOVERY_SECONDS, THRESHOLD
from functions.core.platform.backoff import SPREAD, TRIES
from hookline.simulation.account import Account
from hookline.simulation.recursion import MOST_INVOCATIONS
from hookline.simulation.world import World
from infra import naming
from tests.simulation.provider import Answer
from tests.simulation.scenarios import OUTAGE, Scenario, payment

pytestmark = pytest.mark.synth

AGENT, CONNECTOR = naming.agent(OUTAGE.name), naming.connector("stripe")
CALLS_PER_EVENT = 2
TAKES = 0.2  # seconds of a call that is answered
LOST_DELETES = 0.02
NUMBERS = itertools.count()  # each account's rows have a number of its own


class Provider:
    """Keeps idempotency keys as Stripe does; in the `outage` it refuses, hangs, or acts without an answer."""

    def __init__(self, world: World, outage: range, chance: random.Random) -> None:
        self._world = world
        self._outage = outage
        self._start = world.now
        self._chance = chance
        self.called: list[float] = []  # when, in seconds from the start
        self.answered: list[float] = []
        self.effects: Counter[str] = Counter()
        self._refunds: dict[str, dict[str, Any]] = {}  # by idempotency key

    def request(self, method: str, url: str, *, headers: Any, body: bytes | None, **_: Any) -> Answer:
        now = self._world.now - self._start
        self.called.append(now)
        key, form = headers.get("Idempotency-Key"), parse_qs((body or b"").decode())
        if self._outage.start <= now < self._outage.stop:
            self._fail(key, form)
        self._world.sleep(TAKES)
        self._act(key, form)
        self.answered.append(self._world.now - self._start)
        return Answer(200, self._answer(urlsplit(url), key))

    def _answer(self, url: SplitResult, key: str | None) -> dict[str, Any]:
        if url.path == "/v1/refunds" and not key:
            asked = parse_qs(url.query)["charge"]
            return {"data": [one for one in self._refunds.values() if one["charge"] in asked], "has_more": False}
        return self._refunds[key] if key else {"id": url.path.rpartition("/")[2]}

    def _fail(self, key: str | None, form: dict[str, list[str]]) -> None:
        fault = self._chance.choice(["refuses", "hangs", "loses the answer"])
        if fault == "refuses":
            raise urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]  # nobody reads the pool
        self._world.sleep(4.0 if fault == "hangs" else TAKES)
        if fault == "loses the answer":
            self._act(key, form)
        raise urllib3.exceptions.ProtocolError("no answer")

    def _act(self, key: str | None, form: dict[str, list[str]]) -> None:
        if key and key not in self._refunds:
            (charge,), (mark,) = form["charge"], form["metadata[hookline]"]
            self._refunds[key] = {"id": f"re_{key}", "charge": charge, "metadata": {"hookline": mark}}
            self.effects[charge] += 1

    def asked(self, start: float, stop: float) -> int:
        return sum(start <= at < stop for at in self.called)


class Outage:
    """An account with so many `environments` of the agent and of the connector, whose provider is down for a while."""

    def __init__(
        self,
        make_account: Callable[..., Account],
        environments: int,
        outage: range,
        lost_deletes: float = LOST_DELETES,
        **given: Any,
    ) -> None:
        chance = random.Random(7)  # noqa: S311 - the same in each run

        def fault_at(number: int, label: str) -> str:
            lost = label.startswith("lambda: sqs delete_message") and chance.random() < lost_deletes
            return "refused" if lost else ""

        number = next(NUMBERS)
        self.account = make_account(
            name=f"outage-{number}",
            credential=f"credential-{number}",
            runs={AGENT, CONNECTOR},
            at_once={AGENT: environments},
            faults=fault_at,
            **given,
        )
        self.world = self.account.world
        self.start = self.world.now
        self.account.provider = self.provider = Provider(self.world, outage, chance)
        self._prefix = f"evt_{number}_"

    def send(self, number: int) -> None:
        event = payment(f"{self._prefix}{number}", charge=f"ch_{number}")
        self.account.publish(event.to_entry(naming.BUS))

    def until(self, seconds: float) -> None:
        self.world.run(self.start + seconds)

    def drain(self, seconds: float) -> None:
        """Go on until nothing waits any more, for so many seconds at most."""
        ends = self.world.now + seconds
        while self.waiting and self.world.now < ends:
            self.world.run(self.world.now + 10)

    @property
    def waiting(self) -> int:
        return len(self.account.queues[AGENT].messages)

    @property
    def dead(self) -> list[str]:
        return self.account.queues[f"{AGENT}-dead-letters"].bodies


@pytest.fixture
def outage(make_account: Callable[..., Account], plant: Callable[[Scenario], None]) -> Callable[..., Outage]:
    plant(OUTAGE)
    return partial(Outage, make_account)


def test_a_minutes_outage_under_load_loses_nothing_and_ends_without_a_crush(outage):
    """360 events, three a second, on 20 environments; the provider is down from second 20 to second 80."""
    environments, events, rate, down = 20, 360, 3, range(20, 80)
    stripe = outage(environments, down)

    def arrivals() -> None:
        for number in range(events):
            stripe.send(number)
            stripe.world.sleep(1 / rate)

    stripe.world.start(arrivals)
    stripe.until(down.stop)
    waiting = stripe.waiting
    stripe.drain(600)

    # During the outage: every environment may fail until it opens the circuit or sees it open, and one probe goes
    # through each time that the recovery time is over.
    probes = len(down) // RECOVERY_SECONDS
    assert stripe.provider.asked(down.start, down.stop) <= THRESHOLD * environments + probes
    assert stripe.provider.asked(down.start + 10, down.stop) <= probes

    # The events: all of them are handled, none of them twice, none of them is a dead letter.
    assert (stripe.dead, stripe.waiting) == ([], 0)
    assert stripe.provider.effects == Counter({f"ch_{number}": 1 for number in range(events)})

    # After the outage: no second, the first one included, sees more than twice the even share of those that waited,
    # beside what is new. The environments together could ask it more than that.
    back = min(at for at in stripe.provider.answered if at >= down.stop)
    bound = 2 * CALLS_PER_EVENT * (rate + waiting / SPREAD)
    seconds = [stripe.provider.asked(back + second, back + second + 1) for second in range(60)]
    assert waiting > 120
    assert max(seconds) <= bound < environments / TAKES


def test_a_few_events_outlast_an_outage_of_hours(outage):
    """Three events, of which one or the other is the probe that fails, again and again: that costs it no try."""
    down = range(0, 4 * 3600)
    stripe = outage(2, down)
    stripe.world.start(lambda: [stripe.send(number) for number in range(3)])
    stripe.until(down.stop)
    assert stripe.dead == []
    assert len(stripe.provider.called) > 3 * TRIES
    stripe.drain(1800)
    assert (stripe.dead, stripe.waiting) == ([], 0)
    assert stripe.provider.effects == Counter({f"ch_{number}": 1 for number in range(3)})


FOUR_DAYS = range(0, LIFETIME - 3600)  # an hour before the event's grant expires


def sent_into_four_days(outage: Callable[..., Outage], **given: Any) -> Outage:
    """An event in an outage of four days, and what became of it. No delete is lost: each would double the copies."""
    stripe = outage(2, FOUR_DAYS, lost_deletes=0.0, **given)
    stripe.account.random.random = lambda: 1.0  # the longest delays, so the fewest copies: the test takes less time
    stripe.world.start(lambda: stripe.send(0))
    stripe.until(FOUR_DAYS.stop)
    stripe.drain(3600)
    assert stripe.waiting == 0
    return stripe


def test_after_an_outage_of_four_days_the_event_is_handled_once(outage):
    """Lambda stops a function's 17th invocation in one chain of requests, unless its template says otherwise."""
    stripe = sent_into_four_days(outage)
    assert len(stripe.account.queues[AGENT].accepted) > 10 * MOST_INVOCATIONS  # copies of it
    assert stripe.dead == []
    assert stripe.provider.effects == Counter({"ch_0": 1})


def test_without_recursive_loop_allow_lambda_would_make_the_event_a_dead_letter(outage, wiring):
    """So it is the templates' `RecursiveLoop: Allow` that the test above depends on."""
    stopped = replace(wiring, functions=[replace(one, may_loop=False) for one in wiring.functions])
    stripe = sent_into_four_days(outage, wired=stopped)
    assert len(stripe.account.queues[AGENT].accepted) == MOST_INVOCATIONS + 1
    assert len(stripe.dead) == 1
    assert stripe.provider.effects == Counter()
