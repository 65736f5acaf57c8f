"""What the unit tests share: builders of events and grants, fakes of AWS clients, and tables that moto keeps."""

import importlib
import itertools
import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.core.audit.append import Tables
from functions.core.audit.records import Audit
from functions.core.authority.grants import Approval, Grant, mint
from functions.core.authority.proposals import Proposal, propose
from functions.core.events.catalogue import events
from functions.core.events.event import Event
from functions.core.platform.action import Action
from functions.core.platform.environment import Environment
from functions.core.platform.identities import function_name
from functions.core.platform.in_lambda import Secrets
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform
from hookline.testing.platform import fake_platform
from hookline.validation import discovery
from hookline.validation.discovery import Project
from hookline.validation.findings import Finding
from infra import naming
from tests.unit.dynamodb import DynamoDB
from tests.unit.fakes import NOW, AuditQueue, Clock, EventBridge, Repeating, Sqs

KEY = "the key of these tests, 32 characters or more"

# The keys of the tables as infra makes them: the hash key, and the range key with its type.
TABLES = {
    "breakers": {"id": "S"},
    "budgets": {"id": "S"},
    "deliveries": {"id": "S"},
    "idempotency": {"id": "S"},
    "ledger": {"key": "S"},
    "reviews": {"id": "S"},
    "runs": {"id": "S"},
    "timelines": {"entity": "S", "at": "S"},
    "segments": {"chain": "S", "first": "N"},
    "chains": {"chain": "S"},
    "trees": {"correlation": "S", "segment": "S"},
}

# The indexes of the tables: their keys with their types; the first is an index's name too.
INDEXES = {"reviews": {"status": "S", "expires_at": "N"}}
AUDIT_TABLES = {"AUDIT_TABLE": "segments", "CHAINS_TABLE": "chains", "TREES_TABLE": "trees"}


@pytest.fixture(scope="session")
def project_as_read() -> tuple[Project, list[Finding]]:
    """Every manifest of the project, read once."""
    return discovery.read_project()


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch, project_as_read: tuple[Project, list[Finding]]) -> None:
    """Commands find the project as it was read before, for tests that run many of them and change no file of it."""
    monkeypatch.setattr(discovery, "read_project", lambda functions=None: project_as_read)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def grant_key() -> str:
    return KEY


@pytest.fixture(scope="session")
def make_grant() -> Callable[..., str]:
    """Mints a grant for the entities given, of the event that `make_event` makes unless told otherwise."""

    def make(
        *entities: str,
        event: str = "stripe:evt_1",
        issued: float = NOW,
        expires: float = NOW + 3600,
        approval: Approval | None = None,
        tree: str | None = None,
        key: str = KEY,
    ) -> str:
        return mint(Grant(event, tree or event, frozenset(entities), int(issued), int(expires), approval), key)

    return make


@pytest.fixture(scope="session")
def make_event(make_grant: Callable[..., str]) -> Callable[..., Event]:
    """Makes a payment.succeeded from Stripe; `data` changes single fields, the rest are fields of Event."""
    example = events()["payment.succeeded"].example
    entities = [f"stripe:{kind}/{example[kind]}" for kind in ("charge", "customer", "review")]
    fields = {
        "id": "stripe:evt_1",
        "source": "webhook.stripe",
        "type": "payment.succeeded",
        "subject": entities[0],
        "time": "2026-09-21T13:33:21Z",
        "receivedat": "2026-09-21T13:35:00.000000Z",
        "entities": entities,
        "correlationid": "stripe:evt_1",
        "grant": make_grant(*entities),
        "dataschema": "payment.succeeded/1",
        "raw": {"type": "charge.succeeded", "body": {"id": "evt_1"}},
    }

    def make(data: dict[str, Any] | None = None, **changes: Any) -> Event:
        return Event(**{**fields, **changes}, data={**example, **(data or {})})

    return make


@pytest.fixture(scope="session")
def make_proposal() -> Callable[..., str]:
    """Makes a connector's proposal to the fraud agent, of closing the review of the event that `make_event` makes."""
    action = Action(**events()["approval.required"].example["action"])

    def make(key: str = KEY, **changes: Any) -> str:
        fields = {
            "agent": "fraud",
            "event": "stripe:evt_1",
            "correlation": "stripe:evt_1",
            "action": action,
            "expires": int(NOW) + 3600,
            "state": {"open": True},
            "policies": ("people-close-reviews",),
        }
        return propose(Proposal(**{**fields, **changes}), key)

    return make


@pytest.fixture(scope="session")
def make_question(make_event: Callable[..., Event], make_proposal: Callable[..., str]) -> Callable[..., Event]:
    """Makes the fraud agent's approval.required, which waits an hour; `data` changes fields of its data."""
    example = {**events()["approval.required"].example, "question": "Zulässig?", "expires": int(NOW) + 3600}

    def make(parent: Event | None = None, proposal: str | None = None, **data: Any) -> Event:
        return (parent or make_event()).child(
            source="agent.fraud",
            type="approval.required",
            time="2026-09-21T13:36:00.000000Z",
            data={**example, "proposal": make_proposal() if proposal is None else proposal, **data},
            schema="approval.required/1",
        )

    return make


@pytest.fixture(scope="session")
def envelope_of() -> Callable[[Event], dict[str, Any]]:
    """What a rule of the bus makes of an event."""

    def envelope(event: Event) -> dict[str, Any]:
        entry = event.to_entry("bus")
        detail = json.loads(entry["Detail"])
        return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}

    return envelope


@pytest.fixture(scope="session")
def sqs_payload() -> Callable[..., dict[str, Any]]:
    """The payload that Lambda gets for messages with these bodies; their ids are m0, m1, … and receipts r0, r1, …"""

    def payload(*bodies: Any, tries: int = 1, group: str = "") -> dict[str, Any]:
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        sender = f"AROAEXAMPLE:{function_name(group)}" if group else ""
        attributes = {"ApproximateReceiveCount": str(tries), "MessageGroupId": group, "SenderId": sender}
        return {"Records": [_message(number, text, attributes) for number, text in enumerate(texts)]}

    return payload


def _message(number: int, body: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "messageId": f"m{number}",
        "receiptHandle": f"r{number}",
        "body": body,
        "eventSource": "aws:sqs",
        "attributes": {**attributes},
        "messageAttributes": {},
    }


@pytest.fixture
def audit_queue() -> AuditQueue:
    return AuditQueue()


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Makes unique ids."""
    numbers = itertools.count(1)
    return lambda: f"id-{next(numbers)}"


@pytest.fixture
def make_audit(audit_queue: AuditQueue, clock: Clock, new_id: Callable[[], str]) -> Callable[..., Audit]:
    return lambda identity="agent.fraud": Audit(identity, audit_queue, clock, new_id)


@pytest.fixture
def eventbridge() -> EventBridge:
    return EventBridge()


@pytest.fixture
def sqs() -> Sqs:
    return Sqs()


@pytest.fixture(scope="session")
def client_error() -> Callable[[str], ClientError]:
    return lambda code: ClientError({"Error": {"Code": code, "Message": "made up"}}, "Operation")


@pytest.fixture(scope="session")
def moto_client() -> Callable[[str], Any]:
    """Makes each client once: making one takes far longer than what these tests do with it."""
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            made_up = {"aws_access_key_id": "made-up", "aws_secret_access_key": "made-up"}
            made = boto3.client(service, region_name="us-east-1", **made_up)
            clients[service] = DynamoDB(made) if service == "dynamodb" else made
        return clients[service]

    return client


@pytest.fixture
def moto() -> Iterator[None]:
    """An AWS account with nothing in it."""
    with mock_aws():
        yield


@pytest.fixture
def dynamodb(moto: None, moto_client: Callable[[str], Any]) -> Any:
    return moto_client("dynamodb")


@pytest.fixture
def s3(moto: None, moto_client: Callable[[str], Any]) -> Any:
    return moto_client("s3")


@pytest.fixture
def secretsmanager(moto: None, moto_client: Callable[[str], Any]) -> Any:
    return moto_client("secretsmanager")


@pytest.fixture
def secrets(secretsmanager: Any) -> Secrets:
    """Secrets Manager as a function sees it when it starts: with nothing in memory. The test sets `now`."""
    found = Secrets(lambda: secretsmanager, lambda: found.now)  # type: ignore[attr-defined]  # set below
    found.now = 0.0  # type: ignore[attr-defined]  # the test's
    return found


@pytest.fixture
def repeating(dynamodb: Any) -> Repeating:
    return Repeating(dynamodb)


@pytest.fixture
def table(dynamodb: Any) -> Callable[[str], str]:
    """Creates a table of TABLES and returns its name."""

    def create(name: str) -> str:
        kinds = zip(TABLES[name], ("HASH", "RANGE"), strict=False)
        more = {}
        attributes = {**TABLES[name]}
        if name in INDEXES:
            indexed = INDEXES[name]
            attributes |= indexed
            schema = [
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(indexed, ("HASH", "RANGE"), strict=True)
            ]
            index = {"IndexName": next(iter(indexed)), "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
            more = {"GlobalSecondaryIndexes": [index]}
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in kinds],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in attributes.items()],
            **more,
        )
        return name

    return create


@pytest.fixture
def audit_tables(table: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Tables:
    """The tables of the trail, which operators' commands read too."""
    for name, kind in AUDIT_TABLES.items():
        monkeypatch.setattr(naming, name, table(kind))
    return Tables(*AUDIT_TABLES.values())


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """Everything that was logged so far, as it would stand in CloudWatch."""
    lines: list[str] = []
    # One of our own: Powertools' logger keeps itself out of those that stand on the root when it is made.
    keeping = logging.Handler()
    # At once: the keys of a context are added to the lines that are logged in it.
    keeping.emit = lambda record: lines.append(log.registered_formatter.format(record))  # type: ignore[method-assign]  # one function is all that it takes
    logger = logging.getLogger("hookline")
    logger.addHandler(keeping)
    yield lambda: "\n".join(lines)
    logger.removeHandler(keeping)


@pytest.fixture
def platform(clock: Clock) -> Callable[..., Platform]:
    """Makes the platform of a function with this environment, these secrets and clients, on the test's clock."""

    def make(environment: Environment, secrets: dict[str, str] | None = None, **clients: Any) -> Platform:
        return fake_platform(clock, environment, clients=clients, secrets=secrets)

    return make


@pytest.fixture
def start(platform: Callable[..., Platform]) -> Callable[..., Handler]:
    """Starts a function as a cold start does: its module's name, then what `platform` takes."""

    def start(module: str, environment: Environment, secrets: dict[str, str] | None = None, **clients: Any) -> Handler:
        handler: Handler = importlib.import_module(module).start(platform(environment, secrets, **clients))
        return handler

    return start


@pytest.fixture
def lambda_context() -> Any:
    """What Lambda tells a function of its invocation."""
    return SimpleNamespace(
        function_name="function",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:hookline-connector-stripe:fraud",
        aws_request_id="request-1",
        get_remaining_time_in_millis=lambda: 20_000,
    )


@pytest.fixture
def unaliased_context(lambda_context: Any) -> Any:
    """What Lambda tells a function that was invoked without an alias, as the API and operators do."""
    arn = lambda_context.invoked_function_arn.rpartition(":")[0]
    return SimpleNamespace(**{**vars(lambda_context), "invoked_function_arn": arn})
