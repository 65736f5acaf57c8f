"""Runs of a pattern on the simulated account, with its members' failures, copies, lost replies, and processes that die.

The handlers are the real ones. IAM and the review service are not part of it: people decide nothing.
"""

import json
import random
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from functions.core.authority.grants import LIFETIME, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.tasks import RUN_ENDED, TASK_ASSIGNED, TASK_REPORTED, TASK_REVOKED
from functions.core.manifests.agent import AgentManifest, Budget, Subscription
from functions.core.platform.times import rfc3339
from functions.core.runtime.outcomes import Done, Outcome
from functions.core.workflows.declaration import Declaration
from functions.core.workflows.ends import END_STATES
from functions.core.workflows.machine import Machine
from functions.core.workflows.messages import Assign
from functions.core.workflows.outcomes import Report
from functions.core.workflows.runs import PREFIX, read_item, run_id
from functions.core.workflows.state import RunState
from hookline.simulation import declared
from hookline.simulation.account import Account
from hookline.simulation.bus import Bus
from hookline.simulation.powertools import powertools_on
from hookline.simulation.tables import Tables
from hookline.testing.workflows.planted import Planted, detect
from hookline.testing.workflows.proofs import proof_of
from infra import naming

MANAGER, STARTS = "board", "payment.succeeded"
START = 1_790_000_000.0
COPIED, LOST, FAULTY = 0.1, 0.1, 0.01  # of the deliveries, of the reports, and of the calls of AWS
FAULTS = ("dies before", "dies after", "refused", "answer lost")
PATIENCE, PERSON_SECONDS, RUN_SECONDS = 120, 300, 1800
AT_ONCE = 30  # executions of one function
MOST_REDRIVES = 10
FEWEST_STEPS = 4


@dataclass(frozen=True)
class Disturbed:
    """What became of the runs: how many ended in each state, and how much was disturbed.

    `wrong` is what must not be, a line each: a task that is lost or doubled, a run without an end. `lost` are reports.
    `crashes` are those of the `faults` in which a process died. `requests` are those to DynamoDB of each step of a run
    that the driver began.
    """

    ends: Mapping[str, int]
    wrong: Sequence[str]
    tasks: int
    copies: int
    lost: int
    faults: int
    crashes: int
    redriven: int
    requests: Sequence[int]


def disturbed(pattern: str, runs: int, seed: int = 1) -> Disturbed:
    """Start so many runs of a pattern at the same moment, in a planted failure of a few steps."""
    planted = planted_of(pattern)
    planted = replace(planted, declared=limited(planted.declared))
    started = [start_of(number, planted.entities) for number in range(runs)]
    chance = Chance(seed)
    account, redriven, requests = simulated(manifests_of(planted), planted, started, chance, pattern)
    states = {run_id(event.id): state_of(account, planted.declared, event) for event in started}
    return Disturbed(
        Counter(state.end if state else "never started" for state in states.values()),
        [*wrong(account, states)],
        sum(len(state.tasks) for state in states.values() if state),
        chance.copies,
        chance.lost,
        chance.faults,
        chance.crashes,
        redriven,
        requests,
    )


def planted_of(pattern: str) -> Planted:
    """The shortest planted failure of a pattern that has a few steps."""
    return min(
        (one for one in proof_of(pattern).PLANTED if detect(one).all_steps >= FEWEST_STEPS),
        key=lambda one: detect(one).all_steps,
    )


def simulated(
    manifests: Sequence[AgentManifest], planted: Planted, started: Sequence[Event], chance: "Chance", name: str
) -> tuple[Account, int, list[int]]:
    """The account after all that these events lead to, the number of redriven dead letters, the requests of steps."""
    wiring = declared.wiring(manifests, [], [], {}, {})
    functions = {naming.agent(one.name) for one in manifests}
    tables = _Counted(Tables(wiring.tables))
    account = Account(
        wiring,
        START,
        runs=functions,
        dynamodb=tables,
        secrets={},
        faults=chance.fault,
        at_once=dict.fromkeys(functions, AT_ONCE),
        name=name,
    )
    account.bus = Bus(wiring.rules, lambda queue, body: chance.deliver(account, queue, body))
    with powertools_on(account.clock), _planted_code(manifests, planted):
        for event in started:
            account.publish(event.to_entry(naming.BUS))
        account.world.run()
        redriven = _redrive(account, functions)
    account.world.end()
    return account, redriven, tables.requests


def limited(declared: Declaration) -> Declaration:
    """A declaration with the deadlines of these runs: that of a run is a schedule."""
    return replace(declared, seconds=RUN_SECONDS, patience=PATIENCE, person_seconds=PERSON_SECONDS)


def manifests_of(planted: Planted) -> list[AgentManifest]:
    """The manager's and the members'."""
    workflow = planted.declared
    budget = Budget(wakes_per_tree=1000)
    given = [Subscription(type, [f"agent.{MANAGER}"]) for type in (TASK_ASSIGNED, TASK_REVOKED)]
    starts = [Subscription(type, ["webhook.stripe"]) for type in (STARTS, *workflow.ends)]
    manager = AgentManifest(MANAGER, "tests", "Manage", starts, workflow=workflow, budget=budget)
    members = dict.fromkeys(workflow.members)
    return [manager, *(AgentManifest(name, "tests", "Work", given, budget=budget) for name in members)]


@contextmanager
def _planted_code(manifests: Sequence[AgentManifest], planted: Planted) -> Iterator[None]:
    """Let the agents' code be importable where their folders would be."""

    def run(name: str) -> Any:
        def report(event: Event, tools: Any) -> Outcome:
            if event.type == TASK_REVOKED:
                return Done("undone")
            content = planted.members(Assign(event.data["task"], name, event.data["payload"]))
            return Done("says nothing") if content is None else Report(content)

        return report

    made: dict[str, ModuleType] = {}
    for manifest in manifests:
        place = f"functions.agents.{manifest.name}"
        declaring, acting = ModuleType(f"{place}.manifest"), ModuleType(f"{place}.agent")
        vars(declaring)["MANIFEST"], vars(acting)["run"] = manifest, run(manifest.name)
        made |= {declaring.__name__: declaring, acting.__name__: acting}
    sys.modules |= made
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


class _Counted:
    """DynamoDB, which counts the requests about runs. A step of the driver begins with reading its run."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._steps: dict[int, list[int]] = defaultdict(list)  # by thread: an invocation has one

    @property
    def requests(self) -> list[int]:
        """The requests of each step so far."""
        return [count for steps in self._steps.values() for count in steps]

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._tables, method)

        def counted(**request: Any) -> Any:
            key = request.get("Key") or request.get("Item") or {}
            if key.get("id", {}).get("S", "").startswith(PREFIX):
                steps = self._steps[threading.get_ident()]
                steps.extend([0] if method == "get_item" else [])
                steps[-1] += 1
            return call(**request)

        return counted


class Chance:
    """What is copied, lost and faulty, the same in each run with this seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same in each run
        self.copies = self.lost = self.faults = self.crashes = 0

    def fault(self, number: int, label: str) -> str:
        if self._random.random() >= FAULTY:
            return ""
        self.faults += 1
        fault = self._random.choice(FAULTS)
        self.crashes += fault.startswith("dies")
        return fault

    def deliver(self, account: Account, queue: str, body: str) -> None:
        if json.loads(body)["detail-type"] == TASK_REPORTED and self._random.random() < LOST:
            self.lost += 1
            return
        account.queues[queue].send(body)
        if self._random.random() < COPIED:
            self.copies += 1
            account.queues[queue].send(body)


def start_of(number: int, entities: Sequence[str], type: str = STARTS, after: float = 0) -> Event:
    """An event that happened some seconds after the start, in a causal tree of its own."""
    id = f"stripe:evt_{number}"
    named = list(entities) or ["stripe:charge/ch_1"]
    grant = Grant(id, id, frozenset(named), int(START), int(START) + LIFETIME)
    return Event(
        id=id,
        source="webhook.stripe",
        type=type,
        subject=named[0],
        time=rfc3339(START + after),
        receivedat=rfc3339(START),
        entities=named,
        correlationid=id,
        grant=mint(grant, "a key that only these runs use, and nothing checks"),
        data=catalogue.check(type, catalogue.model_of(type).example),
        dataschema=catalogue.schema(type),
    )


def _redrive(account: Account, functions: set[str]) -> int:
    """Send dead letters back until none comes: a message whose every try met a fault is for the operator."""
    redriven = 0
    for _ in range(MOST_REDRIVES):
        letters = [(name, one) for name in functions for one in account.queues[naming.dead_letters(name)].bodies]
        for name in functions:
            account.queues[naming.dead_letters(name)].messages.clear()
        for name, body in letters:
            account.queues[name].send(body)
        if not letters:
            break
        redriven += len(letters)
        account.world.run()
    return redriven


def state_of(account: Account, declared: Declaration, event: Event) -> RunState[Any] | None:
    """The run that an event started; None if it started none."""
    table, key = naming.idempotency_table(MANAGER), {"id": {"S": f"{PREFIX}{run_id(event.id)}"}}
    item = account.service("dynamodb", None).get_item(TableName=table, Key=key).get("Item")  # type: ignore[arg-type]  # no process calls
    return Machine(declared).read(read_item(item).state) if item and "joined" not in item else None


def wrong(account: Account, states: Mapping[str, RunState[Any] | None]) -> Iterator[str]:
    """What must not be: a run without an end or with two, a task that nobody got, or given or answered twice."""
    ids: dict[tuple[str, str], set[str]] = {}
    for detail in account.bus.published:
        of = detail["data"].get("task") or detail["data"].get("run")
        if detail["type"] in (TASK_ASSIGNED, TASK_REPORTED, RUN_ENDED):
            ids.setdefault((detail["type"], of), set()).add(detail["id"])
    yield from (f"{type} of {of} has {len(several)} ids" for (type, of), several in ids.items() if len(several) > 1)
    for run, state in states.items():
        if state is None or state.end not in END_STATES:
            yield f"run {run} has no end"
            continue
        if (RUN_ENDED, run) not in ids:
            yield f"the end of run {run} was not published"
        for task in state.tasks:
            if task.member != "person" and (TASK_ASSIGNED, task.id) not in ids:
                yield f"task {task.id} was not given"
        if state.open:
            yield f"run {run} is over and has open tasks"
    known = {task.id for state in states.values() if state for task in state.tasks}
    yield from (f"{of} was given, and no run knows it" for type, of in ids if type == TASK_ASSIGNED and of not in known)
