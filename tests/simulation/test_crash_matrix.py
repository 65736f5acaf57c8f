"""The crash matrix: whatever dies, at whichever call, nothing is lost and nothing happens twice.

Each scenario is run once without a fault, which shows every call that agent, connector and recorder make of the
world. Then it is run again for each of these points and each fault, until the queue is empty: the process dies just
before the call or just after it; the call is refused, or done and its answer lost; the process stalls; a second copy
of the message is handled in that very moment, before or after the call. At the provider, the request may also be
handled late (a second before the gate's patience ends), fail, or act and fail.

Not covered, because nothing can: a provider without idempotency keys that acts on a request more than SETTLE_SECONDS
after anybody waits for it, when the read-back did not show it and it was repeated.
"""

import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.core.audit import chain
from functions.core.platform.backoff import TRIES
from functions.providers.stripe import connector
from hookline.operator.trail import Trail
from hookline.simulation.account import Account
from hookline.simulation.faults import ANYWHERE, AT_THE_PROVIDER, ERRORS
from infra import naming
from tests.simulation.provider import Provider
from tests.simulation.runs import Run, records
from tests.simulation.scenarios import SCENARIOS, START, Scenario, event_of

pytestmark = pytest.mark.synth

EVERY_FAULT = (*ANYWHERE, *ERRORS, *AT_THE_PROVIDER)
DOUBLE_FAULTS = 40
CONNECTOR, RECORDER = naming.connector("stripe"), naming.service("recorder")
AUDIT = [*naming.AUDIT_QUEUES.values(), *map(naming.dead_letters, naming.AUDIT_QUEUES.values())]
NUMBERS = itertools.count()  # every run's event, and its provider's circuit, has a number of its own


@dataclass(frozen=True)
class Always:
    """A process that dies at every call whose name begins so."""

    label: str

    def at(self, number: int, label: str) -> str:
        return "dies before" if label.startswith(self.label) else ""


@pytest.fixture
def simulate(
    make_account: Callable[..., Account],
    plant: Callable[[Scenario], None],
    dynamodb: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Run]:
    """Runs a scenario with the faults given, by the number of the call, in an account of its own."""
    stripe = connector.MANIFEST

    def simulate(scenario: Scenario, faults: "dict[int, str] | Always | None" = None, records_too: bool = False) -> Run:
        plant(scenario)
        changed = [
            replace(operation, idempotency=scenario.idempotency)
            if operation.kind == "effect" and scenario.idempotency
            else operation
            for operation in stripe.operations
        ]
        monkeypatch.setattr(connector, "MANIFEST", replace(stripe, operations=changed))
        number = next(NUMBERS)
        account = make_account(
            name=f"run-{number}",
            credential=f"credential-{number}",
            runs={naming.agent(scenario.name), CONNECTOR, *([RECORDER] if records_too else [])},
            faults=faults.at if isinstance(faults, Always) else lambda number, label: (faults or {}).get(number, ""),
        )
        account.provider = provider = Provider(account.world)
        provider.first, provider.slow = scenario.first, scenario.slow
        provider.down = (START + scenario.down[0], START + scenario.down[1])
        intents: list[bool] = []
        provider.before_effects = lambda: intents.append(
            any(record["kind"] == "attempted" for record in records(account))
        )
        event = event_of(scenario, f"evt_{scenario.name}_{number}")
        account.publish(event.to_entry(naming.BUS))
        account.world.run()
        return Run(scenario, event, account, provider, intents, dynamodb)

    return simulate


def chained(dynamodb: Any, run: Run) -> set[str]:
    """The ids of the run's records in the chains, which are verified."""
    trail, ids = Trail(dynamodb), []
    for identity in (f"agent.{run.scenario.name}", "connector.stripe"):
        records = trail.of_identity(identity)
        assert chain.verify(records).seq == trail.length(identity)
        ids += [record["id"] for record in records if record["correlation"] == run.event.correlationid]
    shown = [record["id"] for record in trail.of_correlation(run.event.correlationid)]
    assert sorted(shown) == sorted(set(ids))
    return set(ids)


def deaths(run: Run) -> Iterator[tuple[int, str, str]]:
    """A death before and after every call of a run: the number of the point, its name and the fault.

    Nothing happens between two calls. So a process that dies after one of its calls is the one that dies before the
    next where that is its own too, and is run once. Where the provider is not well, only the connector is of interest:
    what the agent does each time is the same as where it is.
    """
    labels = run.account.calls
    for number, (label, following) in enumerate(zip(labels, [*labels[1:], ""], strict=True)):
        if run.scenario.first and not label.startswith(f"{CONNECTOR}:"):
            continue
        yield number, label, "dies before"
        if label.partition(":")[0] != following.partition(":")[0]:
            yield number, label, "dies after"
        if "provider POST" in label and not run.scenario.first:
            yield from ((number, label, fault) for fault in AT_THE_PROVIDER)


def copies(run: Run) -> Iterator[tuple[int, str, str]]:
    """A copy of the event that is handled before every call of a run, and after the last."""
    *own, _ = run.account.calls  # the last is Lambda's own, when nobody handles the event any more
    yield from ((number, label, "a copy before") for number, label in enumerate(own))
    yield len(own) - 1, own[-1], "a copy after"


def errors(run: Run) -> Iterator[tuple[int, str, str]]:
    """Every call of a run refused; done, and its answer lost; and late."""
    yield from ((number, label, fault) for number, label in enumerate(run.account.calls) for fault in ERRORS)


def wrong_after(
    simulate: Callable[..., Run], scenario: Scenario, faults: Callable[[Run], Iterable[tuple[int, str, str]]]
) -> dict[str, Any]:
    """What is wrong in a scenario without a fault, and after each of these by its name."""
    dry = simulate(scenario)
    wrong = {"without a fault": dry.wrong()}
    points = list(faults(dry))
    assert points
    for number, label, fault in points:
        wrong[f"{number} {label}, {fault}"] = simulate(scenario, {number: fault}).wrong()
    return {name: found for name, found in wrong.items() if found}


def named(*names: str) -> Any:
    """The scenarios of these names, all of them without any."""
    found = [scenario for scenario in SCENARIOS if not names or scenario.name in names]
    return pytest.mark.parametrize("scenario", found, ids=lambda scenario: scenario.name)


@named()
def test_a_death_at_any_point_loses_nothing_and_doubles_nothing(simulate, scenario):
    """Of the agent, the connector or Lambda's poller, before or after any call; however the provider acts."""
    assert wrong_after(simulate, scenario, deaths) == {}


@named("read", "refund_key", "refund_none", "review_natural")
def test_a_copy_of_the_event_at_any_point_does_nothing_again(simulate, scenario):
    """It is handled as a whole in the middle of the first."""
    assert wrong_after(simulate, scenario, copies) == {}


@named("refund_none")
def test_an_error_at_any_point_loses_nothing_and_doubles_nothing(simulate, scenario):
    """Refused, or done and the answer lost, or so late that the event's time is nearly up."""
    assert wrong_after(simulate, scenario, errors) == {}


def test_an_agent_that_always_dies_leaves_a_record_of_each_try(simulate):
    """The first is on record by the second. The last one is on record before it starts: SQS gives no try after it."""
    scenario = SCENARIOS[0]
    run = simulate(scenario, Always(f"{naming.agent(scenario.name)}: lambda invoke"))
    retried = [record for record in run.records if record["kind"] == "retried"]
    assert [record["reason"].partition(";")[0] for record in retried] == [f"try {number}" for number in range(2, 9)]
    assert {record["event"] for record in retried} == {run.event.id}
    assert len(run.account.queues[f"{run.agent}-dead-letters"].bodies) == 1
    assert list(run.account.queues[run.agent].receives.values()) == [TRIES]


def test_two_faults_lose_nothing_and_double_nothing(simulate):
    """Drawn from all scenarios, points and faults, always the same ones."""
    draw = random.Random(20_261_122)  # noqa: S311 - the same draw each time
    points = {scenario.name: len(simulate(scenario).account.calls) for scenario in SCENARIOS}
    wrong = {}
    for _ in range(DOUBLE_FAULTS):
        scenario = draw.choice(SCENARIOS)
        faults = {draw.randrange(points[scenario.name] + 10): draw.choice(EVERY_FAULT) for _ in range(2)}
        wrong[f"{scenario.name} {faults}"] = simulate(scenario, faults).wrong()
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_death_of_the_recorder_at_any_point_loses_and_doubles_no_record(simulate, dynamodb):
    """Every record that the queues took is on its chain, readers see it once, and the chains verify."""
    scenario = SCENARIOS[0]
    labels = list(simulate(scenario, records_too=True).account.calls)
    first = next(number for number, label in enumerate(labels) if label.startswith(f"{RECORDER}:"))
    for number in range(first, len(labels)):
        for fault in ("dies before", "dies after", "answer lost"):
            run = simulate(scenario, {number: fault}, records_too=True)
            at = f"{number} {labels[number]}, {fault}"
            assert [body for name in AUDIT for body in run.account.queues[name].bodies] == [], at
            assert chained(dynamodb, run) == {record["id"] for record in run.records}, at
