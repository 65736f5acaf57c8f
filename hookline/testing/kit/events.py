"""Events of a test: a domain event's example with changed fields, as the named publisher would publish it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from functions.core.authority.grants import LIFETIME, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event, id_prefix
from functions.core.events.reviews import DECISIONS
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.reading import items_of
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.errors import PermanentError, UnreadableBody
from functions.core.platform.times import rfc3339
from hookline.operator.errors import OperatorError, UnknownName
from hookline.testing import fixtures
from hookline.testing.fixtures import Fixture

UNUSED_KEY = "the key of grants that nothing accepts"


@dataclass(frozen=True)
class Happening:
    """An event to wake an agent with; `publisher` and `entities` are None for those that the kit finds."""

    type: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    publisher: str | None = None
    entities: Sequence[str] | None = None


def event(
    type: str,
    data: Mapping[str, Any] | None = None,
    /,
    *,
    publisher: str | None = None,
    entities: Sequence[str] | None = None,
    **fields: Any,
) -> Happening:
    """The example of the domain event `type` with `fields` changed; `data` changes fields that are no Python name.

    The kit publishes it as `publisher` ("webhook.stripe"), by default the first that the agent subscribes to. Its grant
    names `entities`, by default those that the source's translation names for such data. Raises UnknownName for an
    unknown type or field, and OperatorError for data that does not fit.
    """
    changes = {**(data or {}), **fields}
    if type in DECISIONS:
        raise OperatorError(f"{type} is a person's decision: use approve() or deny() on the result that asked")
    try:
        model = catalogue.model_of(type)
    except PermanentError:
        raise UnknownName("domain event", type, catalogue.events()) from None
    for name in changes:
        if name not in model.model_fields:
            raise UnknownName(f"field of {type}", name, model.model_fields)
    try:
        catalogue.check(type, {**model.example, **changes})
    except PermanentError as wrong:
        raise OperatorError(str(wrong)) from None
    return Happening(type, changes, publisher, None if entities is None else tuple(entities))


def published(
    happening: Happening, agent: AgentManifest, number: int, key: str, now: float, past: bool = False
) -> Event:
    """The event that wakes `agent`, the `number`th of its kit, with a grant minted with `key`.

    Raises OperatorError if the agent does not subscribe to it, unless it is `past`, and if nobody is known to publish
    it.
    """
    type, publisher = happening.type, happening.publisher or _publisher(happening.type, agent, past)
    if past and not publisher:
        raise OperatorError(f"past: no source of agent {agent.name} publishes {type}: say publisher='webhook.…'")
    if not past and not agent.subscribes_to(publisher, type) and not agent.waits_for(publisher, type):
        what = " from ".join(filter(None, (type, publisher)))
        known = ", ".join(sorted({f"{one.detail_type} from {', '.join(one.sources)}" for one in agent.receives}))
        raise OperatorError(f"agent {agent.name} does not subscribe to {what}; it does to {known}")
    data = catalogue.check(type, {**catalogue.model_of(type).example, **happening.changes})
    entities = happening.entities
    if entities is None:
        entities = entities_of(type, data, publisher)
    id = f"{id_prefix(publisher, type)}evt_kit_{number}"
    # What an agent publishes was caused by a delivery, whose grant it carries.
    caused = publisher.startswith("agent.")
    first = f"kit:evt_first_{number}" if caused else id
    grant = Grant(first, first, frozenset(entities), int(now), int(now) + LIFETIME)
    at = rfc3339(now)
    return Event(
        id=id,
        source=publisher,
        type=type,
        subject=entities[0] if entities else id,
        time=at,
        receivedat=at,
        entities=list(entities),
        correlationid=first,
        grant=mint(grant, key),
        data=data,
        dataschema=catalogue.schema(type),
        causationid=first if caused else None,
        hops=int(caused),
    )


def _publisher(type: str, agent: AgentManifest, past: bool) -> str:
    """The first publisher of `type` that the agent subscribes to, of a past event also its source for other types."""
    sources = [(one.detail_type, source) for one in agent.receives for source in one.sources]
    subscribed = (source for subscribed, source in sources if subscribed == type)
    others = (source for _, source in sources if past and type in _templates(source.partition(".")[2]))
    return next(subscribed, "") or next(others, "")


def entities_of(type: str, data: Mapping[str, Any], publisher: str) -> list[str]:
    """The entities that the translation of the publisher's source names for such data; [] for other publishers."""
    kind, _, source = publisher.partition(".")
    found = []
    for template in _templates(source).get(type, ()) if kind == "webhook" else ():
        values = [part if isinstance(part, str) else data.get(part.name) for part in template.parts]
        if None not in values:
            found.append(f"{template.kind}/{'/'.join(map(str, values))}")
    return found


@dataclass(frozen=True)
class _Field:
    """A part of an entity's id that is a field of the data."""

    name: str


@dataclass(frozen=True)
class _Template:
    """An entity as the translation makes it: its kind, and the parts of its id, which are fields or fixed texts."""

    kind: str
    parts: tuple[_Field | str, ...]


@cache
def _templates(source: str) -> Mapping[str, list[_Template]]:
    """The entities by detail type, learned from the events that the source's fixtures become."""
    if not find_spec(f"functions.providers.{source}") or not find_spec(f"functions.providers.{source}.translate"):
        return {}
    manifest = import_module(f"functions.providers.{source}.source").MANIFEST
    builder = EventBuilder(manifest, import_module(f"functions.providers.{source}.translate").translate, ["*"])
    seen: dict[tuple[str, str], list[set[tuple[_Field | str, ...]]]] = {}
    kinds: dict[tuple[str, str], str] = {}  # with the tenant of the first fixture
    for name in fixtures.names(source):
        for made in _events_of(fixtures.load(source, name), builder):
            for entity in made.entities:
                kind, _, id = entity.partition("/")
                key = (made.type, kind.partition("@")[0])
                kinds.setdefault(key, kind)
                seen.setdefault(key, []).append(set(_readings(id.split("/"), made.data)))
    found: dict[str, list[_Template]] = {}
    for key, readings in seen.items():
        type, kind = key
        common = set.intersection(*readings) or readings[0]
        best = min(common, key=lambda parts: (_distance(kind, parts), str(parts)))
        found.setdefault(type, []).append(_Template(kinds[key], best))
    return found


def _events_of(fixture: Fixture, builder: EventBuilder) -> list[Event]:
    """The events that a fixture becomes, with tenants in their entities; [] for a handshake, a ping or a refusal."""
    body, headers = fixture.body.encode(), {name.lower(): value for name, value in fixture.headers.items()}
    manifest = builder.manifest
    try:
        found = items_of(body, headers, manifest.reading, manifest.pings)
    except UnreadableBody:
        return []
    verified = VerifiedDelivery(None, False, None, 0)
    made = builder.read(found, verified, body, UNUSED_KEY, 0, id=f"{manifest.name}:unused")
    return [one for one in made if isinstance(one, Event)]


def _readings(parts: Sequence[str], data: Mapping[str, Any]) -> list[tuple[_Field | str, ...]]:
    """Every way to read the parts of an id as fields; a part that no field holds is fixed."""
    readings: list[tuple[_Field | str, ...]] = [()]
    for part in parts:
        fields: list[_Field | str] = [
            _Field(name) for name, value in data.items() if not isinstance(value, bool) and str(value) == part
        ]
        readings = [(*reading, choice) for reading in readings for choice in (fields or [part])]
    return readings


def _distance(kind: str, parts: Sequence[_Field | str]) -> int:
    """How far the fields' names are from the kind's: of fields that hold the same, the one of its name is meant."""
    own = kind.partition(":")[2]
    return sum(own not in part.name for part in parts if isinstance(part, _Field))
