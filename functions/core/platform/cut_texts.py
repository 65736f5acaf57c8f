"""Cuts the texts in a JSON value that is too large for where it goes. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

# Texts are cut to so many bytes, until the value fits. Ids are shorter than all but the last.
CUTS = (4_000, 2_000, 1_000, 500, 100)


def cut_values(value: Any, shortest: int = 0) -> Iterator[tuple[int, Any]]:
    """The value with its texts cut to fewer and fewer bytes, each with that number, which is at least `shortest`."""
    return ((most, _cut(value, most)) for most in CUTS if most >= shortest)


def _cut(value: Any, most: int) -> Any:
    """The value with each text in it cut to at most `most` bytes of UTF-8."""
    if isinstance(value, str):
        return value.encode(errors="replace")[:most].decode(errors="ignore")
    if isinstance(value, Mapping):
        return {name: _cut(item, most) for name, item in value.items()}
    return [_cut(item, most) for item in value] if isinstance(value, list | tuple) else value
