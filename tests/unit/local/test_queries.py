"""The emulator's queries with a limit answer as ministack's own do, and do not look at the whole partition."""

import itertools
import json

import pytest
from ministack.services import dynamodb

from hookline.local import queries

ITEMS = queries.WORTH + 20
TABLE = "hookline-tests-of-queries"


@pytest.fixture(scope="module")
def table():
    """A partition of ITEMS items whose sort keys are numbers, in an order of their own."""
    attributes = [{"AttributeName": name, "AttributeType": kind} for name, kind in (("chain", "S"), ("first", "N"))]
    keys = [{"AttributeName": "chain", "KeyType": "HASH"}, {"AttributeName": "first", "KeyType": "RANGE"}]
    made = {"AttributeDefinitions": attributes, "KeySchema": keys, "BillingMode": "PAY_PER_REQUEST"}
    assert dynamodb._create_table({"TableName": TABLE, **made})[0] == 200
    for number in range(ITEMS):
        item = {"chain": {"S": "c"}, "first": {"N": str(number * 7919 % 1000)}}
        assert dynamodb._put_item({"TableName": TABLE, "Item": item})[0] == 200
    yield TABLE
    dynamodb._delete_table({"TableName": TABLE})


def asked(operator="", bound="", backwards=False, limit=7, start=None, **more):
    condition = "chain = :c" + (f" AND #f {operator} :b" if operator else "")
    values = {":c": {"S": "c"}, **({":b": {"N": bound}} if operator else {})}
    names = {"ExpressionAttributeNames": {"#f": "first"}} if operator else {}
    began = {"ExclusiveStartKey": start} if start else {}
    given = {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": not backwards,
    }
    return {"TableName": TABLE, **given, **names, **began, "Limit": limit, **more}


def both(query):
    """What ministack answers, and what it answers of the reduced table."""
    answers = dynamodb._query(dict(query)), queries._narrowed(dynamodb._query, dict(query))
    return tuple((status, json.loads(body)) for status, _, body in answers)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("operator", "bound"), [("", ""), *itertools.product(["<", "<=", ">", ">=", "="], ["-1", "500", "501", "9999"])]
)
def test_every_page_is_that_of_the_whole_partition(table, operator, bound, backwards):
    """Items, counts, and where the next page begins: three pages of each size."""
    for limit in (1, 7, ITEMS, ITEMS + 1):
        start = None
        for _ in range(3):
            own, reduced = both(asked(operator, bound, backwards, limit, start))
            assert own == reduced
            if not (start := own[1].get("LastEvaluatedKey")):
                break


@pytest.mark.parametrize(
    "change",
    [
        {"FilterExpression": "#f > :b", "ExpressionAttributeNames": {"#f": "first"}},
        {"KeyConditionExpression": "chain = :c AND begins_with(#f, :b)"},
        {"KeyConditionExpression": "first = :c"},
        {"IndexName": "none"},
        {"Limit": 0},
        {"Limit": "7"},
        {"ExclusiveStartKey": {"chain": {"S": "c"}}},
        {"ExclusiveStartKey": "first"},
        {"ExpressionAttributeValues": {}},
        {"TableName": "hookline-no-such-table"},
    ],
)
def test_other_queries_and_wrong_ones_are_answered_as_before(table, change):
    own, reduced = both({**asked("<", "500"), **change})
    assert own == reduced


def test_a_page_looks_at_as_many_items_as_it_can_hold_and_one_more(table):
    partition, items = queries._page(dynamodb._tables.get(TABLE), asked("<", "500", backwards=True, limit=7))
    assert (partition, len(items)) == ("c", 8)


@pytest.mark.parametrize(
    "expression", ["a = :a AND b < :b", "a = ", "a = :a OR", "size(a) > :a", "a = :a )", "a ? :a", ""]
)
def test_an_expression_that_is_read_once_is_answered_as_before_each_time(expression):
    def said(call, *given):
        try:
            return call(*given)
        except ValueError as error:
            return str(error)

    for name, given in (("_tokenize", ()), ("_condition_syntax_error", ("FilterExpression",))):
        original = getattr(dynamodb, name)
        before = said(original, expression, *given)
        assert [said(queries._once, original, expression, *given) for _ in range(2)] == [before, before]


def test_a_whole_query_leaves_what_is_known_of_its_expressions_as_it_was(table, monkeypatch):
    """The answers are shared between queries, so none may change them."""
    original = dynamodb._tokenize
    monkeypatch.setattr(dynamodb, "_tokenize", lambda expression: queries._once(original, expression))
    query = asked("<", "500", FilterExpression="#f > :b AND NOT (#f BETWEEN :b AND :b)")
    first, again = (dynamodb._query(dict(query)) for _ in range(2))
    assert first[:1] + first[2:] == again[:1] + again[2:]
    for expression in (query["KeyConditionExpression"], query["FilterExpression"]):
        assert queries._once(original, expression) == original(expression)


def test_what_is_no_text_is_left_to_the_emulator():
    with pytest.raises(TypeError, match="has no len"):
        queries._once(dynamodb._tokenize, 7)
