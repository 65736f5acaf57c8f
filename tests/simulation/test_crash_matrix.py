"""The crash matrix: whatever dies, at whichever call, nothing is lost and nothing happens twice.

Each scenario is run once without a fault, which shows every call that agent, connector and recorder make of the
world. Then it is run again for each of these points and each fault, until the queue is empty: the process dies just
before the call or just after it; the call is refused, or done and its answer lost; the process stalls; a second copy
of the message is handled in that very moment, before or after the call. At the provider, the request may besides be
handled late (a second before the gate's patience ends), fail, or act and fail.

Not covered, because nothing can: a provider without idempotency keys that acts on a request more than SETTLE_SECONDS
after anybody waits for it, when the read-back did not show it and it was repeated.
"""

import hashlib
import itertools
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency import base as powertools_handler
from aws_lambda_powertools.utilities.idempotency.persistence import base as powertools_rows
from aws_lambda_powertools.utilities.idempotency.persistence import datarecord as powertools_record
from aws_lambda_powertools.utilities.idempotency.persistence import dynamodb as powertools_dynamodb
from botocore import UNSIGNED
from botocore.config import Config
from moto import mock_aws

from functions.core.audit import chain
from functions.core.events.event import Event, child_id
from functions.core.gate import guarded, outbound, policy
from functions.core.gate import serve as connector
from functions.core.gate.breaker import Breaker
from functions.core.gate.ledger import Effect
from functions.core.gate.retry import Retry
from functions.core.platform import aws
from functions.core.platform.log import log
from functions.core.runtime import serve
from functions.providers.stripe.connector import MANIFEST as STRIPE
from hookline.operator.trail import Trail
from infra import naming
from tests.simulation.account import (
    ANYWHERE,
    AT_THE_PROVIDER,
    ERRORS,
    START,
    TABLES,
    Account,
    Clock,
    deployed,
)
from tests.simulation.scenarios import EFFECTS, GRANT_KEY, SCENARIOS, Scenario, envelope_of, event_of, manifest_of

EVERY_FAULT = (*ANYWHERE, *ERRORS, *AT_THE_PROVIDER)
DOUBLE_FAULTS = 40


def kinds(account: Account) -> list[str]:
    return [record["kind"] for record in account.trail]


@dataclass(frozen=True)
class Run:
    """A scenario that was run to its end; `intents` says of each effect whether its intent was on record before it."""

    scenario: Scenario
    event: Event
    account: Account
    intents: list[bool]
    dynamodb: Any

    def wrong(self) -> list[str]:
        """Everything that is not as it must be."""
        account, found = self.account, []
        if account.provider.happened != list(self.scenario.happens):
            found.append(f"at the provider: {account.provider.happened or 'nothing'}")
        if not all(self.intents):
            found.append("an effect before its intent was on record")
        if account.inbox.messages or account.inbox.dead:
            found.append(f"in the queue {len(account.inbox.messages)}, dead letters {account.inbox.dead}"[:300])
        return found + self._wrong_children() + self._wrong_rows() + self._wrong_trail()

    def _wrong_children(self) -> list[str]:
        kept = {(child["id"], child["type"], json.dumps(_lasting(child["data"]))) for child in self.account.published}
        ids = {child_id(self.event.id, self.account.agent.identity, self.scenario.publishes)}
        return [] if len(kept) == 1 and {id for id, _, _ in kept} == ids else [f"children: {sorted(kept)}"]

    def _wrong_rows(self) -> list[str]:
        own = f"{self.scenario.name}#{hashlib.md5(json.dumps(self.event.id).encode()).hexdigest()}"  # noqa: S324 - Powertools'
        effect = Effect(self.scenario.name, *EFFECTS.get(self.scenario.happens, ("", "")), self.event.id, "").key
        keys = {"idempotency": ("id", own), "budgets": ("correlation", self.event.correlationid)} | {
            "ledger": ("key", effect)
        }
        asked = {table: {"Keys": [{key: {"S": value}}]} for table, (key, value) in keys.items()}
        rows = self.dynamodb.batch_get_item(RequestItems=asked)["Responses"]
        found = []
        if [row["status"]["S"] for row in rows["idempotency"]] != ["COMPLETED"]:
            found.append("the event is not remembered as handled")
        charged = [key for row in rows["budgets"] for key in row["effects"]["SS"]]
        if charged != [effect for _ in self.scenario.happens]:
            found.append(f"the budget is charged with {charged or 'nothing'}")
        if [row["status"]["S"] for row in rows["ledger"]] != ["done" for _ in self.scenario.happens]:
            found.append(f"the ledger says {rows['ledger'] or 'nothing'}")
        return found

    def _wrong_trail(self) -> list[str]:
        trail = [record for record in self.account.trail if record["identity"] == "connector.stripe"]
        acts = [record["kind"] for record in trail if record["kind"] in ("attempted", "effected", "repeated")]
        if self.scenario.happens and (acts[:1] != ["attempted"] or acts[-1] == "attempted"):
            return [f"on the trail: {acts}"]
        if "published" not in kinds(self.account):
            return ["no publication on the trail"]
        return []


def _lasting(data: dict[str, Any]) -> dict[str, Any]:
    """What a second publication of an event repeats: not when a question ends, nor the proposal: it is signed again."""
    return {name: value for name, value in data.items() if name not in ("expires", "proposal")}


NUMBERS = itertools.count()  # every run's event has an id of its own


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """One DynamoDB for the whole matrix: every run has ids of its own."""
    with mock_aws():
        # Neither signed nor checked: moto does not look at signatures, and takes most of the time as it is.
        cheap = Config(signature_version=UNSIGNED, parameter_validation=False)
        client = boto3.client("dynamodb", region_name="us-east-1", config=cheap)
        for name in TABLES:
            create(client, name)
        yield client


def create(dynamodb: Any, name: str) -> None:
    keys = list(zip(TABLES[name], ("HASH", "RANGE"), strict=False))
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in TABLES[name].items()],
    )


@pytest.fixture
def simulate(
    dynamodb: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    environments: Callable[[], Callable[[], None]],
    circuits_follow: Callable[[Clock], None],
) -> Callable[..., Run]:
    """Runs a scenario with the faults given, in an account of its own, and returns the account."""
    numbers = {"now": 0}  # of the run: its event has an id, and its provider a circuit, of its own
    secrets = {"grants": lambda: GRANT_KEY, "credential": lambda: f"credential-{numbers['now']}"}
    monkeypatch.setattr(aws, "secret", lambda name, look_again=False: secrets[name]())
    monkeypatch.setattr(log, "info", lambda *_, **__: None)  # thousands of runs: nobody reads their logs
    monkeypatch.setattr(log, "warning", lambda *_, **__: None)

    def simulate(scenario: Scenario, faults: dict[int, str] | None = None, records: bool = False) -> Run:
        agent = manifest_of(scenario)
        folder = tmp_path / scenario.name
        if not folder.exists():
            folder.mkdir()
            (folder / policy.FILE).write_text(scenario.policy)
        module = SimpleNamespace(MANIFEST=agent, __file__=str(folder / "manifest.py"))
        monkeypatch.setitem(sys.modules, f"functions.agents.{agent.name}.manifest", module)
        operations = [
            replace(operation, idempotency=scenario.idempotency)
            if operation.kind == "effect" and scenario.idempotency
            else operation
            for operation in STRIPE.operations
        ]
        stripe = replace(STRIPE, operations=operations)
        account = Account(agent, scenario.run, stripe, dynamodb, environments, faults or {}, records)
        account.provider.first, account.provider.slow = scenario.first, scenario.slow
        account.provider.down = (START + scenario.down[0], START + scenario.down[1])
        follow(monkeypatch, account)
        circuits_follow(account.clock)
        numbers["now"] = next(NUMBERS)
        event = event_of(scenario, f"evt_{scenario.name}_{numbers['now']}")
        random.seed(1)  # the jitter of what comes back
        intents: list[bool] = []
        account.provider.before_effects = lambda: intents.append("attempted" in kinds(account))
        account.run(envelope_of(event))
        return Run(scenario, event, account, intents, dynamodb)

    yield simulate
    policy.policy_of.cache_clear()


def follow(monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    """Let everything that the functions go by be this account's: its clients, its provider and its clock."""
    clock = account.clock
    monkeypatch.setattr(aws, "client", account.client)
    monkeypatch.setattr(outbound, "public_https", account.pool)
    for module in (serve, connector):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=clock))
    retry = Retry(clock, clock.wait, random.random)
    monkeypatch.setattr(guarded, "Retry", lambda: retry)
    monkeypatch.setattr(guarded, "Breaker", partial(Breaker, clock=clock))
    now = SimpleNamespace(now=lambda: datetime.fromtimestamp(clock(), UTC))
    for module in (powertools_handler, powertools_rows, powertools_record, powertools_dynamodb):
        monkeypatch.setattr(module, "dt", SimpleNamespace(datetime=now, timedelta=timedelta))
    for environment in deployed(account.agent):
        for name, value in environment.variables().items():
            monkeypatch.setenv(name, value)


def chained(dynamodb: Any, run: Run) -> set[str]:
    """The ids of the run's records in the chains, which are verified."""
    trail, ids = Trail(dynamodb), []
    for identity in (run.account.agent.identity, run.account.connector.identity):
        records = trail.of_identity(identity)
        assert chain.verify(records).seq == trail.length(identity)
        ids += [record["id"] for record in records if record["correlation"] == run.event.correlationid]
    assert len(ids) == len(set(ids))
    return set(ids)


def deaths(run: Run) -> Iterator[tuple[int, str, str]]:
    """A death before and after every call of a run: the number of the point, its name and the fault.

    Nothing happens between two calls. So a process that dies after one of its calls is the one that dies before the
    next where that is its own too, and is run once. Where the provider is not well, only the connector is of interest:
    what the agent does each time is the same as where it is.
    """
    labels = run.account.points
    for number, (label, following) in enumerate(zip(labels, [*labels[1:], ""], strict=True)):
        if run.scenario.first and not label.startswith("connector:"):
            continue
        yield number, label, "dies before"
        if label.partition(":")[0] != following.partition(":")[0]:
            yield number, label, "dies after"
        if "provider POST" in label and not run.scenario.first:
            yield from ((number, label, fault) for fault in AT_THE_PROVIDER)


def copies(run: Run) -> Iterator[tuple[int, str, str]]:
    """A copy of the event that is handled before every call of a run, and after the last."""
    *own, _ = run.account.points  # the last is Lambda's own, when nobody handles the event any more
    yield from ((number, label, "a copy before") for number, label in enumerate(own))
    yield len(own) - 1, own[-1], "a copy after"


def errors(run: Run) -> Iterator[tuple[int, str, str]]:
    """Every call of a run refused; done, and its answer lost; and late."""
    yield from ((number, label, fault) for number, label in enumerate(run.account.points) for fault in ERRORS)


def wrong_after(
    simulate: Callable[..., Run], scenario: Scenario, faults: Callable[[Run], Iterable[tuple[int, str, str]]]
) -> dict[str, Any]:
    """What is wrong in a scenario without a fault, and after each of these by its name."""
    dry = simulate(scenario)
    wrong = {"without a fault": dry.wrong()}
    for number, label, fault in faults(dry):
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


def test_two_faults_lose_nothing_and_double_nothing(simulate):
    """Drawn from all scenarios, points and faults, always the same ones."""
    draw = random.Random(20_261_122)  # noqa: S311 - the same draw each time
    points = {scenario.name: len(simulate(scenario).account.points) for scenario in SCENARIOS}
    wrong = {}
    for _ in range(DOUBLE_FAULTS):
        scenario = draw.choice(SCENARIOS)
        faults = {draw.randrange(points[scenario.name] + 10): draw.choice(EVERY_FAULT) for _ in range(2)}
        wrong[f"{scenario.name} {faults}"] = simulate(scenario, faults).wrong()
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_death_of_the_recorder_at_any_point_loses_and_doubles_no_record(simulate, dynamodb, monkeypatch):
    """Every record that the queue took stands in its chain once, and the chains verify."""
    monkeypatch.setattr(naming, "AUDIT_TABLE", "audit")
    monkeypatch.setattr(naming, "HEADS_TABLE", "heads")
    scenario = SCENARIOS[0]
    labels = list(simulate(scenario, records=True).account.points)
    first = next(number for number, label in enumerate(labels) if label.startswith("recorder:"))
    for number in range(first, len(labels)):
        for fault in ("dies before", "dies after", "answer lost"):
            run = simulate(scenario, {number: fault}, records=True)
            at = f"{number} {labels[number]}, {fault}"
            assert run.account.audit.messages == run.account.audit.dead == [], at
            assert chained(dynamodb, run) == {record["id"] for record in run.account.trail}, at
