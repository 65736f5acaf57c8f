"""The request units of DynamoDB, by its documented rules. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

WRITE_BYTES, READ_BYTES = 1024, 4096
COLLECTION_BYTES = 3  # of a list or a map, and one more for each of its elements


def item_size(item: Item) -> int:
    """The size of an item in bytes: the names and the values of its attributes."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits = len(content.lstrip("-").replace(".", "").strip("0"))
            return math.ceil(digits / 2) + 1 + content.startswith("-")
        case "B":
            return len(content)
        case "SS" | "NS" | "BS":
            return sum(_size({kind[0]: one}) for one in content)
        case "L":
            return COLLECTION_BYTES + sum(1 + _size(one) for one in content)
        case "M":
            return COLLECTION_BYTES + sum(1 + len(name.encode()) + _size(one) for name, one in content.items())
        case _:
            return 1  # BOOL and NULL


def write_units(before: Item, after: Item, indexes: Sequence[Mapping[str, Any]] = ()) -> int:
    """The units of one write that is not in a transaction, with those of the table's indexes.

    A write counts by the larger one of the item before and after it. One that a condition stops counts by the item
    that is there, which is `before` and `after` then.
    """
    own = max(1, math.ceil(max(item_size(before), item_size(after)) / WRITE_BYTES))
    return own if before == after else own + sum(_index_units(one, before, after) for one in indexes)


def _index_units(index: Mapping[str, Any], before: Item, after: Item) -> int:
    """An entry that is put, changed or deleted is one write; another key is a delete and a put."""
    old, new = _entry(index, before), _entry(index, after)
    if old == new:
        return 0
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    changed = (
        [old, new] if old and new and any(old[key] != new[key] for key in keys) else [max(old, new, key=item_size)]
    )
    return sum(math.ceil(item_size(one) / WRITE_BYTES) for one in changed)


def _entry(index: Mapping[str, Any], item: Item) -> Item:
    """What an index holds of an item. The table's key, which each entry holds too, is small and left out."""
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    if any(key not in item for key in keys):
        return {}
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    kept = {*keys, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in kept}


def read_units(size: int, consistent: bool) -> float:
    """The units of a read of `size` bytes; an eventually consistent one counts half."""
    return max(1, math.ceil(size / READ_BYTES)) * (1.0 if consistent else 0.5)
