"""An effect as it goes to the provider, and how it is found there."""

from dataclasses import replace

import pytest

from functions.core.gate.effects import MOST_KEYS, next_key, perform, read_back
from functions.core.manifests.connector import ConnectorManifest, Operation, ReadBack
from functions.core.manifests.paging import LastId, Paging
from functions.core.platform.errors import PermanentError, RetryableError

LIST = Operation("refund.list", kind="read", entity="acme:charge/{charge}")
BACK = ReadBack("refund.list", items="data", proof={"metadata.mark": "{key}"})
KEYED = Operation(
    "refund.create",
    kind="effect",
    entity="acme:charge/{charge}",
    idempotency="key",
    sends={"metadata[mark]": "{key}"},
    read_back=BACK,
)
ACME = ConnectorManifest(name="acme", owner="tests", operations=[LIST, KEYED])


class Provider:
    """Keeps what it was sent, or raises `raises`."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict, str | None]] = []
        self.raises: Exception | None = None

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        self.sent.append((arguments, key))
        if self.raises:
            raise self.raises
        return {"id": "re_1"}


@pytest.mark.parametrize(
    ("idempotency", "number", "key"),
    [("key", 1, "ledgers-key"), ("key", 2, "ledgers-key-2"), ("natural", 1, None), ("none", 1, None)],
)
def test_an_effect_carries_the_ledgers_key_as_its_mark_and_its_idempotency_key(idempotency, number, key):
    """The mark is always the same, so that it is found whatever it was tried under; a key only where one is known."""
    provider = Provider()
    operation = replace(KEYED, idempotency=idempotency)
    assert perform(provider, operation, {"charge": "ch_1"}, "ledgers-key", number, 5.0) == {"id": "re_1"}
    assert provider.sent == [({"charge": "ch_1", "metadata[mark]": "ledgers-key"}, key)]


def test_a_refusal_is_passed_on():
    """Nothing is tried again here."""
    provider = Provider()
    provider.raises = PermanentError("acme answered 400")
    with pytest.raises(PermanentError):
        perform(provider, KEYED, {"charge": "ch_1"}, "ledgers-key", 1, 5.0)
    assert len(provider.sent) == 1


def test_there_is_a_next_key_up_to_the_last():
    """After that, the failure stays, and a person must look."""
    assert [next_key(KEYED, number) for number in range(1, MOST_KEYS + 1)] == [2, 3, 3]


def test_without_a_read_back_there_is_no_next_key():
    """Nobody could tell whether the first did it."""
    assert next_key(replace(KEYED, read_back=None), 1) == 1


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"data": []}, None),
        ({"data": [{"id": "re_9", "metadata": None}, {"id": "re_8"}]}, None),
        ({"data": [{"metadata": {"mark": "another"}}, {"id": 1, "metadata": {"mark": "ledgers-key"}}]}, 1),
    ],
    ids=str,
)
def test_only_what_bears_the_mark_is_the_effect(answer, found):
    """Another's refund of the same charge proves nothing."""

    class Told:
        def call(self, *_):
            return answer

    seen = read_back(Told(), ACME, KEYED, {"charge": "ch_1"}, "ledgers-key", lambda: 5.0)
    assert (seen and seen["id"]) == found


@pytest.mark.parametrize("answer", [{}, [], None, {"data": None}, {"data": "x"}, {"data": ["x"]}], ids=str)
def test_a_read_back_that_cannot_be_read_proves_nothing(answer):
    """Taken for "not done", it would let the effect happen twice."""
    provider = Provider()
    provider.call = lambda *_: answer
    with pytest.raises(RetryableError, match="cannot be read"):
        read_back(provider, ACME, KEYED, {"charge": "ch_1"}, "ledgers-key", lambda: 5.0)


@pytest.mark.parametrize("complete", [True, False])
def test_a_read_back_with_more_pages_proves_nothing_unless_it_shows_the_effect(complete):
    paged = replace(LIST, paging=Paging(LastId("starting_after", "id", "has_more"), items="data"))
    keyed = replace(KEYED, read_back=replace(BACK, items="items"))
    acme = replace(ACME, operations=[paged, keyed])
    provider = Provider()

    def looked(*items):
        provider.call = lambda *_: {"items": list(items), "complete": complete}
        return read_back(provider, acme, keyed, {"charge": "ch_1"}, "ledgers-key", lambda: 5.0)

    marked = {"id": "re_1", "metadata": {"mark": "ledgers-key"}}
    assert looked({"id": "re_0"}, marked) == marked
    if complete:
        assert looked({"id": "re_0"}) is None
    else:
        with pytest.raises(RetryableError, match="more pages"):
            looked({"id": "re_0"})
