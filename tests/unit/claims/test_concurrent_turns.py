"""A thousand leads at once take their turns in virtual time, with copies, second forms and deaths: exact to one."""

import random
from collections import Counter

from botocore.exceptions import ClientError

from functions.core.claims.rotation import Rotation, Turn
from functions.core.claims.rows import Rows
from hookline.simulation.world import World

LEADS, AT_ONCE, TEAM = 1_000, 1_000, ["mia", "noah", "lea"]
DEATHS = 0.1  # of the calls, half of them before and half after their transaction


class Died(Exception):
    """The process is gone, and its message comes again."""


class FakeLedger:
    """What DynamoDB does with the two updates of a turn: both or none, on their conditions."""

    def __init__(self) -> None:
        self.rows: dict[str, dict] = {}
        self.transactions = 0

    def transact(self, *, TransactItems):  # noqa: N803 - boto3's name
        updates = [one["Update"] for one in TransactItems]
        failed = [not self._holds(update) for update in updates]
        self.transactions += 1
        if any(failed):
            reasons = [
                {"Code": "ConditionalCheckFailed", "Item": self.rows.get(update["Key"]["key"]["S"], {})}
                if bad
                else {"Code": "None"}
                for update, bad in zip(updates, failed, strict=True)
            ]
            response = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(response, "TransactWriteItems")
        for update in updates:
            names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
            row = {name: values[f":{name}"] for name in names.values()}
            self.rows[update["Key"]["key"]["S"]] = {**update["Key"], **row}

    def _holds(self, update) -> bool:
        row = self.rows.get(update["Key"]["key"]["S"], {})
        match update["ConditionExpression"]:
            case "attribute_not_exists(#by)":
                return "by" not in row
            case "attribute_not_exists(#taken)":
                return "taken" not in row
            case "#taken = :before":
                return row.get("taken") == update["ExpressionAttributeValues"][":before"]
        raise AssertionError(update["ConditionExpression"])


class Connection:
    """A process's client: a call takes milliseconds, in which others get in between, and its process may die."""

    def __init__(self, ledger: FakeLedger, world: World, chance: random.Random) -> None:
        self._ledger, self._world, self._chance = ledger, world, chance

    def transact_write_items(self, **request) -> None:
        fate = self._chance.random()
        self._world.sleep(0.001 + 0.003 * self._chance.random())
        if fate < DEATHS / 2:
            raise Died
        try:
            self._ledger.transact(**request)
        finally:
            if fate > 1 - DEATHS / 2:
                raise Died


def test_a_thousand_leads_at_once_are_shared_out_exact_to_one():
    chance = random.Random(17)  # noqa: S311 - the same in each run
    world, ledger = World(1_790_000_000.0), FakeLedger()
    # Each lead under a key of its own; a tenth comes twice, and a tenth by a second form, which has another key.
    asked = [(lead, f"k{lead}") for lead in range(LEADS)]
    asked += [(lead, f"k{lead}") for lead in range(0, LEADS, 10)] + [
        (lead, f"form{lead}") for lead in range(5, LEADS, 10)
    ]
    chance.shuffle(asked)
    waiting, turns = list(asked), []
    workers = min(AT_ONCE, len(asked))

    def wait(tries: int) -> None:
        world.sleep(chance.random() * min(0.02 * 2 ** min(tries - 1, 10), 2.0))

    def work() -> None:
        """A process: after its death another one begins, without what it remembered."""
        while waiting:
            lead, key = waiting.pop()
            while True:
                rotation = Rotation(Rows(Connection(ledger, world, chance), "ledger", world, world, wait))
                try:
                    turns.append((lead, rotation.take(f"person:mailbox/{lead}", "owner", "emea", TEAM, key, 600)))
                    break
                except Died:
                    world.sleep(chance.random())

    for _ in range(workers):
        world.start(work)
    world.run()

    of_each: dict[int, set[tuple[str, int]]] = {}
    for lead, turn in turns:
        assert isinstance(turn, Turn)
        of_each.setdefault(lead, set()).add((turn.member, turn.number))
    assert len(turns) == len(asked)
    assert {lead: len(found) for lead, found in of_each.items() if len(found) != 1} == {}, "one turn for a lead"
    numbers = sorted(number for found in of_each.values() for _, number in found)
    assert numbers == list(range(LEADS)), "no number is given twice, and none is left out"
    shares = Counter(member for found in of_each.values() for member, _ in found)
    assert sorted(shares.values()) == [333, 333, 334]
