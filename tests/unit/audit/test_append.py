"""Chains that only grow, whatever the queue repeats and however recorders race, and the trail that reads them."""

import hashlib
import json
import zlib

import pytest

from functions.core.audit import chain
from functions.core.audit.append import ATTEMPTS, Chains
from functions.core.platform.errors import RetryableError
from tests.unit.audit.trail import AGENT, CONNECTOR, chained, record
from tests.unit.fakes import Repeating


def records(*numbers: int) -> list[dict]:
    return [record(number) for number in numbers]


def test_a_chain_grows_batch_by_batch(chains, trail):
    """And is whole after each of them."""
    chains.append(AGENT, records(1, 2))
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-2"]
    chains.append(AGENT, records(3))
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-2", "agent.fraud-3"]


def test_a_record_is_kept_as_it_came(chains, trail):
    """Beside its number and its hashes."""
    chains.append(AGENT, records(1))
    (kept,) = trail.of_identity(AGENT)
    assert {name: value for name, value in kept.items() if name not in ("seq", "prev", "hash")} == record(1)


def test_a_record_twice_in_one_batch_is_appended_once(chains, trail):
    """As it may come after a partial send."""
    chains.append(AGENT, records(1, 1, 2))
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-2"]


def test_a_record_that_comes_again_counts_once(chains, trail):
    """SQS may deliver twice: it is on the chain twice, and readers show it once."""
    chains.append(AGENT, records(1, 2))
    chains.append(AGENT, records(2, 3))
    assert chained(trail) == [f"agent.fraud-{number}" for number in (1, 2, 2, 3)]
    assert [one["seq"] for one in trail.of_correlation("stripe:evt_1")] == [1, 2, 4]


def test_many_records_are_few_items(chains, trail, dynamodb):
    """DynamoDB bills each kilobyte of an item."""
    chains.append(AGENT, [record(number % 60) | {"id": str(number)} for number in range(400)])
    (item,) = dynamodb.scan(TableName="segments")["Items"]
    assert len(item["records"]["B"]) < 400 * 100
    assert len(chained(trail)) == 400


def test_records_that_cannot_be_compressed_fit_their_items(chains, trail, dynamodb):
    """An item of DynamoDB takes 400 KB."""
    noise = (hashlib.sha512(str(number).encode()).hexdigest() * 100 for number in range(60))
    chains.append(AGENT, [record(number) | {"reason": text} for number, text in enumerate(noise)])
    items = dynamodb.scan(TableName="segments")["Items"]
    assert len(items) > 1 and max(len(item["records"]["B"]) for item in items) < 390_000
    assert len(chained(trail)) == 60


class Racing:
    """A DynamoDB client that lets other recorders append just before its own put of a segment, `times` times."""

    def __init__(self, dynamodb, race, times: int = 1) -> None:
        self._dynamodb = dynamodb
        self._race = race
        self._times = times

    def __getattr__(self, name: str):
        return getattr(self._dynamodb, name)

    def put_item(self, **asked):
        if asked["TableName"] == "segments" and self._times:
            self._times -= 1
            self._race()
        return self._dynamodb.put_item(**asked)


@pytest.mark.parametrize("before", [[], [1]], ids=["first records", "later ones"])
def test_a_race_for_the_end_of_a_chain_forks_nothing(chains, trail, dynamodb, audit_tables, before):
    """The loser appends after the winner."""
    if before:
        chains.append(AGENT, records(*before))
    slow = Chains(Racing(dynamodb, lambda: chains.append(AGENT, records(7))), audit_tables)
    slow.append(AGENT, records(5, 6))
    assert chained(trail) == [f"agent.fraud-{number}" for number in (*before, 7, 5, 6)]
    assert [one["id"] for one in trail.of_correlation("stripe:evt_1")][-3:] == [f"agent.fraud-{n}" for n in (5, 6, 7)]


def test_a_recorder_that_loses_every_race_gives_the_records_back(chains, trail, dynamodb, audit_tables):
    """They come again from the queue."""
    slow = Chains(Racing(dynamodb, lambda: chains.append(AGENT, records(7)), ATTEMPTS), audit_tables)
    with pytest.raises(RetryableError, match="moved"):
        slow.append(AGENT, records(5))
    assert chained(trail) == ["agent.fraud-7"] * ATTEMPTS


def test_a_put_whose_answer_is_lost_is_made_once(chains, trail, dynamodb, audit_tables):
    """The SDK makes it again, and its place is taken by itself."""
    again = Chains(Repeating(dynamodb), audit_tables)
    again.append(AGENT, records(1, 2))
    again.append(AGENT, records(3))
    assert chained(trail) == [f"agent.fraud-{number}" for number in (1, 2, 3)]


def test_an_id_that_another_identity_has_used_counts_for_nothing_on_this_chain(chains, trail):
    """Nobody can keep a record off a trail by using up its id."""
    chains.append(CONNECTOR, [{**record(1, identity=CONNECTOR), "id": "agent.fraud-1"}])
    chains.append(AGENT, records(1))
    assert chained(trail) == ["agent.fraud-1"]


def test_the_heads_of_all_chains_are_read_without_a_record(chains, trail):
    """The checkpoints sign them."""
    chains.append(AGENT, records(1, 2))
    chains.append(CONNECTOR, [record(1, identity=CONNECTOR)])
    ends = {identity: chain.verify(trail.of_identity(identity)) for identity in (AGENT, CONNECTOR)}
    assert trail.heads() == ends


def test_identities_have_chains_of_their_own(chains, trail):
    """One cannot hold up or break another's."""
    chains.append(AGENT, records(1))
    chains.append(CONNECTOR, [record(1, identity=CONNECTOR)])
    assert (chained(trail), chained(trail, CONNECTOR)) == (["agent.fraud-1"], ["connector.stripe-1"])


EDITS = {
    "a record": lambda item: _packed([record | {"reason": "other"} for record in _unpacked(item)]),
    "a hash": lambda item: _packed([record | {"hash": "0" * 64} for record in _unpacked(item)]),
    "a record less": lambda item: _packed(_unpacked(item)[1:]),
    "a record more": lambda item: _packed([*_unpacked(item), _unpacked(item)[0]]),
    "junk": lambda item: b"junk",
    "half": lambda item: item["records"]["B"][:20],
    "a list": lambda item: zlib.compress(b"[]"),
    "too large": lambda item: zlib.compress(b"0" * 9_000_000),
}


def _unpacked(item: dict) -> list[dict]:
    return [json.loads(line) for line in zlib.decompress(item["records"]["B"]).split(b"\n")]


def _packed(contents: list[dict]) -> bytes:
    return zlib.compress(b"\n".join(json.dumps(content).encode() for content in contents))


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_in_the_table_is_found(chains, trail, dynamodb, edit):
    """A principal that can write there can still not make the chain whole."""
    chains.append(AGENT, records(1, 2, 3))
    chains.append(AGENT, records(4))
    key = {"chain": {"S": AGENT}, "first": {"N": "1"}}
    item = dynamodb.get_item(TableName="segments", Key=key)["Item"]
    dynamodb.put_item(TableName="segments", Item={**item, "records": {"B": edit(item)}})
    with pytest.raises(chain.ChainBroken):
        chain.verify(trail.of_identity(AGENT))


@pytest.mark.parametrize("first", [1, 3])
def test_a_segment_that_is_gone_is_found(chains, trail, dynamodb, first):
    """Unless it is the last one, which only a checkpoint shows."""
    for number in (1, 3, 5):
        chains.append(AGENT, records(number, number + 1))
    dynamodb.delete_item(TableName="segments", Key={"chain": {"S": AGENT}, "first": {"N": str(first)}})
    with pytest.raises(chain.ChainBroken, match=f"record {first} is missing"):
        chain.verify(trail.of_identity(AGENT))


def test_a_causal_tree_is_read_in_the_order_of_its_times(chains, trail):
    """Over all identities, and without those of other trees."""
    chains.append(AGENT, [record(3), record(4, "stripe:evt_2"), record(1)])
    chains.append(CONNECTOR, [record(2, identity=CONNECTOR), record(5, "", CONNECTOR)])
    found = [item["id"] for item in trail.of_correlation("stripe:evt_1")]
    assert found == ["agent.fraud-1", "connector.stripe-2", "agent.fraud-3"]


def test_a_row_of_the_index_that_leads_to_no_segment_is_harmless(chains, trail, dynamodb):
    """It is written before its segment, which another recorder may win the place of."""
    chains.append(AGENT, records(1))
    row = {"correlation": {"S": "stripe:evt_1"}, "segment": {"S": f"{AGENT}#7"}}
    dynamodb.put_item(TableName="trees", Item=row)
    assert [one["id"] for one in trail.of_correlation("stripe:evt_1")] == ["agent.fraud-1"]


def test_a_throttled_index_appends_nothing(chains, trail, dynamodb, monkeypatch):
    """A record that its tree does not lead to would be lost to readers."""
    monkeypatch.setattr(chains, "_dynamodb", Throttled(dynamodb))
    with pytest.raises(RetryableError, match="throttled"):
        chains.append(AGENT, records(1))
    assert trail.of_identity(AGENT) == []


class Throttled:
    """A DynamoDB client that writes no batch."""

    def __init__(self, dynamodb) -> None:
        self._dynamodb = dynamodb

    def __getattr__(self, name: str):
        return getattr(self._dynamodb, name)

    def batch_write_item(self, RequestItems):
        return {"UnprocessedItems": RequestItems}


def test_a_chain_is_read_after_a_number(chains, trail):
    """And an identity that never said anything has none."""
    chains.append(AGENT, records(1, 2, 3))
    assert [item["seq"] for item in trail.of_identity(AGENT, after=1)] == [2, 3]
    assert (trail.length("agent.nobody"), trail.of_identity("agent.nobody")) == (0, [])
