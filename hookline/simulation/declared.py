"""The wiring of agents, from manifests alone: what the stacks deploy for them, without a synthesis.

A test compares it with the synthesized templates, so that it can be neither behind them nor ahead of them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.events.reviews import REVIEW_OPENED, SOURCE, TO_SERVICE
from functions.core.manifests import credentials
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.source import SourceManifest
from functions.core.manifests.timeouts import timeout
from functions.core.platform.backoff import TRIES
from functions.core.platform.environment import (
    AgentEnvironment,
    ConnectorEnvironment,
    Environment,
    ManagerEnvironment,
    ProjectorEnvironment,
    ReviewServiceEnvironment,
    Started,
    VerifierEnvironment,
)
from functions.core.workflows import runs
from hookline.simulation.bus import Rule
from hookline.simulation.wiring import FunctionSpec, MappingSpec, QueueSpec, Wiring
from infra import naming
from infra.rules import GENERAL, pattern, starts
from infra.templates import NAMES, PSEUDO

AGENT = GENERAL
CONNECTOR = "functions.core.gate.handlers.connector"
URL = "https://hooks.example.test"
VERIFIER_SECONDS, SERVICE_SECONDS, RECORDER_SECONDS, DRAIN_SECONDS, WINDOW_SECONDS = 10, 30, 30, 20, 5
MOST_TRIES = 100  # of a message that cannot be replaced
REVIEWS, CONTEXT = naming.service("reviews"), naming.service("context")


def wiring(
    agents: Sequence[AgentManifest],
    connectors: Sequence[ConnectorManifest],
    sources: Sequence[SourceManifest],
    destinations: Mapping[str, str],
    tenants: Mapping[str, Mapping[str, str]],
    links: Mapping[str, Any] | None = None,
) -> Wiring:
    """The wiring of `agents`, the `connectors` that they use, and the verifiers of `sources`.

    `destinations` are the bound ones by name, `tenants` the parts of the providers' hosts by connector, `links`
    what the settings let links lead to.
    """
    names = [naming.agent(agent.name) for agent in agents]
    queues = _audit_queues()
    for name, agent in zip(names, agents, strict=True):
        queues += _queues(name, timeout(agent.budget.seconds))
    queues += [*_queues(REVIEWS, SERVICE_SECONDS), *_queues(CONTEXT, SERVICE_SECONDS), *_spill()]
    functions = [*map(_agent, agents), _reviews(agents), _context()]
    functions += [_connector(one, agents, destinations, tenants.get(one.name, {}), links or {}) for one in connectors]
    functions += [_verifier(one) for one in sources]
    own = [MappingSpec(name, name, 1) for name in names]
    return Wiring(
        queues=queues,
        functions=functions,
        mappings=[*own, MappingSpec(REVIEWS, REVIEWS, 10), MappingSpec(CONTEXT, CONTEXT, 10)],
        rules=[
            *(Rule(pattern(agent), name) for name, agent in zip(names, agents, strict=True)),
            Rule({"source": [{"prefix": "agent."}], "detail-type": list(TO_SERVICE)}, REVIEWS),
            Rule({"source": [{"prefix": "webhook."}, {"prefix": "agent."}]}, CONTEXT),
        ],
        tables=_tables(agents),
    )


def _agent(agent: AgentManifest) -> FunctionSpec:
    name = naming.agent(agent.name)
    common = {
        **_urls(name, agent.identity),
        "agent": agent.name,
        "bus": naming.BUS,
        "idempotency_table": naming.idempotency_table(agent.name),
        "connectors_arn": alias_arn(naming.connector("{connector}"), agent.name),
        "records_bucket": _records_bucket(agent),
    }
    environment = AgentEnvironment(**common)
    if agent.workflow:
        environment = ManagerEnvironment(
            **common,
            bodies_bucket=_bodies_bucket(),
            schedule_group=naming.schedules(agent.name),
            queue_arn=_arn("sqs", name),
            clock_role_arn=_role_arn(naming.clock(agent.name)),
        )
    return _function(name, starts(agent), environment, timeout(agent.budget.seconds), may_loop=True)


def _connector(
    connector: ConnectorManifest,
    agents: Sequence[AgentManifest],
    destinations: Mapping[str, str],
    tenant: Mapping[str, str],
    links: Mapping[str, Any],
) -> FunctionSpec:
    users = [agent for agent in agents if connector.name in agent.connectors]
    names = {name for agent in users for use in agent.uses if use.connector == connector.name for name in use.to}
    bound = {name: destinations[name] for name in sorted(names & destinations.keys())}
    environment = ConnectorEnvironment(
        audit_queue_url=_queue_url(naming.audit_queue(connector.identity)),
        connector=connector.name,
        grant_key=naming.GRANT_KEY,
        ledger_table=naming.LEDGER_TABLE if connector.has_effects else "",
        budgets_table=naming.BUDGETS_TABLE if connector.has_budgets else "",
        breakers_table=naming.BREAKERS_TABLE if connector.is_guarded else "",
        **{f"{access.table}_table": naming.table(access.table) for access in connector.tables},
        credential=naming.credential(connector.name) if credentials.has_secret(connector.credential) else "",
        tenant=json.dumps(tenant) if connector.tenant else "",
        destinations=json.dumps(bound, sort_keys=True) if bound else "",
        links=json.dumps(links) if links and any(one.extends for one in connector.operations) else "",
        records_bucket=next(filter(None, map(_records_bucket, users)), ""),
    )
    aliases = [agent.name for agent in users]
    return _function(naming.connector(connector.name), CONNECTOR, environment, connector.timeout, aliases)


def _records_bucket(agent: AgentManifest) -> str:
    """The bucket of the agent's records, "" if it is not recorded."""
    place = (str(PSEUDO["AWS::AccountId"]), str(PSEUDO["AWS::Region"]))
    return naming.records_bucket(*place) if agent.recorded else ""


def _verifier(source: SourceManifest) -> FunctionSpec:
    """The verifier as on the local stack, where nobody can see a sender's address."""
    environment = VerifierEnvironment(
        audit_queue_url=_queue_url(naming.audit_queue(source.identity)),
        source=source.name,
        public_url=URL,
        bus=naming.BUS,
        spill_queue_url=_queue_url(naming.SPILL_QUEUE),
        deliveries_table=naming.DELIVERIES_TABLE,
        bodies_bucket=_bodies_bucket(),
        signing_secret=naming.signing_secret(source.name),
        grant_key=naming.GRANT_KEY,
        addresses="unknown",
        expected="*",
        mode="test",
    )
    handler = "functions.core.ingress.handlers.verifier"
    return _function(naming.verifier(source.name), handler, environment, VERIFIER_SECONDS)


def _reviews(agents: Sequence[AgentManifest]) -> FunctionSpec:
    environment = ReviewServiceEnvironment(
        **_urls(REVIEWS, "service.reviews"),
        reviews_table=naming.REVIEWS_TABLE,
        bus=naming.BUS,
        grant_key=naming.GRANT_KEY,
        link_key=naming.REVIEW_LINK_KEY,
        topic_arn=_arn("sns", naming.REVIEWS_TOPIC),
        schedule_group=naming.REVIEWS_SCHEDULES,
        clock_arn=alias_arn(REVIEWS, naming.CLOCK),
        clock_role_arn=_role_arn(naming.REVIEW_CLOCK),
        public_url=URL,
        announces="yes" if any(agent.subscribes_to(SOURCE, REVIEW_OPENED) for agent in agents) else "",
    )
    entrances = [naming.DECISIONS, naming.LINKS, naming.CLOCK]
    return _function(REVIEWS, "functions.core.reviews.handlers.service", environment, SERVICE_SECONDS, entrances)


def _context() -> FunctionSpec:
    environment = ProjectorEnvironment(
        **_urls(CONTEXT, "service.context"), timelines_table=naming.TIMELINES_TABLE, grant_key=naming.GRANT_KEY
    )
    return _function(CONTEXT, "functions.core.context.handlers.projector", environment, SERVICE_SECONDS)


def _function(
    name: str, starts: str, environment: Environment, seconds: int, aliases: Sequence[str] = (), may_loop: bool = False
) -> FunctionSpec:
    variables = {**Started(starts, naming.STAGE).variables(), **environment.variables()}
    return FunctionSpec(name, float(seconds), variables, frozenset(aliases), may_loop)


def _queues(name: str, seconds: int) -> list[QueueSpec]:
    """The queue of a consumer that may run for `seconds`, and its dead-letter queue."""
    letters = naming.dead_letters(name)
    return [QueueSpec(name, 6.0 * seconds, TRIES, letters), QueueSpec(letters, 6.0 * seconds, 0, "")]


def _audit_queues() -> list[QueueSpec]:
    hidden = 6.0 * RECORDER_SECONDS + WINDOW_SECONDS
    found = []
    for name in naming.AUDIT_QUEUES.values():
        letters = naming.dead_letters(name)
        found += [QueueSpec(name, hidden, MOST_TRIES, letters), QueueSpec(letters, hidden, 0, "")]
    return found


def _spill() -> list[QueueSpec]:
    letters = naming.dead_letters(naming.SPILL_QUEUE)
    hidden = 6.0 * DRAIN_SECONDS
    return [QueueSpec(naming.SPILL_QUEUE, hidden, MOST_TRIES, letters), QueueSpec(letters, hidden, 0, "")]


def _tables(agents: Sequence[AgentManifest]) -> list[Mapping[str, Any]]:
    index = {
        "IndexName": naming.REVIEWS_INDEX,
        "KeySchema": _keys("status", "expires_at"),
        "Projection": {"ProjectionType": "ALL"},
    }
    by_id = [naming.DELIVERIES_TABLE, naming.BUDGETS_TABLE, naming.BREAKERS_TABLE]
    return [
        *(_table(name, id="S") for name in by_id),
        *map(_rows, agents),
        _table(naming.LEDGER_TABLE, key="S"),
        _table(naming.TIMELINES_TABLE, entity="S", at="S"),
        {
            **_table(naming.REVIEWS_TABLE, id="S"),
            "AttributeDefinitions": _attributes(id="S", status="S", expires_at="N"),
            "GlobalSecondaryIndexes": [index],
        },
    ]


def _rows(agent: AgentManifest) -> Mapping[str, Any]:
    """The table of what the agent remembers, with the index of its runs if it is a manager."""
    name = naming.idempotency_table(agent.name)
    if not agent.workflow:
        return _table(name, id="S")
    shown = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(runs.INDEX_SHOWS)}
    index = {"IndexName": runs.INDEX, "KeySchema": _keys(*runs.INDEX_KEYS), "Projection": shown}
    attributes = _attributes(id="S", **dict.fromkeys(runs.INDEX_KEYS, "S"))
    return {**_table(name, id="S"), "AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [index]}


def _table(name: str, **keys: str) -> dict[str, Any]:
    definitions = {"KeySchema": _keys(*keys), "AttributeDefinitions": _attributes(**keys)}
    return {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **definitions}


def _keys(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def _attributes(**kinds: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]


def _urls(name: str, identity: str) -> dict[str, str]:
    return {
        "queue_url": _queue_url(name),
        "dead_letter_url": _queue_url(naming.dead_letters(name)),
        "audit_queue_url": _queue_url(naming.audit_queue(identity)),
    }


def _queue_url(name: str) -> str:
    return f"https://sqs.{PSEUDO['AWS::Region']}.{PSEUDO['AWS::URLSuffix']}/{PSEUDO['AWS::AccountId']}/{name}"


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}:{resource}"


def _bodies_bucket() -> str:
    return naming.bodies_bucket(str(PSEUDO["AWS::AccountId"]), str(PSEUDO["AWS::Region"]))


def _role_arn(name: str) -> str:
    return NAMES["AWS::IAM::Role"][1].format(naming.role(name, str(PSEUDO["AWS::Region"])))


def alias_arn(function: str, alias: str) -> str:
    """The ARN of a function's alias."""
    return _arn("lambda", f"function:{function}:{alias}")
