"""The calls that a new agent's code makes: which arguments come from the event, and which wait for their author."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from functions.core.events.domain_event import DomainEvent
from functions.core.manifests.arguments import Argument, Flag, Json, ListOf, Number, Object, Text
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

    @property
    def entities(self) -> Sequence[str]:
        """What the recording names that names most; () if none names anything."""
        return max((one.entities for one in self.names), key=len, default=())


@dataclass(frozen=True)
class Given:
    """An argument of a call: its expression, and whether its author must replace it."""

    name: str
    expression: str
    open: bool = False


@dataclass(frozen=True)
class When:
    """The events that name what a call acts on: those of `types` (() is all) in which `fields` are not None.

    Without a field that holds its id, an entity of `kind` ("stripe:review") must be among the event's entities.
    """

    types: Sequence[str] = ()
    fields: Sequence[str] = ()
    kind: str = ""

    @property
    def condition(self) -> str:
        """The expression, "" if it always holds."""
        types = [_is_one_of(self.types)] if self.types else []
        fields = [f'event.data["{field}"]' for field in self.fields]
        kind = [f"any(one.startswith({starts(self.kind)!r}) for one in event.entities)"] if self.kind else []
        return " and ".join([*types, *fields, *kind])

    def holds(self, subscribed: Subscribed, entities: Sequence[str]) -> bool:
        """Whether it holds for the example of an event that names these entities."""
        example, of_kind = subscribed.model.example, [one for one in entities if one.startswith(starts(self.kind))]
        typed = not self.types or subscribed.detail_type in self.types
        return typed and all(example[field] for field in self.fields) and (not self.kind or bool(of_kind))


ALWAYS = When()


@dataclass(frozen=True)
class Call:
    """A call of the agent's code, made only `when` the event names what it acts on."""

    connector: str
    operation: Operation
    given: Sequence[Given]
    when: When = ALWAYS

    @property
    def method(self) -> str:
        """Its name in the tools."""
        return self.operation.name.replace(".", "_")

    @property
    def asks(self) -> bool:
        """Whether the policy leaves it to a person: it moves money, or is declared with a state that people see."""
        return bool(self.operation.money or self.operation.state)

    @property
    def is_to_destination(self) -> bool:
        """Whether it acts on a destination."""
        return any(one.name == TO for one in self.given)

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
    """Whether a recorded event of this type names an entity that the operation can act on, and code can read it."""
    named = any(matches(operation, named) is not None for named in subscribed.names)
    return named and (len(operation.parameters) == 1 or all(fields_of(operation, subscribed).values()))


def call_to(connector: str, operation: Operation, destination: str, subscribed: Sequence[Subscribed]) -> Call:
    """The call of an operation: on the destination, or on the entity that the subscribed events name."""
    rest = [_filled(name, operation.takes[name]) for name in operation.needs]
    if destination:
        return Call(connector, operation, [Given(TO, repr(destination)), *rest])
    ways = {one.detail_type: _way(operation, one) for one in subscribed if names_entity(operation, one)}
    first = next(iter(ways.values()))
    same = [name for name, other in ways.items() if other == first]
    when = replace(first.when, types=same if len(same) < len(subscribed) else ())
    return Call(connector, operation, [*first.given, *rest], when)


@dataclass(frozen=True)
class _Way:
    """How the parameters of an entity are read from an event, and when an event has them."""

    given: Sequence[Given]
    when: When


def _way(operation: Operation, subscribed: Subscribed) -> _Way:
    fields = fields_of(operation, subscribed)
    if all(fields.values()):
        known = subscribed.model.model_fields
        given = [Given(name, _read(field, subscribed)) for name, field in fields.items()]
        return _Way(given, When(fields=[one for one in fields.values() if _may_be_none(known[one].annotation)]))
    (parameter,) = operation.parameters
    if operation.entity == f"{{{parameter}}}":
        return _Way([Given(parameter, "event.subject")], ALWAYS)
    kind = operation.entity.partition("/")[0]
    found = f'next(one.partition("/")[2] for one in event.entities if one.startswith({starts(kind)!r}))'
    return _Way([Given(parameter, found)], When(kind=kind))


def starts(kind: str) -> tuple[str, str]:
    """What the entities of a kind begin with: without a tenant, and with one."""
    return f"{kind}/", f"{kind}@"


def _read(field: str, subscribed: Subscribed) -> str:
    read = f'event.data["{field}"]'
    return read if isinstance(subscribed.model.example[field], str) else f"str({read})"


def fields_of(operation: Operation, subscribed: Subscribed) -> Mapping[str, str]:
    """The field of the event's data that holds each parameter of the operation's entity, "" for none."""
    return {name: _field(name, operation, subscribed) for name in operation.parameters}


def _field(parameter: str, operation: Operation, subscribed: Subscribed) -> str:
    """The field of the event's data that holds a parameter of the entity in every recording, "" for none."""
    fields = [parameter, *(name for name in subscribed.model.model_fields if name != parameter)]
    recorded = [(matched, named.data) for named in subscribed.names if (matched := matches(operation, named))]
    # In a recording that names no such entity, the field may hold the id of another provider.
    others = [named.data for named in subscribed.names if not matches(operation, named) and named.data]
    for field in fields:
        if field not in subscribed.model.model_fields:
            continue
        if all(
            str(data.get(field)) == matched[parameter] if data else field == parameter for matched, data in recorded
        ) and all(data.get(field) is None for data in others):
            return field
    return ""


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
        case Json():
            return "{}", True
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
