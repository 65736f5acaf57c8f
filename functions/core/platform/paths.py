"""Dotted paths into JSON values."""

from collections.abc import Mapping
from typing import Any


def at(value: Any, path: str, *, strict: bool = False) -> Any:
    """The value at a dotted path, None if missing; "" is the path of the value itself.

    With `strict`, raises ValueError if the path leads through anything but objects and null.
    """
    for name in path.split(".") if path else ():
        if strict and not isinstance(value, Mapping | None):
            raise ValueError("the path leads through a value that is not an object")
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
