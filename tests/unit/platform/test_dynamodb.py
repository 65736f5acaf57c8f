"""Conditional writes, on moto's DynamoDB: a condition that fails is an answer, everything else is raised."""

import pytest
from botocore.exceptions import ClientError

from functions.core.platform.dynamodb import CONDITION_FAILED, Cancelled, ConditionFailed, conditional_write, transact

ITEM = {"id": {"S": "a"}, "word": {"S": "first"}}
SECOND = {**ITEM, "word": {"S": "second"}}
NEW = "attribute_not_exists(id)"


@pytest.fixture
def name(table) -> str:
    return table("deliveries")


@pytest.fixture
def word(dynamodb, name):
    """The word that the item holds."""
    return lambda: dynamodb.get_item(TableName=name, Key={"id": {"S": "a"}}).get("Item", {}).get("word", {}).get("S")


def test_a_write_whose_condition_holds_returns_its_response(dynamodb, name, word):
    written = conditional_write(dynamodb.put_item, TableName=name, Item=ITEM, ConditionExpression=NEW)
    assert not isinstance(written, ConditionFailed)
    assert word() == "first"


@pytest.mark.parametrize(("asked", "item"), [({}, {}), ({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}, ITEM)])
def test_a_write_whose_condition_fails_returns_the_old_item_where_asked(dynamodb, name, word, asked, item):
    """And writes nothing."""
    dynamodb.put_item(TableName=name, Item=ITEM)
    written = conditional_write(dynamodb.put_item, TableName=name, Item=SECOND, ConditionExpression=NEW, **asked)
    assert written == ConditionFailed(item)
    assert word() == "first"


def test_another_error_of_a_write_is_raised(dynamodb):
    """It says nothing of the condition."""
    with pytest.raises(ClientError, match="ResourceNotFound"):
        conditional_write(dynamodb.put_item, TableName="missing", Item=ITEM, ConditionExpression=NEW)


def test_a_transaction_writes_all_of_its_actions_or_says_which_failed(dynamodb, name, word):
    first = {"Put": {"TableName": name, "Item": ITEM, "ConditionExpression": NEW}}
    other = {"Put": {"TableName": name, "Item": {"id": {"S": "b"}}}}
    assert transact(dynamodb, [first, other]) is None
    second = {"Put": {**first["Put"], "Item": SECOND}}
    assert transact(dynamodb, [other, second]) == Cancelled(("None", CONDITION_FAILED), ({}, {}))
    assert word() == "first"


def test_another_error_of_a_transaction_is_raised(dynamodb):
    with pytest.raises(ClientError, match="ResourceNotFound"):
        transact(dynamodb, [{"Put": {"TableName": "missing", "Item": ITEM}}])
