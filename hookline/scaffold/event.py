"""The files of a new domain event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.names import check_event, check_field, check_line, class_of
from hookline.scaffold.rendering import render
from hookline.scaffold.writing import New


@dataclass(frozen=True)
class Kind:
    """A kind of field: its type, and its example, in which {} is the field's name."""

    type: str
    example: Any


KINDS: Mapping[str, Kind] = {
    "id": Kind("Identifier", "{}_1Example"),
    "word": Kind("Word", "a word"),
    "line": Kind("Line", "A line of text"),
    "text": Kind("Text", "A text of one or several lines."),
    "number": Kind("int", 3),
    "count": Kind("Count", 3),
    "flag": Kind("bool", True),
    "money": Kind("Amount", 4200),
}
# An amount says nothing without them (docs/add-an-event.md).
MONEY = {"currency": ("Currency", "usd"), "exponent": ("Exponent | None", 2)}
# A number by one of these names is money: tests/contract/test_taxonomy.py demands it.
AMOUNTS = frozenset(["amount", "balance", "captured", "fee", "paid", "price", "refunded", "tax", "tip", "total"])
OPTIONAL = "?"


@dataclass(frozen=True)
class Field:
    """A field of the new event."""

    name: str
    type: str
    example: Any


def parse_fields(given: Sequence[str]) -> list[Field]:
    """The fields of `name:kind` each, `name:kind?` for one that may be None. Raises OperatorError."""
    if not given:
        raise OperatorError("an event has fields: give at least one, like --field text:text")
    found: list[Field] = []
    for one in given:
        name, colon, kind = one.partition(":")
        if not colon:
            raise OperatorError(f"--field {one!r}: write NAME:KIND, like text:text (kinds: {', '.join(KINDS)})")
        check_field(name)
        found.append(_field(name, kind))
    if any(field.type.startswith("Amount") for field in found):
        found += [Field(name, type, example) for name, (type, example) in MONEY.items()]
    names = [field.name for field in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        what = " (money has a currency and an exponent of its own)" if twice[0] in MONEY else ""
        raise OperatorError(f"field {twice[0]!r} is there twice{what}: give each field a name of its own")
    return found


def new_event(detail_type: str, fields: Sequence[str], owner: str) -> New:
    """The files of the new event `detail_type`. Raises OperatorError for a name or a field that cannot be."""
    stem = check_event(detail_type)
    check_line("owner", owner)
    declared = parse_fields(fields)
    types = {word for field in declared for word in field.type.split(" | ")} - {"bool", "int", "None"}
    values = {
        "detail_type": detail_type,
        "stem": stem,
        "class_name": class_of(stem),
        "sentence": detail_type.replace(".", " ").replace("_", " ").capitalize(),
        "owner": owner,
        "fields": declared,
        "types": sorted({"DomainEvent", *types}),
    }
    file, test = f"functions/events/{stem}.py", f"tests/unit/events/test_{stem}_event.py"
    return New(
        {file: render("event/event.py.j2", **values), test: render("event/test.py.j2", **values)},
        [file, test],
        then=["hookline check", f"make test ARGS='{test}'"],
        notes=["say in the class's docstring what happened; docs/add-an-event.md says how a provider publishes it"],
    )


def _field(name: str, kind: str) -> Field:
    bare = kind.removesuffix(OPTIONAL)
    if bare not in KINDS:
        raise UnknownName("kind of field", kind, KINDS)
    if bare in ("number", "count") and name in AMOUNTS:
        raise OperatorError(f"field {name!r} is money by its name: write --field {name}:money, or give it another name")
    declared = KINDS[bare]
    example = declared.example.format(name) if isinstance(declared.example, str) else declared.example
    return Field(name, f"{declared.type} | None" if kind != bare else declared.type, example)
