"""The calls that a new agent's code makes: which arguments come from the event, and which wait for their author."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from functions.core.events.domain_event import DomainEvent
from functions.core.manifests.arguments import Argument, Flag, ListOf, Number, Object, Text
from functions.core.manifests.checks import placeholders
from functions.core.manifests.operation import TO, Operation
from hookline.scaffold.entities import Named

SHORT = 1000  # characters of the text that the agent writes


@dataclass(frozen=True)
class Subscribed:
    """A subscribed event: its type, its model, who publishes it, its raw types, and what its recordings name."""

    detail_type: str
    model: type[DomainEvent]
    sources: Sequence[str]
    raw: Sequence[str]
    names: Sequence[Named]


@dataclass(frozen=True)
class Given:
    """An argument of a call: its expression, and whether its author must replace it."""

    name: str
    expression: str
    open: bool = False


@dataclass(frozen=True)
class Call:
    """A call of the agent's code; `only` is when the event names what it acts on, "" for always."""

    connector: str
    operation: Operation
    given: Sequence[Given]
    only: str

    @property
    def method(self) -> str:
        """Its name in the tools."""
        return self.operation.name.replace(".", "_")

    def applies_to(self, subscribed: Subscribed) -> bool:
        """Whether the code makes it for the example of this event."""
        return not self.only or f"{subscribed.detail_type!r}" in self.only or "event.type" not in self.only

    @property
    def writes(self) -> bool:
        """Whether an argument holds the agent's text."""
        return any("text_of(" in one.expression for one in self.given)


def matches(operation: Operation, named: Named) -> Mapping[str, str] | None:
    """The parameters of the operation's entity in what an event names, None if it names none of this kind."""
    pattern = "".join(
        f"(?P<{part[1:-1]}>.+)" if part.startswith("{") else re.escape(part)
        for part in re.split(r"({\w+})", operation.entity)
    )
    found = (re.fullmatch(pattern, entity) for entity in dict.fromkeys([named.subject, *named.entities]) if entity)
    return next((match.groupdict() for match in found if match), None)


def names_entity(operation: Operation, subscribed: Subscribed) -> bool:
    """Whether a recorded event of this type names an entity that the operation can act on."""
    return any(matches(operation, named) is not None for named in subscribed.names)


def call_to(connector: str, operation: Operation, destination: str, subscribed: Sequence[Subscribed]) -> Call:
    """The call of an operation: on the destination, or on the entity that the subscribed events name."""
    rest = [_filled(name, operation.takes[name]) for name in operation.needs]
    if destination:
        return Call(connector, operation, [Given(TO, repr(destination)), *rest], "")
    naming = [one for one in subscribed if names_entity(operation, one)]
    ways = {one.detail_type: _way(operation, one) for one in naming}
    way = ways[naming[0].detail_type]
    same = [name for name, other in ways.items() if other == way]
    conditions = [_is_one_of(same)] if len(same) < len(subscribed) else []
    conditions += [f'event.data["{field}"]' for field in way.nullable]
    entity = [Given(name, way.expressions[name]) for name in operation.parameters]
    return Call(connector, operation, [*entity, *rest], " and ".join(conditions))


@dataclass(frozen=True)
class _Way:
    """How the parameters of an entity are read from an event; `nullable` are fields that can be None."""

    expressions: Mapping[str, str]
    nullable: Sequence[str]


def _way(operation: Operation, subscribed: Subscribed) -> _Way:
    found = {name: _field(name, operation, subscribed) for name in operation.parameters}
    fields = subscribed.model.model_fields
    nullable = [field for field in found.values() if field and _may_be_none(fields[field].annotation)]
    return _Way({name: _expression(field, name, operation, subscribed) for name, field in found.items()}, nullable)


def _field(parameter: str, operation: Operation, subscribed: Subscribed) -> str:
    """The field of the event's data that holds a parameter of the entity in every recording, "" for none."""
    fields = [parameter, *(name for name in subscribed.model.model_fields if name != parameter)]
    recorded = [(matched, named.data) for named in subscribed.names if (matched := matches(operation, named))]
    for field in fields:
        if field not in subscribed.model.model_fields:
            continue
        if all(
            str(data.get(field)) == matched[parameter] if data else field == parameter for matched, data in recorded
        ):
            return field
    return ""


def _expression(field: str, parameter: str, operation: Operation, subscribed: Subscribed) -> str:
    if field:
        text = isinstance(subscribed.model.example[field], str)
        return f'event.data["{field}"]' if text else f'str(event.data["{field}"])'
    if placeholders(operation.entity) == (parameter,) and operation.entity == f"{{{parameter}}}":
        return "event.subject"
    start = operation.entity.partition("{")[0].removesuffix("/")
    return f'next(one.partition("/")[2] for one in event.entities if one.startswith({start!r}))'


def _filled(name: str, kind: Argument) -> Given:
    expression, open = _value(kind)
    return Given(name, expression, open)


def _value(kind: Argument) -> tuple[str, bool]:
    """A valid value of a kind, and whether its author must replace it."""
    match kind:
        case Text(choices=choices) if choices:
            return repr(choices[0]), True
        case Text(longest=longest):
            return "text_of(event)" + (f"[:{longest}]" if longest < SHORT else ""), False
        case Number(lowest=lowest, highest=highest):
            return str(min(max(1, lowest), highest)), True
        case Flag():
            return "False", True
        case ListOf(item=item):
            value, open = _value(item)
            return f"[{value}]", open
        case Object(fields=fields, needs=needs):
            values = {name: _value(fields[name]) for name in needs}
            written = ", ".join(f"{name!r}: {value}" for name, (value, _) in values.items())
            return f"{{{written}}}", not values or any(open for _, open in values.values())


def _is_one_of(names: Sequence[str]) -> str:
    return f"event.type == {names[0]!r}" if len(names) == 1 else f"event.type in {tuple(names)!r}"


def _may_be_none(annotation: Any) -> bool:
    return type(None) in get_args(annotation)
