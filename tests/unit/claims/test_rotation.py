"""Claims and turns in the ledger: once for each entity, under the same key the same answer."""

import pytest

from functions.core.claims.rotation import Rotation, Turn
from functions.core.platform.errors import RetryableError

ADA, BEN = "person:mailbox/ada@example.com", "person:mailbox/ben@example.com"
TEAM = ["mia", "noah"]
DAY = 24 * 3600


@pytest.fixture
def make_rotation(make_rows):
    """Makes the rotation of one process."""
    return lambda client=None: Rotation(make_rows(client))


@pytest.fixture
def rotation(make_rotation):
    return make_rotation()


def test_an_entity_is_claimed_by_the_first_effect_alone(rotation):
    """A copy of that effect gets the same answer; what is claimed for something else is not."""
    assert [rotation.claim(ADA, "lead", DAY, key) for key in ("k1", "k2", "k1")] == [True, False, True]
    assert rotation.claim(BEN, "lead", DAY, "k2")
    assert rotation.claim(ADA, "other", DAY, "k2")


def test_a_claim_ends_with_its_time(rotation, now):
    """Then the next effect has it, and no longer the one before."""
    rotation.claim(ADA, "lead", DAY, "k1")
    now.now += DAY + 1
    assert rotation.claim(ADA, "lead", DAY, "k2")
    assert not rotation.claim(ADA, "lead", DAY, "k1")


def test_turns_go_round_in_the_order_of_the_members(rotation):
    """A rotation of another pool, or of other members, begins anew."""
    turns = [rotation.take(f"p:{n}", "owner", "emea", TEAM, f"k{n}", 5) for n in range(5)]
    assert [one.member for one in turns] == ["mia", "noah", "mia", "noah", "mia"]
    assert [one.number for one in turns] == [0, 1, 2, 3, 4]
    assert rotation.take("p:6", "owner", "amer", TEAM, "k6", 5).number == 0
    assert rotation.take("p:7", "owner", "emea", [*TEAM, "lea"], "k7", 5) == Turn("mia", 0, new=True)


def test_an_entity_keeps_the_turn_that_it_took(rotation, make_rotation):
    """Whichever pool it is asked for, in whichever process; no other turn is used up."""
    first = rotation.take(ADA, "owner", "emea", TEAM, "k1", 5)
    assert rotation.take(ADA, "owner", "emea", TEAM, "k1", 5) == first
    assert make_rotation().take(ADA, "owner", "amer", ["sam"], "k2", 5) == Turn("mia", 0, new=False)
    assert rotation.take(BEN, "owner", "emea", TEAM, "k3", 5).number == 1


def test_a_new_process_goes_on_where_the_others_are(rotation, make_rotation):
    """It reads the counter from the transaction that failed."""
    for number in range(3):
        rotation.take(f"p:{number}", "owner", "emea", TEAM, f"k{number}", 5)
    assert make_rotation().take(ADA, "owner", "emea", TEAM, "k9", 5).number == 3
    assert rotation.take(BEN, "owner", "emea", TEAM, "k8", 5).number == 4


class Mortal:
    """A client whose process dies before or after its transaction."""

    def __init__(self, dynamodb, when):
        self._dynamodb, self._when = dynamodb, when

    def transact_write_items(self, **request):
        if self._when == "before":
            raise RuntimeError("died")
        self._dynamodb.transact_write_items(**request)
        raise RuntimeError("died")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_leaves_no_number_out_and_gives_none_twice(rotation, make_rotation, dynamodb, when):
    """The effect that comes again takes the number that it had, or would have had."""
    for number in range(3):
        with pytest.raises(RuntimeError, match="died"):
            make_rotation(Mortal(dynamodb, when)).take(f"p:{number}", "owner", "emea", TEAM, f"k{number}", 5)
        assert rotation.take(f"p:{number}", "owner", "emea", TEAM, f"k{number}", 5) == Turn(
            TEAM[number % 2], number, new=True
        )


class Busy:
    """A client whose transactions always conflict."""

    def transact_write_items(self, **request):
        from botocore.exceptions import ClientError

        reasons = [{"Code": "TransactionConflict"}, {"Code": "TransactionConflict"}]
        response = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(response, "TransactWriteItems")


def test_a_turn_that_others_prevent_is_tried_again_later(make_rotation):
    """After its time, and not for ever."""
    with pytest.raises(RetryableError, match="6 other turns of emea got in between"):
        make_rotation(Busy()).take(ADA, "owner", "emea", TEAM, "k1", 5)
