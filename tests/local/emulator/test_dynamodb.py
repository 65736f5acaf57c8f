"""DynamoDB: conditional puts and transactions."""

import pytest
from botocore.exceptions import ClientError

from hookline.local.emulator import Emulator
from tests.local.emulator.resources import create_table

pytestmark = pytest.mark.local


def test_a_conditional_put_claims_a_key_once(emulator: Emulator) -> None:
    create_table(emulator, "claims")
    claim = {
        "TableName": "claims",
        "Item": {"pk": {"S": "one"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    emulator.client("dynamodb").put_item(**claim)
    with pytest.raises(ClientError) as refused:
        emulator.client("dynamodb").put_item(**claim, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused.value.response["Item"] == {"pk": {"S": "one"}}


def test_a_transaction_writes_all_or_nothing_and_returns_which_condition_failed(emulator: Emulator) -> None:
    create_table(emulator, "budgets")
    rows = emulator.client("dynamodb")
    rows.put_item(TableName="budgets", Item={"pk": {"S": "event"}, "left": {"N": "1"}})
    spend = {
        "Update": {
            "TableName": "budgets",
            "Key": {"pk": {"S": "event"}},
            "UpdateExpression": "SET #l = #l - :one",
            "ConditionExpression": "#l >= :one",
            "ExpressionAttributeNames": {"#l": "left"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }

    def put(key: str) -> dict:
        return {"Put": {"TableName": "budgets", "Item": {"pk": {"S": key}}}}

    rows.transact_write_items(TransactItems=[put("first"), spend])
    with pytest.raises(rows.exceptions.TransactionCanceledException) as cancelled:
        rows.transact_write_items(TransactItems=[put("second"), spend])
    reasons = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert "Item" not in rows.get_item(TableName="budgets", Key={"pk": {"S": "second"}})
