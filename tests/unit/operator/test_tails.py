"""The last records of chains, which are kept between reads."""

from types import SimpleNamespace

import pytest

from functions.core.audit.append import Chains
from hookline.operator import tails
from hookline.operator.trail import FEW, Trail

AGENT = "agent.fraud"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Nothing is kept from another test."""
    monkeypatch.setattr(tails, "_kept", {})


@pytest.fixture
def append(dynamodb, audit_tables):
    """Appends records with these numbers as their ids, as one segment."""
    chains = Chains(dynamodb, audit_tables)

    def append(*numbers):
        chains.append(AGENT, [{"id": str(number), "identity": AGENT, "correlation": ""} for number in numbers])

    return append


@pytest.fixture
def trail(dynamodb):
    """A trail that counts the segments that it reads, in `read`."""
    read = []

    def query(**asked):
        page = dynamodb.query(**asked)
        read.extend(page["Items"])
        return page

    found = Trail(SimpleNamespace(query=query))
    found.read = read
    return found


def ids(trail):
    return [int(record["id"]) for record in tails.latest(trail, AGENT)]


def test_the_last_records_are_in_order_over_several_pages(append, trail, monkeypatch):
    """A busy chain has thousands of records in a segment, a quiet one has one."""
    for number in range(1, FEW + 4):
        append(number)
    append(*range(100, 105))
    assert ids(trail) == [*range(1, FEW + 4), *range(100, 105)]
    monkeypatch.setattr(tails, "LATEST", 7)
    assert ids(trail) == [FEW + 2, FEW + 3, *range(100, 105)]
    assert tails.latest(trail, "agent.nobody") == ()


def test_a_chain_that_has_not_grown_costs_one_segment(append, trail):
    """Whatever was read of it before is not read again."""
    for number in range(1, 30):
        append(number)
    first = ids(trail)
    trail.read.clear()
    assert ids(trail) == first == list(range(1, 30))
    assert len(trail.read) == 1


def test_what_was_appended_is_read_and_the_oldest_left_out(append, trail, monkeypatch):
    """The kept end moves with the chain."""
    monkeypatch.setattr(tails, "LATEST", 5)
    for number in range(1, 8):
        append(number)
    assert ids(trail) == [3, 4, 5, 6, 7]
    append(8)
    append(9, 10)
    assert ids(trail) == [6, 7, 8, 9, 10]
    assert sum(len(one.records) for one in tails._kept[AGENT].segments) == 5


def test_a_longer_end_than_the_kept_one_reads_on_below_it(append, trail, monkeypatch):
    """As after a change of what is looked at."""
    for number in range(1, 10):
        append(number)
    monkeypatch.setattr(tails, "LATEST", 2)
    assert ids(trail) == [8, 9]
    monkeypatch.setattr(tails, "LATEST", 6)
    append(10)
    assert ids(trail) == [5, 6, 7, 8, 9, 10]


def test_the_chain_of_another_stack_is_another_one(append, trail, dynamodb):
    """Its identity and numbers are the same, and its hashes are not."""
    for number in range(1, 4):
        append(number)
    assert ids(trail) == [1, 2, 3]
    for item in dynamodb.scan(TableName="segments")["Items"]:
        dynamodb.delete_item(TableName="segments", Key={"chain": item["chain"], "first": item["first"]})
    for number in range(51, 54):
        append(number)
    assert ids(trail) == [51, 52, 53]


def test_a_record_that_was_received_twice_counts_once(append, trail):
    """The recorder appends a message again that it receives again."""
    append(1, 2)
    append(2)
    append(3)
    assert ids(trail) == [1, 2, 3]
