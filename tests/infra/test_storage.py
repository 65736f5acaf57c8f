"""What is stored: tables, buckets, secrets and the bus's archive."""

import json
import time
from types import SimpleNamespace

import pytest
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from functions.core.audit.append import Chains, Tables
from functions.core.context.timeline import Entry, Timelines
from functions.core.events import catalogue
from functions.core.events.event import Event, id_prefix
from functions.core.gate.breaker import RECOVERY_SECONDS, THRESHOLD, Breaker, circuit_name
from functions.core.gate.budgets import Account, Budgets
from functions.core.gate.ledger import Effect, Ledger
from functions.core.gate.outbound import Unreachable
from functions.core.ingress.claims import Claims
from functions.core.manifests.agent import Budget
from functions.core.manifests.credentials import has_secret
from functions.core.platform.environment import AgentEnvironment
from functions.core.reviews.review import Review
from functions.core.reviews.store import INDEX, Reviews
from functions.core.runtime.serve import serve
from hookline.testing.platform import fake_platform
from infra import naming
from infra.settings import RECORDS_DAYS
from tests.infra.found import declared_project, every

pytestmark = pytest.mark.synth

LONGEST_MEMORY = 2 * 366 * 24 * 3600


class Dynamo:
    """A DynamoDB without rows, which notes what is written to it."""

    class exceptions:
        ConditionalCheckFailedException = KeyError

    def __init__(self):
        self.items = []
        self.meta = SimpleNamespace(config=SimpleNamespace(user_agent_extra=None))

    def put_item(self, Item, **_):
        self.items.append(Item)
        return {}

    def transact_write_items(self, TransactItems):
        self.items += [action["Put"]["Item"] for action in TransactItems if "Put" in action]

    def query(self, **_):
        return {"Items": []}

    def get_item(self, **_):
        return {}

    def delete_item(self, **_):
        return {}

    def update_item(self, **_):
        return {}


def event(source, detail_type):
    names = {"entities": ["stripe:charge/ch_Example"], "data": {}, "dataschema": f"{detail_type}/1", "grant": "none"}
    time = {"time": "2026-01-01T00:00:00.000000Z", "receivedat": "2026-01-01T00:00:00.000000Z"}
    id = f"{id_prefix(source, detail_type)}evt_Example"
    return Event(id, source, detail_type, "stripe:charge/ch_Example", correlationid="x", **names, **time)


def write_delivery(dynamo, table):
    Claims(dynamo, table, lambda: "id").claim("stripe:evt_Example", time.time())


def write_effect(dynamo, table):
    """A claim is an update that creates its item."""

    def update(Key, ExpressionAttributeNames, ExpressionAttributeValues, **_):
        values = {name: ExpressionAttributeValues.get(f":{name}") for name in ExpressionAttributeNames.values()}
        dynamo.items.append({**Key, **{name: value for name, value in values.items() if value}})
        return {}

    dynamo.update_item = update
    effect = Effect("fraud", "stripe:review.approve", "stripe:review/prv_Example", "stripe:evt_Example", "digest")
    Ledger(dynamo, table, lambda: "id").claim(effect, time.time(), lease=20)


def write_budget(dynamo, table):
    """A reservation is an update that creates its item."""

    def update(Key, ExpressionAttributeNames, ExpressionAttributeValues, **_):
        expires = {ExpressionAttributeNames["#expires"]: ExpressionAttributeValues[":expires"]}
        sets = {ExpressionAttributeNames[name]: ExpressionAttributeValues[":keys"] for name in ("#tree", "#event")}
        dynamo.items.append({**Key, **expires, **sets})
        return {"Attributes": dynamo.items[-1]}

    dynamo.update_item = update
    account = Account("stripe", "stripe:evt_Example", "fraud", "stripe:evt_Example", Budget())
    Budgets(dynamo, table).reserve_effect(account, "key", time.time())


def write_circuit(dynamo, table):
    """A circuit breaker is written when it opens."""
    states = CircuitBreakerDynamoDBPersistence(table, boto3_client=dynamo)
    breaker = Breaker(circuit_name("stripe", "credential"), states, RECOVERY_SECONDS, lambda move: None, time.time)

    def fail():
        raise Unreachable("no")

    for _ in range(THRESHOLD):
        with pytest.raises(Unreachable):
            breaker.call(fail)


def write_timeline(dynamo, table):
    entry = Entry.of(event("webhook.stripe", "payment.succeeded"))
    Timelines(dynamo, table).add("stripe:charge/ch_Example", entry, {}, (), time.time())


def write_review(dynamo, table):
    asked = event("agent.fraud", "approval.required")
    asked.data.update({"agent": "fraud", "expires": int(time.time()), "action": None})
    Reviews(dynamo, table).open(Review(asked, ["stripe:charge/ch_Example"], time.time()))


def write_audit(dynamo, table):
    """An append writes to three tables, of which this one is noted."""
    noted, names = dynamo.items, Tables(naming.AUDIT_TABLE, naming.CHAINS_TABLE, naming.TREES_TABLE)

    def put(TableName, Item, **_):
        noted.extend([Item] if TableName == table else [])
        return {}

    def write(RequestItems):
        noted.extend(one["PutRequest"]["Item"] for one in RequestItems.get(table, ()))
        return {}

    dynamo.put_item, dynamo.batch_write_item = put, write
    record = {"id": "1", "correlation": "stripe:evt_Example", "at": "2026-01-01T00:00:00.000000Z"}
    Chains(dynamo, names).append("webhook.stripe", [record])


def write_idempotency(agent):
    """Waking the agent writes its idempotency row before anything else."""

    def write(dynamo, table):
        clients = {"dynamodb": dynamo}
        environment = AgentEnvironment("-", "-", "-", agent.name, "-", table, "-")
        quiet = {service: _Quiet() for service in ("events", "lambda", "sqs")}
        platform = fake_platform(time.time, environment, clients={**quiet, **clients})
        handler = serve(agent, lambda event, tools: [], catalogue, platform)
        subscribed = agent.subscribes[0]
        woken = event(subscribed.sources[0], subscribed.detail_type)
        envelope = {"source": woken.source, "detail-type": woken.type, "detail": vars(woken)}
        record = {"messageId": "1", "receiptHandle": "1", "body": json.dumps(envelope), "eventSource": "aws:sqs"}
        record["attributes"] = {"ApproximateReceiveCount": "1"}
        handler({"Records": [record]}, SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000))

    return write


class _Quiet:
    """A client whose every call succeeds."""

    def __getattr__(self, name):
        return lambda **_: {"FailedEntryCount": 0}


AUDIT_TABLES = (naming.AUDIT_TABLE, naming.CHAINS_TABLE, naming.TREES_TABLE)
KEPT = (naming.REVIEWS_TABLE, *AUDIT_TABLES)
WRITERS = {
    naming.DELIVERIES_TABLE: write_delivery,
    naming.BREAKERS_TABLE: write_circuit,
    naming.BUDGETS_TABLE: write_budget,
    naming.LEDGER_TABLE: write_effect,
    naming.TIMELINES_TABLE: write_timeline,
    naming.REVIEWS_TABLE: write_review,
    **dict.fromkeys(AUDIT_TABLES, write_audit),
    **{
        f"{naming.agent(agent.name)}-idempotency": write_idempotency(agent)
        for agent in declared_project().agents.values()
    },
}


def tables(deployed):
    return {table.name: table.properties for table in every(deployed, "AWS::DynamoDB::Table")}


def written(table):
    dynamo = Dynamo()
    WRITERS[table](dynamo, table)
    assert dynamo.items, f"nothing was written to {table}"
    return dynamo.items


def test_every_table_has_a_writer_in_this_file(deployed):
    assert set(tables(deployed)) == set(WRITERS)


@pytest.mark.parametrize("name", WRITERS)
def test_the_rows_that_the_code_writes_have_the_tables_key(deployed, name):
    table = tables(deployed)[name]
    types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]}
    keys = [key["AttributeName"] for key in table["KeySchema"]]
    for item in written(name):
        assert [list(item[key]) for key in keys] == [[types[key]] for key in keys] != []


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in KEPT])
def test_rows_that_expire_are_written_with_the_tables_ttl_attribute(deployed, name):
    expiry = tables(deployed)[name]["TimeToLiveSpecification"]
    assert expiry["Enabled"]
    for item in written(name):
        # Unix seconds: a value in another unit never expires, or at once.
        seconds = int(item[expiry["AttributeName"]]["N"])
        assert 0 < seconds - time.time() < LONGEST_MEMORY


@pytest.mark.parametrize("name", KEPT)
def test_reviews_and_the_audit_trail_never_expire(deployed, name):
    assert "TimeToLiveSpecification" not in tables(deployed)[name]


def test_the_review_service_writes_the_keys_of_its_index(deployed):
    (index,) = tables(deployed)[naming.REVIEWS_TABLE]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == naming.REVIEWS_INDEX == INDEX
    (item,) = written(naming.REVIEWS_TABLE)
    assert [list(item[key["AttributeName"]]) for key in index["KeySchema"]] == [["S"], ["N"]]


def test_every_table_is_encrypted_by_dynamodbs_own_key(deployed):
    # DynamoDB always encrypts at rest; with SSEEnabled: false it uses a key that it owns.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
    encrypted = {name: table.get("SSESpecification") for name, table in tables(deployed).items()}
    assert encrypted == dict.fromkeys(encrypted, {"SSEEnabled": False})


def test_every_table_can_be_restored_to_any_point_in_time(deployed):
    recovery = {name: table.get("PointInTimeRecoverySpecification") for name, table in tables(deployed).items()}
    assert recovery == dict.fromkeys(recovery, {"PointInTimeRecoveryEnabled": True})


@pytest.mark.parametrize(
    "type", ["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"]
)
def test_resources_with_data_are_retained_when_their_stack_is_deleted(deployed, type):
    fates = {resource.name: (resource.deletion, resource.replacement) for resource in every(deployed, type)}
    # Except for one that was never used: a first deployment that fails must be repeatable.
    assert fates == dict.fromkeys(fates, ("RetainExceptOnCreate", "Retain"))


def test_every_bucket_blocks_public_access(deployed):
    closed = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    for bucket in every(deployed, "AWS::S3::Bucket"):
        assert bucket.properties["PublicAccessBlockConfiguration"] == dict.fromkeys(closed, True)


def test_every_bucket_encrypts_its_objects(deployed):
    for bucket in every(deployed, "AWS::S3::Bucket"):
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms")


def test_no_one_can_delete_or_change_a_checkpoint_for_400_days(deployed):
    (bucket,) = (b for b in deployed.all("AWS::S3::Bucket") if b.name == naming.checkpoints_bucket("ACCOUNT", "REGION"))
    retention = {"DefaultRetention": {"Days": 400, "Mode": "COMPLIANCE"}}
    assert bucket.properties["ObjectLockEnabled"] is True
    assert bucket.properties["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled", "Rule": retention}
    assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}


def test_records_are_deleted_after_the_days_of_the_settings(deployed):
    (bucket,) = (b for b in deployed.all("AWS::S3::Bucket") if b.name == naming.records_bucket("ACCOUNT", "REGION"))
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert rule == {"ExpirationInDays": RECORDS_DAYS, "Status": "Enabled"}
    assert bucket.properties.get("VersioningConfiguration") is None  # a version would outlive its deletion


def test_every_bucket_rejects_requests_without_tls(deployed):
    policies = {p.properties["Bucket"]: p.properties["PolicyDocument"] for p in deployed.all("AWS::S3::BucketPolicy")}
    assert set(policies) == {bucket.name for bucket in deployed.all("AWS::S3::Bucket")}
    for bucket in every(deployed, "AWS::S3::Bucket"):
        (statement,) = policies[bucket.name]["Statement"]
        assert statement == {
            "Action": "s3:*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Resource": [bucket.arn, f"{bucket.arn}/*"],
        }


def test_the_bus_archives_all_of_its_events(deployed):
    (bus,), (archive,) = deployed.all("AWS::Events::EventBus"), deployed.all("AWS::Events::Archive")
    assert archive.properties["SourceArn"] == bus.arn
    assert archive.properties["EventPattern"] == {"account": ["ACCOUNT"]}


def test_a_providers_secret_is_created_without_a_value(deployed):
    secrets = {secret.name: secret.properties for secret in deployed.all("AWS::SecretsManager::Secret")}
    own_keys = [secrets.pop(naming.GRANT_KEY), secrets.pop(naming.REVIEW_LINK_KEY)]
    project = declared_project()
    assert set(secrets) == {naming.signing_secret(source) for source in project.sources} | {
        naming.credential(name) for name, connector in project.connectors.items() if has_secret(connector.credential)
    }
    assert [name for name, secret in secrets.items() if {"SecretString", "GenerateSecretString"} & set(secret)] == []
    # No person needs to know them, so none does.
    assert all("GenerateSecretString" in own_key for own_key in own_keys)
