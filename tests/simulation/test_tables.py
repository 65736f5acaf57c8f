"""DynamoDB without HTTP answers as moto does behind boto3: the same requests, both ways."""

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend

from hookline.simulation.tables import Tables

TABLE = {
    "TableName": "t",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "S"},
    ],
}
KEY = {"id": {"S": "a"}, "at": {"S": "1"}}
FREE = "attribute_not_exists(#id)"
NAMES = {"#id": "id"}


def put(at="1", **more):
    return ("put_item", {"TableName": "t", "Item": {"id": {"S": "a"}, "at": {"S": at}}, **more})


# In this order, on one table.
REQUESTS = [
    put(),
    put(ConditionExpression=FREE, ExpressionAttributeNames=NAMES, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
    put(ConditionExpression=FREE, ExpressionAttributeNames=NAMES),
    put("2", ConditionExpression=FREE, ExpressionAttributeNames=NAMES),
    (
        "update_item",
        {
            "TableName": "t",
            "Key": KEY,
            "UpdateExpression": "SET #x = :x ADD #s :k",
            "ConditionExpression": "attribute_not_exists(#s) OR contains(#s, :one) OR size(#s) < :most",
            "ExpressionAttributeNames": {"#x": "x", "#s": "s"},
            "ExpressionAttributeValues": {
                ":x": {"M": {"n": {"N": "1"}}},
                ":k": {"SS": ["k"]},
                ":one": {"S": "k"},
                ":most": {"N": "1"},
            },
            "ReturnValues": "ALL_NEW",
        },
    ),
    ("get_item", {"TableName": "t", "Key": KEY, "ConsistentRead": True}),
    ("get_item", {"TableName": "t", "Key": {**KEY, "at": {"S": "9"}}}),
    ("get_item", {"TableName": "gone", "Key": KEY}),
    (
        "query",
        {
            "TableName": "t",
            "KeyConditionExpression": "#id = :a",
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ScanIndexForward": False,
            "Limit": 1,
        },
    ),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": "t", "Item": {"id": {"S": "b"}, "at": {"S": "1"}}}},
                {
                    "Put": {
                        "TableName": "t",
                        "Item": {"id": {"S": "a"}, "at": {"S": "1"}},
                        "ConditionExpression": FREE,
                        "ExpressionAttributeNames": NAMES,
                    }
                },
            ]
        },
    ),
    ("transact_write_items", {"TransactItems": [{"Delete": {"TableName": "t", "Key": KEY}}]}),
    ("delete_item", {"TableName": "t", "Key": KEY}),
    ("get_item", {"TableName": "t", "Key": KEY}),
]


def answered(client):
    """The answer of each request, or its error."""
    for method, request in REQUESTS:
        try:
            answer = getattr(client, method)(**request)
        except ClientError as error:
            yield {name: value for name, value in error.response.items() if name in ("Error", "Item")} | {
                "reasons": [one["Code"] for one in error.response.get("CancellationReasons", ())],
                "operation": error.operation_name,
            }
        else:
            yield {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_every_answer_and_error_is_that_of_moto_behind_boto3():
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106 - made up
        client.create_table(**TABLE)
        expected = list(answered(client))
    found = list(answered(Tables([TABLE])))
    assert sum("operation" in one for one in expected) == 4
    for (method, _), one, other in zip(REQUESTS, found, expected, strict=True):
        assert (method, one) == (method, other)


def test_tables_share_nothing_and_keep_no_part_of_a_request():
    one, other = Tables([TABLE]), Tables([TABLE])
    item = {**KEY, "x": {"L": [{"S": "before"}]}}
    one.put_item(TableName="t", Item=item)
    item["x"]["L"].append({"S": "after"})
    read = one.get_item(TableName="t", Key=KEY)["Item"]
    assert read["x"] == {"L": [{"S": "before"}]}
    read["x"]["L"].clear()
    assert one.get_item(TableName="t", Key=KEY)["Item"]["x"] == {"L": [{"S": "before"}]}
    assert "Item" not in other.get_item(TableName="t", Key=KEY)


def test_a_paginator_reads_every_page():
    tables = Tables([TABLE])
    for number in range(5):
        tables.put_item(TableName="t", Item={"id": {"S": "a"}, "at": {"S": str(number)}})
    pages = list(tables.get_paginator("scan").paginate(TableName="t", PaginationConfig={"PageSize": 2}))
    assert [item["at"]["S"] for page in pages for item in page["Items"]] == ["0", "1", "2", "3", "4"]
    assert len(pages) > 1


def test_what_is_no_operation_is_no_attribute():
    with pytest.raises(AttributeError):
        Tables([]).put_itm(TableName="t")


SINGLE = {**TABLE, "TableName": "s", "KeySchema": TABLE["KeySchema"][:1]}
SINGLE["AttributeDefinitions"] = TABLE["AttributeDefinitions"][:1]
WRITES = st.tuples(
    st.sampled_from(["t", "s"]),
    st.sampled_from("ab"),
    st.sampled_from("12"),
    st.sampled_from(["Put", "Update", "Delete"]),
)


def action(table, id, at, kind, number):
    """A write of a transaction; an update appends to a list in place, and half of the puts want no item there."""
    key = {"id": {"S": id}} | ({"at": {"S": at}} if table == "t" else {})
    if kind == "Put":
        guard = {"ConditionExpression": FREE, "ExpressionAttributeNames": NAMES} if number % 2 else {}
        return {"Put": {"TableName": table, "Item": {**key, "x": {"L": [{"N": str(number)}]}}, **guard}}
    if kind == "Delete":
        return {"Delete": {"TableName": table, "Key": key}}
    update = {
        "UpdateExpression": "SET x = list_append(if_not_exists(x, :none), :one)",
        "ExpressionAttributeValues": {":none": {"L": []}, ":one": {"L": [{"N": str(number)}]}},
    }
    return {"Update": {"TableName": table, "Key": key, **update}}


@settings(max_examples=25)
@given(st.lists(st.lists(WRITES, min_size=1, max_size=4, unique_by=lambda one: one[:3]), max_size=8))
def test_a_transaction_leaves_what_motos_own_leaves(transactions):
    """Also one that fails after its first writes: they are undone, and nothing else is."""
    own, moto = Tables([TABLE, SINGLE]), Tables([TABLE, SINGLE])
    moto._backend.__class__ = DynamoDBBackend
    for number, writes in enumerate(transactions):
        actions = [action(*one, number + place) for place, one in enumerate(writes)]
        results = []
        for tables in (own, moto):
            try:
                results.append(tables.transact_write_items(TransactItems=actions))
            except ClientError as error:
                results.append(str(error))
        assert results[0] == results[1]
        for name in ("t", "s"):
            assert own.scan(TableName=name) == moto.scan(TableName=name)
