"""How a first translation reads each field of a domain event from a raw event, by the field's type."""

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from functions.core.events.domain_event import DomainEvent
from functions.core.events.limits import LONGEST_LINE, LONGEST_TEXT, LONGEST_WORD

_LONGEST = {LONGEST_WORD: "LONGEST_WORD", LONGEST_LINE: "LONGEST_LINE", LONGEST_TEXT: "LONGEST_TEXT"}
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Read:
    """A field: the expression that reads it from `body`, its example, and what the expression imports.

    `path` is where it is in the raw event, "" if it is a fixed value; `needed` if a delivery without it is refused.
    """

    name: str
    expression: str
    example: Any
    imports: Sequence[str] = ()
    path: str = ""
    needed: bool = False


def reads_of(model: type[DomainEvent]) -> list[Read]:
    """How to read each field of `model` from the member of the same name in the raw event's `data`."""
    return [_read(name, field, model.example[name]) for name, field in model.model_fields.items()]


def _read(name: str, field: FieldInfo, example: Any) -> Read:
    kind, bounds, optional = _plain(field)
    reader, imports = _reader(kind, bounds)
    if not reader:
        return Read(name, repr(None if optional else example), example)
    if optional:
        return Read(name, f'body.may("data.{name}", {reader})', example, imports, f"data.{name}")
    return Read(name, f'body.need("data.{name}", {reader})', example, imports, f"data.{name}", needed=True)


def _reader(kind: Any, bounds: dict[str, Any]) -> tuple[str, Sequence[str]]:
    """The reader of functions.api.source for a type, "" if it has none: then the translation writes a fixed value."""
    if kind is bool:
        return "flag", ["flag"]
    if kind is int and bounds.keys() <= {"ge"} and bounds.get("ge", 0) <= 0:
        return "whole", ["whole"]
    if kind is not str or bounds.keys() - {"max_length", "min_length"}:
        return "", ()
    if bounds.get("max_length") == _LONGEST_NAME:
        return "name", ["name"]
    longest = _LONGEST.get(bounds.get("max_length", LONGEST_LINE))
    return (f"text({longest})", ["text", longest]) if longest and "min_length" not in bounds else ("", ())


def _plain(field: FieldInfo) -> tuple[Any, dict[str, Any], bool]:
    """The type of a field without its bounds and without None, its bounds, and whether it may be None."""
    bounds = dict(_bounds(field.metadata))
    kind: Any = field.annotation
    optional = False
    if get_origin(kind) in (Union, types.UnionType):
        others = [one for one in get_args(kind) if one is not type(None)]
        optional = len(others) < len(get_args(kind))
        kind = others[0] if len(others) == 1 else None
    if hasattr(kind, "__metadata__"):
        bounds |= dict(_bounds(kind.__metadata__))
        kind = get_args(kind)[0]
    return (None if get_origin(kind) is Literal else kind), bounds, optional


def _bounds(metadata: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for one in metadata:
        yield from _bounds(one.metadata) if isinstance(one, FieldInfo) else _bound(one)


def _bound(one: Any) -> Iterator[tuple[str, Any]]:
    for name in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern"):
        if (value := getattr(one, name, None)) is not None:
            yield name, value
