"""DynamoDB under IAM: a role reaches only the rows that the condition on its leading keys names."""

import json
from collections.abc import Callable

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from hookline.local.emulator import REGION, Emulator
from tests.local.emulator.actor import DENIED, Actor, Refused
from tests.local.emulator.http_post import send
from tests.local.emulator.resources import allow, arn, create_role, create_table

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def tenant(emulator: Emulator, make_actor: Callable[..., Actor]) -> Actor:
    """An actor that may reach the rows of two leading keys, in two tables."""
    by_kind = {
        "IndexName": "by-kind",
        "Projection": {"ProjectionType": "ALL"},
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    }
    create_table(
        emulator,
        "rows",
        key="owner",
        GlobalSecondaryIndexes=[by_kind],
        attributes=[{"AttributeName": "kind", "AttributeType": "S"}],
    )
    create_table(emulator, "ledger")
    mine = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine", "ours"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    return make_actor(
        "tenant",
        allow("dynamodb:*", arn("dynamodb", "table/rows*"), mine),
        allow("dynamodb:*", arn("dynamodb", "table/ledger"), mine),
    )


@pytest.fixture(scope="module")
def reader(emulator: Emulator, tenant: Actor) -> Credentials:
    """Credentials of a role that may read one of the tenant's tables, and the index of the other."""
    read = ["dynamodb:GetItem", "dynamodb:BatchGetItem"]
    readable = [arn("dynamodb", "table/ledger"), arn("dynamodb", "table/rows/index/*")]
    role = create_role(emulator, "reader", *[allow(read, one) for one in readable])
    issued = emulator.client("sts").assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
    return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])


def row_requests(owner: str) -> dict[str, dict]:
    """Every kind of request for a row; a request that can name several rows names an allowed one, too."""
    key, named = {"owner": {"S": owner}}, {"TableName": "rows"}
    several = [{"owner": {"S": "ours"}}, key]
    value = {":o": {"S": owner}}
    return {
        "get_item": {**named, "Key": key},
        "put_item": {**named, "Item": {**key, "more": {"S": "mine"}}},
        "update_item": {
            **named,
            "Key": key,
            "UpdateExpression": "SET n = :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        "delete_item": {**named, "Key": key},
        "query": {
            **named,
            "KeyConditionExpression": "#o=:o",
            "ExpressionAttributeValues": value,
            "ExpressionAttributeNames": {"#o": "owner"},
        },
        "query legacy": {
            **named,
            "KeyConditions": {"owner": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": owner}]}},
        },
        "query index": {
            **named,
            "IndexName": "by-kind",
            "KeyConditionExpression": "kind = :o",
            "ExpressionAttributeValues": value,
        },
        "batch_get_item": {"RequestItems": {"rows": {"Keys": several}, "ledger": {"Keys": [{"pk": {"S": "mine"}}]}}},
        "batch_write_item put": {"RequestItems": {"rows": [{"PutRequest": {"Item": one}} for one in several]}},
        "batch_write_item delete": {
            "RequestItems": {
                "ledger": [{"PutRequest": {"Item": {"pk": {"S": "mine"}}}}],
                "rows": [{"DeleteRequest": {"Key": one}} for one in several],
            }
        },
        "transact_get_items": {"TransactItems": [{"Get": {**named, "Key": one}} for one in several]},
        "transact_write_items": {
            "TransactItems": [
                {"Put": {"TableName": "ledger", "Item": {"pk": {"S": "mine"}}}},
                {"Put": {**named, "Item": several[0]}},
                {"Put": {**named, "Item": key}},
            ]
        },
        "transact_write_items check": {
            "TransactItems": [
                {"Put": {"TableName": "ledger", "Item": {"pk": {"S": "mine"}}}},
                {
                    "ConditionCheck": {
                        **named,
                        "Key": key,
                        "ConditionExpression": "attribute_not_exists(nothing)",
                    }
                },
            ]
        },
    }


@pytest.mark.parametrize("request_kind", row_requests("any"))
def test_a_role_reaches_only_the_rows_of_its_leading_keys(tenant: Actor, request_kind: str) -> None:
    operation = request_kind.split()[0]
    tenant.calls("dynamodb", operation, **row_requests("mine")[request_kind])
    with pytest.raises(Refused, match=DENIED):
        tenant.calls("dynamodb", operation, **row_requests("theirs")[request_kind])


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("scan", {}),
        (
            "query",
            {"KeyConditionExpression": "more = :o", "ExpressionAttributeValues": {":o": {"S": "mine"}}},
        ),
        ("get_item", {"Key": {"more": {"S": "mine"}}}),
        ("execute_statement", {"Statement": "SELECT * FROM rows WHERE owner = 'mine'"}),
    ],
    ids=["scan", "query", "get_item", "partiql"],
)
def test_a_request_that_names_no_leading_key_is_denied(tenant: Actor, operation: str, parameters: dict) -> None:
    table = {} if operation == "execute_statement" else {"TableName": "rows"}
    with pytest.raises(Refused, match=DENIED):
        tenant.calls("dynamodb", operation, **table, **parameters)


@pytest.mark.parametrize(
    ("path", "target", "body"),
    [
        ("/?Action=GetItem", "PutItem", {"TableName": "ledger", "Item": {"pk": {"S": "reader"}}}),
        ("/", "BatchGetItem", {"TableName": "ledger", "RequestItems": {"rows": {"Keys": [{"owner": {"S": "x"}}]}}}),
        ("/", "GetItem", {"TableName": "rows", "IndexName": "by-kind", "Key": {"owner": {"S": "x"}}}),
    ],
    ids=["action parameter", "stray table", "stray index"],
)
def test_a_crafted_request_is_authorised_for_what_it_does(
    emulator: Emulator, reader: Credentials, path: str, target: str, body: dict
) -> None:
    request = AWSRequest(
        "POST",
        emulator.endpoint + path,
        {"X-Amz-Target": f"DynamoDB_20120810.{target}", "Content-Type": "application/x-amz-json-1.0"},
        json.dumps(body),
    )
    SigV4Auth(reader, "dynamodb", REGION).add_auth(request)
    status, body_text = send(emulator, path, request.data, dict(request.headers))
    assert (status, json.loads(body_text)["__type"]) == (403, DENIED)
