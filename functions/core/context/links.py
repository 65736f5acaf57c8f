"""Links: which customer a confirmed address belongs to, by verified events, in the table of the timelines.

A customer's key holds its newest address (`#address`), and the key of an address holds its customers. The context
service writes both, from events of sources alone; the context connector reads. An entry of an address counts only while
the customer's newest address is that one, so an address that moved links nothing.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from functions.core.context.timeline import KEEP_SECONDS, NO_TIME
from functions.core.manifests.tenant import split
from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.times import sortable

NEWEST = "#address"
MOST_HOLDERS = 20  # customers of one address that are looked at; more link nothing
MOST_NAMED = 20  # entities that come with a customer
PAGE = 100  # entries of a timeline that are looked at for them


@dataclass(frozen=True)
class Links:
    """The links in the table `table`."""

    dynamodb: Any
    table: str

    def keep(self, entity: str, address: str, time: str, now: float) -> None:
        """Keep `address` (a digest, "" for none) as that of `entity` since `time`, unless a later one is kept.

        Two addresses of one moment are no address: which is the later one is not known.
        """
        key, when = {"entity": {"S": entity}, "at": {"S": NEWEST}}, {"S": sortable(time)}
        expires = {"N": str(int(now) + KEEP_SECONDS)}
        names = {"#when": "when", "#address": "address"}
        kept = conditional_write(
            self.dynamodb.put_item,
            TableName=self.table,
            Item={**key, "when": when, "address": {"S": address}, "expires": expires},
            ConditionExpression="attribute_not_exists(entity) OR #when < :when OR (#when = :when AND #address = :new)",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":when": when, ":new": {"S": address}},
        )
        if isinstance(kept, ConditionFailed):  # a later address is kept, or another one of this moment
            conditional_write(
                self.dynamodb.put_item,
                TableName=self.table,
                Item={**key, "when": when, "address": {"S": ""}, "expires": expires},
                ConditionExpression="#when = :when",
                ExpressionAttributeNames={"#when": "when"},
                ExpressionAttributeValues={":when": when},
            )
            return
        if address:  # after the newest address: a process that dies between them is followed by the next try
            item = {"entity": {"S": _pile(address)}, "at": {"S": entity}, "expires": expires}
            self.dynamodb.put_item(TableName=self.table, Item=item)

    def holders(self, address: str, kind: str, now: float) -> list[str]:
        """The entities of `kind` ("stripe:customer", with its tenant) whose newest address is `address`.

        More than MOST_HOLDERS entries of an address count as many holders: no one of them is chosen.
        """
        found = self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression="entity = :pile",
            ExpressionAttributeValues={":pile": {"S": _pile(address)}},
            ConsistentRead=True,
            Limit=MOST_HOLDERS + 1,
        )["Items"]
        entities = [item["at"]["S"] for item in found if kind_of(item["at"]["S"]) == kind]
        return [one for one in entities if len(found) > MOST_HOLDERS or self._holds(one, address, now)]

    def named_with(self, entity: str, kinds: Collection[str]) -> list[str]:
        """The newest entities of `kinds` that sources' events named together with `entity`, of the same tenant."""
        found: dict[str, None] = {}
        for one in self._named(entity):
            kind = kind_of(one)
            if kind in kinds and split(one)[1] == split(entity)[1]:
                found[one] = None
            if len(found) == MOST_NAMED:
                break
        return list(found)

    def _holds(self, entity: str, address: str, now: float) -> bool:
        key = {"entity": {"S": entity}, "at": {"S": NEWEST}}
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        # DynamoDB deletes what has expired some time later.
        return bool(item) and item["address"]["S"] == address and int(item["expires"]["N"]) > now

    def _named(self, entity: str) -> Iterator[str]:
        page = self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression="entity = :entity AND #at > :no_time",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":entity": {"S": entity}, ":no_time": {"S": NO_TIME}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=PAGE,
        )
        for item in page["Items"]:
            yield from item.get("named", {"SS": ()})["SS"]


def kind_of(entity: str) -> str:
    """The kind of an entity, with its tenant: "stripe:customer@acct_1" of "stripe:customer@acct_1/cus_1"."""
    return entity.partition("/")[0]


def _pile(address: str) -> str:
    """The key of an address; no entity has a blank in its kind, so no grant names it."""
    return f"#address {address}"
