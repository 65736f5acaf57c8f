"""Effects whose answers get lost: found out at the provider before anything is repeated."""

import pytest

from functions.core.errors import PermanentError, RetryableError
from functions.core.gate.effects import MOST_KEYS, look, perform
from functions.core.gate.outbound import FailureReplayed, OutcomeUnknown
from functions.core.manifest import ConnectorManifest, Operation, ReadBack

LIST = Operation("refund.list", kind="read", entity="acme:charge/{charge}")
BACK = ReadBack("refund.list", items="data", proof={"metadata.mark": "{key}"})
KEYED = Operation(
    "refund.create",
    kind="effect",
    entity="acme:charge/{charge}",
    idempotency="key",
    mark="metadata[mark]",
    read_back=BACK,
)
ACME = ConnectorManifest(name="acme", owner="tests", operations=[LIST, KEYED])


class Provider:
    """Keeps its answers under idempotency keys, failures too; `fails` says at which calls it fails, and how."""

    def __init__(self, fails: dict[int, str]) -> None:
        self.refunds: list[dict] = []
        self.kept: dict[str, dict | None] = {}
        self.keys: list[str | None] = []
        self.fails = fails

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        if operation is LIST:
            return {"data": self.refunds}
        self.keys.append(key)
        if key in self.kept:
            if self.kept[key] is None:
                raise FailureReplayed("acme answered 500, as it did before")
            return self.kept[key]
        how = self.fails.get(len(self.keys))
        answer = (
            None
            if how == "fails"
            else {"id": f"re_{len(self.keys)}", "metadata": {"mark": arguments["metadata[mark]"]}}
        )
        if answer:
            self.refunds.append(answer)
        self.kept[key] = None if how in ("fails", "acts and fails") else answer
        if how:
            raise OutcomeUnknown("acme answered 500")
        return answer


def refund(provider: Provider, operation: Operation = KEYED) -> dict:
    return perform(provider, ACME, operation, {"charge": "ch_1"}, "ledgers-key", lambda: 5.0)


def test_an_effect_carries_the_ledgers_key_as_its_mark():
    """So that it can be found."""
    provider = Provider({})
    assert refund(provider)["metadata"] == {"mark": "ledgers-key"}
    assert provider.keys == ["ledgers-key"]


def test_a_kept_failure_is_looked_into_and_tried_under_the_next_key():
    """The provider would repeat it for a day."""
    provider = Provider({1: "fails"})
    with pytest.raises(OutcomeUnknown):
        refund(provider)
    assert refund(provider)["id"] == "re_3"
    assert (len(provider.refunds), provider.keys[1:]) == (1, ["ledgers-key", "ledgers-key-2"])


def test_an_effect_that_happened_before_the_failure_is_found_and_not_repeated():
    """The money moved, and then the provider failed."""
    provider = Provider({1: "acts and fails"})
    with pytest.raises(OutcomeUnknown):
        refund(provider)
    assert refund(provider)["id"] == "re_1"
    assert len(provider.refunds) == 1


def test_after_the_last_key_the_failure_is_passed_on():
    """Somebody must look."""
    provider = Provider(dict.fromkeys(range(1, 20), "fails"))
    for _ in range(MOST_KEYS):
        with pytest.raises(OutcomeUnknown):
            refund(provider)
    with pytest.raises(FailureReplayed):
        refund(provider)
    assert set(provider.keys) == {"ledgers-key", "ledgers-key-2", "ledgers-key-3"}


def test_without_a_read_back_a_kept_failure_is_passed_on():
    """Nobody could tell whether it happened."""
    blind = Operation(
        "refund.create", kind="effect", entity="acme:charge/{charge}", idempotency="key", mark="metadata[mark]"
    )
    provider = Provider({1: "fails"})
    for error in (OutcomeUnknown, FailureReplayed, FailureReplayed):
        with pytest.raises(error):
            refund(provider, blind)
    assert set(provider.keys) == {"ledgers-key"}


def test_a_read_back_that_fails_leaves_the_effect_unrepeated():
    provider = Provider({1: "acts and fails"})
    with pytest.raises(OutcomeUnknown):
        refund(provider)

    def call(operation, arguments, key, seconds):
        if operation is LIST:
            raise RetryableError("acme cannot be reached")
        raise FailureReplayed("as before")

    provider.call = call
    with pytest.raises(RetryableError, match="cannot be reached"):
        refund(provider)
    assert len(provider.refunds) == 1


def test_a_provider_without_idempotency_keys_gets_none():
    bare = Operation(
        "refund.create",
        kind="effect",
        entity="acme:charge/{charge}",
        idempotency="none",
        mark="metadata[mark]",
        read_back=BACK,
    )
    provider = Provider({})
    refund(provider, bare)
    assert provider.keys == [None]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"data": []}, None),
        ({}, None),
        ([], None),
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

    seen = look(Told(), ACME, KEYED, {"charge": "ch_1"}, "ledgers-key", lambda: 5.0)
    assert (seen and seen["id"]) == found


def test_a_refusal_is_passed_on():
    class Refusing:
        def call(self, *_):
            raise PermanentError("acme answered 400")

    with pytest.raises(PermanentError):
        refund(Refusing())
