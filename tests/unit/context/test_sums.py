"""The sums of a timeline: increments, running totals, and one sum for each currency."""

from itertools import permutations

import pytest
from botocore.exceptions import ClientError

from functions.core.context.timeline import Entry, Timelines
from functions.core.events.catalogue import model_of
from functions.core.platform.errors import RetryableError

ANNA, REFUNDED = "stripe:customer/cus_anna", "sum payment.refunded refunded usd"


@pytest.fixture
def timelines(dynamodb, table) -> Timelines:
    return Timelines(dynamodb, table("timelines"))


@pytest.fixture
def add(timelines):
    """Adds an event of a type with its example's data, changed in some fields; its id is the second it happened at."""

    def add(type: str, second: int, entity: str = ANNA, id: str = "", **changes: object) -> bool:
        model = model_of(type)
        when = f"2026-09-21T12:00:{second:02}Z"
        entry = Entry(id or f"evt_{second}", type, "webhook.stripe", when, {**model.example, **changes})
        return timelines.add(entity, entry, model.measures, model.facets, now=1000)

    return add


@pytest.fixture
def sums(timelines):
    """The sums of a timeline by their names."""

    def sums(entity: str = ANNA) -> dict[str, int]:
        found = timelines.read(entity, 1)["aggregates"]
        return {name: value for name, value in found.items() if "sum" in name.split()[0]}

    return sums


@pytest.mark.parametrize("order", [*permutations([(1, 1000), (2, 2500), (3, 4200)])], ids=str)
def test_refunds_in_part_sum_to_the_newest_total_in_whatever_order_they_come(add, sums, order):
    """A provider sends what was refunded so far, and its events in any order."""
    for second, total in order:
        add("payment.refunded", second, refunded=total)
    assert sums() == {REFUNDED: 4200}


def test_refunds_of_two_payments_are_added_up(add, sums):
    add("payment.refunded", 1, charge="ch_1", refunded=1000)
    add("payment.refunded", 2, charge="ch_2", refunded=300)
    add("payment.refunded", 3, charge="ch_1", refunded=1500)
    assert sums() == {REFUNDED: 1800}


def test_a_total_that_comes_twice_or_shrinks_counts_as_it_is_now(add, sums):
    """A refund that fails later lowers the total."""
    assert [add("payment.refunded", 1, refunded=1000), add("payment.refunded", 1, refunded=1000)] == [True, False]
    add("payment.refunded", 2, refunded=1500)
    add("payment.refunded", 3, refunded=1000)
    assert sums() == {REFUNDED: 1000}


def test_of_two_totals_of_one_moment_the_larger_one_is_newer(add, sums):
    for id, total in (("evt_b", 2000), ("evt_a", 1000)):
        add("payment.refunded", 1, id=id, refunded=total)
    assert sums() == {REFUNDED: 2000}


def test_a_payment_that_is_captured_in_parts_counts_once(add, sums):
    add("payment.succeeded", 1, amount=3000)
    add("payment.succeeded", 2, amount=4200)
    assert sums() == {"sum payment.succeeded amount usd": 4200}


def test_a_changes_lines_are_those_of_its_newest_state(add, sums):
    for second, lines in ((1, 40), (2, 90), (3, 15)):
        add("change.updated", second, entity="github:pull_request/1296269/12", changed_lines=lines)
    assert sums("github:pull_request/1296269/12") == {"sum change.updated changed_lines": 15}


def test_failed_payments_of_one_customer_are_added_up(add, sums):
    add("payment.failed", 1, charge="ch_1", amount=4200)
    add("payment.failed", 2, charge="ch_2", amount=4200)
    assert sums() == {"sum payment.failed amount usd": 8400}


def test_each_currency_has_a_sum_of_its_own(add, sums):
    add("payment.succeeded", 1, charge="ch_1", amount=1000, currency="usd", exponent=2)
    add("payment.succeeded", 2, charge="ch_2", amount=1000, currency="jpy", exponent=0)
    assert sums() == {"sum payment.succeeded amount usd": 1000, "sum payment.succeeded amount jpy": 1000}


def test_an_amount_of_an_unknown_currency_is_counted_and_not_summed(add, sums):
    add("payment.succeeded", 1, charge="ch_1", amount=1000, currency="zzz")
    add("payment.failed", 2, charge="ch_2", amount=1000, currency="qqq")
    assert sums() == {"unsummed payment.succeeded amount": 1, "unsummed payment.failed amount": 1}


def test_a_number_that_the_provider_left_out_is_in_no_sum(add, sums):
    add("change.updated", 1, changed_lines=None)
    assert sums() == {}


def test_a_total_that_another_write_replaced_is_tried_again(add, sums, dynamodb, monkeypatch):
    """Nothing is written, so that the next attempt starts from the other one."""
    add("payment.refunded", 1, refunded=1000)
    write = dynamodb.transact_write_items

    def after_another(**request):
        monkeypatch.undo()
        add("payment.refunded", 2, refunded=1500)
        return write(**request)

    monkeypatch.setattr(dynamodb, "transact_write_items", after_another)
    with pytest.raises(RetryableError, match="ConditionalCheckFailed"):
        add("payment.refunded", 3, refunded=1800)
    assert sums() == {REFUNDED: 1500}
    assert add("payment.refunded", 3, refunded=1800) is True
    assert sums() == {REFUNDED: 1800}


def test_a_failure_of_the_table_is_no_sum(add, sums, dynamodb, monkeypatch):
    def fail(**_):
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem")

    with monkeypatch.context() as patch:
        patch.setattr(dynamodb, "get_item", fail)
        with pytest.raises(ClientError):
            add("payment.refunded", 1, refunded=1000)
    assert sums() == {}
