"""The hash chain: whole as linked, and broken by any change, at the first record that is not what it was."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.core.audit import chain
from functions.core.audit.chain import ChainBroken, Head

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=30)
WORD = st.text(max_size=6)
RECORD = st.fixed_dictionaries({"id": WORD, "kind": WORD, "digests": st.dictionaries(WORD, WORD, max_size=2)})
RECORDS = st.lists(RECORD, min_size=2, max_size=5)
HEAD, LINKED = chain.link(Head(), [{"id": str(number), "reason": "é"} for number in range(5)])


def broken(records: list[dict], head: Head | None) -> str:
    with pytest.raises(ChainBroken) as found:
        chain.verify(records, head)
    return str(found.value)


def first_difference(before: list[dict], after: list[dict]) -> int:
    """The number of the first record that is not what was appended."""
    pairs = zip(before, after, strict=False)
    return 1 + next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after)))


@given(RECORDS)
@STABLE
def test_what_was_linked_verifies(records):
    """The chain ends at the head that link returned, and holds the records as they were."""
    head, linked = chain.link(Head(), records)
    assert chain.verify(linked, head) == head
    assert [{name: record[name] for name in given} for given, record in zip(records, linked, strict=True)] == records


@given(RECORDS, st.integers(0, 6))
@STABLE
def test_a_chain_may_be_linked_in_parts(records, cut):
    """As the recorder does it, batch by batch."""
    middle, first = chain.link(Head(), records[:cut])
    head, second = chain.link(middle, records[cut:])
    assert (head, first + second) == chain.link(Head(), records)


def test_an_empty_chain_is_whole():
    """Before the first record."""
    assert chain.verify([], Head()) == Head(0, "0" * 64)


@given(RECORDS, st.data())
@STABLE
def test_an_edit_is_found_where_it_was_made(records, data):
    """Any field of any record, its number and its hashes included."""
    head, linked = chain.link(Head(), records)
    place = data.draw(st.integers(0, len(linked) - 1))
    name = data.draw(st.sampled_from(sorted(linked[place])))
    value = data.draw(st.text() | st.integers() | st.none())
    assume(value != linked[place][name])
    edited = [{**record, name: value} if n == place else record for n, record in enumerate(linked)]
    assert f"record {place + 1} " in broken(edited, head)


@given(RECORDS, st.data())
@STABLE
def test_a_field_that_is_added_or_removed_is_found_where_it_was(records, data):
    """The hash is over all that a record holds."""
    head, linked = chain.link(Head(), records)
    place = data.draw(st.integers(0, len(linked) - 1))
    name = data.draw(st.sampled_from(sorted(linked[place])))
    shorter = {field: value for field, value in linked[place].items() if field != name}
    for changed in (shorter, {**linked[place], "note": "harmless"}):
        assert f"record {place + 1} " in broken([*linked[:place], changed, *linked[place + 1 :]], head)


@given(RECORDS, st.data())
@STABLE
def test_a_deletion_is_found_where_it_was_made(records, data):
    """At the end too, because the head is known."""
    head, linked = chain.link(Head(), records)
    place = data.draw(st.integers(0, len(linked) - 1))
    shorter = linked[:place] + linked[place + 1 :]
    assert f"record {first_difference(linked, shorter) - (place == len(shorter))}" in broken(shorter, head)


@given(RECORDS, st.data())
@STABLE
def test_an_insertion_is_found_where_it_was_made(records, data):
    """A copy of another record, which is well signed, included."""
    head, linked = chain.link(Head(), records)
    place, copied = (data.draw(st.integers(0, len(linked) - 1)) for _ in range(2))
    longer = [*linked[:place], linked[copied], *linked[place:]]
    assert f"record {first_difference(linked, longer)} " in broken(longer, head)


@given(RECORDS, st.data())
@STABLE
def test_a_swap_is_found_at_the_first_of_the_two(records, data):
    """Order is part of what is recorded."""
    head, linked = chain.link(Head(), records)
    first = data.draw(st.integers(0, len(linked) - 2))
    second = data.draw(st.integers(first + 1, len(linked) - 1))
    swapped = [*linked]
    swapped[first], swapped[second] = linked[second], linked[first]
    assert f"record {first + 1} " in broken(swapped, head)


@given(st.integers(0, 4))
@STABLE
def test_a_truncation_is_found_when_the_head_is_known(length):
    """And only then: every beginning of a chain is a chain."""
    assert chain.verify(LINKED[:length]).seq == length
    message = broken(LINKED[:length], HEAD)
    assert (f"ends at record {length}" in message, "head says 5" in message) == (True, True)


def test_a_record_that_was_edited_and_hashed_again_is_found_at_the_next():
    """Which no longer follows from it."""
    changed = {**LINKED[1], "reason": "other"}
    del changed["hash"]
    changed["hash"] = chain.record_hash(changed)
    assert "record 3 does not follow" in broken([LINKED[0], changed, *LINKED[2:]], HEAD)


def test_a_rewritten_chain_is_found_by_its_head():
    """The head does not match."""
    _, forged = chain.link(Head(), [{"id": str(number), "reason": "forged"} for number in range(5)])
    assert "its head says 5" in broken(forged, HEAD)


@pytest.mark.parametrize("name", ["seq", "prev", "hash"])
def test_a_record_cannot_bring_a_link_of_its_own(name):
    """What an identity sends to the queue is its own word; it must not be able to break its chain for ever."""
    head, linked = chain.link(Head(), [{"id": "1"}, {"id": "2", name: "mine"}, {"id": "3"}])
    assert chain.verify(linked, head) == head
