"""Patches the emulator: a query with a limit looks at so many items, and not at its whole partition.

ministack evaluates the key condition on every item of a partition, and sorts them, for each page. A chain of the audit
trail is one partition, so a page of it took longer the longer the trail was: 0.2 seconds over ten thousand segments.
With the patch, ministack's own `_query` is given a table that holds only the items that the page can have; what it says
of them, and whether there are more, stays its own.

ministack also reads an expression again for each item that it looks at. With the patch, it reads each text once.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any

from ministack.services import dynamodb

from hookline.local.conditions import replace

WORTH = 100  # items of a partition; fewer are looked at as before
# The conditions that are understood: the partition's key, and a bound of the sort key. Others are left as they are.
_CONDITION = re.compile(r"\s*([#\w]+)\s*=\s*(:\w+)(?:\s+AND\s+([#\w]+)\s*(<=|>=|<|>|=)\s*(:\w+))?\s*", re.ASCII)
# Functions of an expression's text alone, whose answers ministack does not change.
PARSERS = ("_condition_syntax_error", "_tokenize")
_OTHERS = ("IndexName", "FilterExpression", "QueryFilter", "KeyConditions")


class _Tables:
    """What `_query` reads of the tables: one of them, reduced."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def get(self, name: str) -> Any:
        return self._table


def apply() -> None:
    """Patch ministack in this process. Raises UnsupportedEmulator if a function is missing."""
    replace(dynamodb, "_query", _narrowed)
    for name in PARSERS:
        replace(dynamodb, name, _once)


def _once(original: Callable[..., Any], expression: Any, *given: str) -> Any:
    """What `original` says of an expression, found once for each text."""
    return _known(original, expression, *given) if isinstance(expression, str) else original(expression, *given)


@lru_cache(maxsize=4096)
def _known(original: Callable[..., Any], *given: str) -> Any:
    return original(*given)


def _narrowed(original: Callable[..., Any], data: dict[str, Any]) -> Any:
    table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName")))
    found = _page(table, data) if table else None
    if found is None:
        return original(data)
    partition, items = found
    reduced = {**table, "items": {partition: items}}
    run = FunctionType(original.__code__, {**vars(dynamodb), "_tables": _Tables(reduced)}, "_query")
    return run(data)


def _page(table: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[Any, dict[Any, Any]] | None:
    """The partition, and its items that a page can hold, one more included; None for a query that is left as it is."""
    condition, limit, sort = _CONDITION.fullmatch(data.get("KeyConditionExpression") or ""), data.get("Limit"), None
    if condition is None or type(limit) is not int or limit < 1 or any(data.get(name) for name in _OTHERS):
        return None
    names, values = data.get("ExpressionAttributeNames") or {}, data.get("ExpressionAttributeValues") or {}
    key, given, sort, operator, bound = condition.groups()
    own = table.get("sk_name")
    if names.get(key, key) != table.get("pk_name") or not own or (sort and names.get(sort, sort) != own):
        return None
    partition = dynamodb._extract_key_val(values.get(given) or {})
    bucket = table["items"].get(partition, {})
    if len(bucket) < WORTH:
        return None
    kind = dynamodb._get_attr_type(table, own)
    ordered = sorted((dynamodb._sort_key_value(item.get(own), kind), place) for place, item in list(bucket.items()))
    keys = [value for value, _ in ordered]
    low, high = 0, len(keys)
    if operator:
        low, high = _bounds(keys, operator, dynamodb._sort_key_value(values.get(bound), kind))
    backwards = data.get("ScanIndexForward", True) is False
    if start := data.get("ExclusiveStartKey"):
        after = dynamodb._sort_key_value(start.get(own) if isinstance(start, dict) else None, kind)
        if backwards:
            high = min(high, bisect_left(keys, after))
        else:
            low = max(low, bisect_right(keys, after))
    low, high = (max(low, high - limit - 1), high) if backwards else (low, min(high, low + limit + 1))
    return partition, {place: bucket[place] for _, place in ordered[low:high]}


def _bounds(keys: list[Any], operator: str, value: Any) -> tuple[int, int]:
    """The places of the keys that compare so with `value`: from the first to before the second."""
    left, right = bisect_left(keys, value), bisect_right(keys, value)
    return {
        "=": (left, right),
        "<": (0, left),
        "<=": (0, right),
        ">": (right, len(keys)),
        ">=": (left, len(keys)),
    }[operator]
