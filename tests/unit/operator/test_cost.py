"""The rules by which AWS bills, and the meter that applies them."""

import pytest
from botocore.exceptions import ClientError

from hookline.operator.cost.estimate import flow
from hookline.operator.cost.flow import Measured
from hookline.operator.cost.idle import POLLS_A_MONTH, idle_month
from hookline.operator.cost.meter import Meter, MeteredDynamoDB, MeteredS3, MeteredSqs, purpose
from hookline.operator.cost.prices import price_list, usd
from hookline.operator.cost.units import item_size, read_units, write_units
from hookline.operator.errors import OperatorError
from infra.templates import Deployed, Resource

KEYS_ONLY = {"KeySchema": [{"AttributeName": "status"}], "Projection": {"ProjectionType": "KEYS_ONLY"}}


def text(length):
    return {"k": {"S": "x" * (length - 1)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "1234"}, 3),
        ({"N": "-1234"}, 4),
        ({"N": "1000000"}, 2),
        ({"B": b"123"}, 3),
        ({"BOOL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": [{"S": "ab"}]}, 6),
        ({"M": {"n": {"S": "ab"}}}, 7),
    ],
)
def test_the_size_of_an_attribute_is_its_name_and_value(value, size):
    assert item_size({"name": value}) == 4 + size


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [(0, 1024, 1), (0, 1025, 2), (3000, 10, 3), (0, 0, 1)],
    ids=["1 KB", "more", "smaller", "nothing there"],
)
def test_a_write_counts_each_kilobyte_of_the_larger_item(before, after, units):
    assert write_units(text(before) if before else {}, text(after) if after else {}) == units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        ({}, {"status": {"S": "open"}}, 2),
        ({"status": {"S": "open"}}, {"status": {"S": "done"}}, 3),
        ({"status": {"S": "open"}}, {}, 2),
        ({"status": {"S": "open"}}, {"status": {"S": "open"}, "note": {"S": "n"}}, 1),
        ({}, {"other": {"S": "x"}}, 1),
    ],
    ids=["put", "another key", "deleted", "not projected", "not in it"],
)
def test_an_index_counts_where_its_entry_changes(before, after, units):
    assert write_units(before, after, [KEYS_ONLY]) == units


def test_an_eventually_consistent_read_counts_half():
    assert (read_units(4097, True), read_units(4097, False), read_units(0, True)) == (2, 1, 1)


@pytest.fixture
def metered(dynamodb, table):
    meter, name = Meter(), table("timelines")
    keys = [{"AttributeName": "entity"}, {"AttributeName": "at"}]
    return MeteredDynamoDB(dynamodb, {name: {"KeySchema": keys}}, meter, "hookline-context"), meter, name


def test_a_write_in_a_transaction_counts_twice(metered):
    client, meter, name = metered
    item = {"entity": {"S": "a"}, "at": {"S": "b"}}
    client.put_item(TableName=name, Item=item)
    assert list(meter.taken().values()) == [1]
    client.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": item}}])
    assert list(meter.taken().values()) == [2]


def test_a_write_that_a_condition_stops_counts_too(metered):
    client, meter, name = metered
    item = {"entity": {"S": "a"}, "at": {"S": "b"}, "data": {"S": "x" * 1500}}
    client.put_item(TableName=name, Item=item)
    assert list(meter.taken().values()) == [2]
    with pytest.raises(ClientError):
        client.put_item(
            TableName=name, Item={**item, "data": {"S": "y"}}, ConditionExpression="attribute_not_exists(entity)"
        )
    assert list(meter.taken().values()) == [2]


def test_a_request_that_the_meter_has_no_rule_for_is_an_error(metered):
    with pytest.raises(OperatorError, match="dynamodb scan is not counted"):
        metered[0].scan(TableName=metered[2])


@pytest.mark.parametrize(
    ("queue", "group", "unit"),
    [
        ("hookline-agent-a", {}, "standard"),
        ("hookline-audit-agents", {"MessageGroupId": "a"}, "fair"),
        ("q.fifo", {"MessageGroupId": "a"}, "fifo"),
    ],
)
def test_a_message_counts_each_64_kilobytes_by_the_kind_of_its_queue(queue, group, unit):
    class Sqs:
        def send_message(self, **_):
            return {}

    meter = Meter()
    MeteredSqs(Sqs(), meter, "who").send_message(QueueUrl=f"https://sqs/1/{queue}", MessageBody="x" * 65537, **group)
    assert meter.taken() == {(f"sqs.{unit}", "who", purpose(queue)): 2}


def test_a_record_counts_as_one_request_whatever_its_size():
    meter = Meter()
    MeteredS3(meter, "who").put_object(Bucket="hookline-records-1-r", Key="k", Body=b"x" * 1_000_000)
    assert meter.taken() == {("s3.put", "who", "records"): 1}


def test_each_price_is_positive_and_names_its_origin_at_aws():
    assert price_list()["region"] == "us-east-1"
    for unit, price in price_list()["prices"].items():
        assert price["origin"].startswith("https://aws.amazon.com/"), unit
        assert usd(unit, price["per"]) == pytest.approx(price["usd"])


def test_a_flow_is_priced_for_each_payment_and_by_service_purpose_and_identity():
    found = flow(Measured(2, {("lambda.request", "a", "agents"): 4.0, ("sqs.fifo", "b", "audit"): 2.0}))
    assert found["usd_per_million"] == pytest.approx(2 * 0.20 + 0.50)
    assert found["by_service"] == pytest.approx({"sqs": 0.5, "lambda": 0.4})
    assert found["by_purpose"] == pytest.approx({"audit": 0.5, "agents": 0.4})
    assert found["by_identity"] == pytest.approx({"b": 0.5, "a": 0.4})


def test_an_idle_month_counts_secrets_keys_alarms_and_the_polls_of_enabled_queues():
    def resource(type, **properties):
        return Resource("id", type, properties, "", "")

    mapping = "AWS::Lambda::EventSourceMapping"
    deployed = Deployed(
        [
            resource("AWS::SecretsManager::Secret", Name="s"),
            resource("AWS::KMS::Key"),
            resource("AWS::CloudWatch::Alarm", Metrics=[{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a"}]),
            resource("AWS::CloudWatch::Alarm", MetricName="of-one"),
            resource(mapping, EventSourceArn="arn:aws:sqs:r:1:of-one"),
            resource(mapping, EventSourceArn="arn:aws:sqs:r:1:q.fifo"),
            resource(mapping, EventSourceArn="arn:aws:sqs:r:1:q", Enabled=False),
        ]
    )
    assert idle_month(deployed) == {
        "secrets.month": 1,
        "kms.month": 1,
        "alarm.month": 3,
        "sqs.standard": POLLS_A_MONTH,
        "sqs.fifo": POLLS_A_MONTH,
    }
    assert idle_month(deployed, "of-one") == {"alarm.month": 1, "sqs.standard": POLLS_A_MONTH}
