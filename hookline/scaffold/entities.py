"""The entities that a subscribed event names, as the recorded deliveries of its sources show them.

An agent publishes under the grant of the event that woke it, so its events name what the events that it subscribes to
name. The review service's events name nothing that an agent could act on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from functions.core.ingress.delivery import Translation
from functions.core.ingress.reading import raw_events
from functions.core.manifests.places import module_in
from functions.core.platform.errors import WebhookRejected
from hookline.testing import fixtures
from hookline.validation.discovery import Project


@dataclass(frozen=True)
class Named:
    """What one recorded event names: its entities, its subject among them, and its data.

    `data` is None for an event of an agent, which nothing records.
    """

    entities: Sequence[str]
    subject: str
    data: Mapping[str, Any] | None


def named_by(project: Project, detail_type: str, sources: Sequence[str]) -> list[Named]:
    """What the recorded events of this type from these publishers name; [] if they name no entity."""
    return [one for source in sources for one in _of(project, detail_type, source, frozenset()) if one.entities]


def _of(project: Project, detail_type: str, source: str, seen: frozenset[str]) -> Iterator[Named]:
    kind, _, name = source.partition(".")
    if kind == "webhook" and name in project.sources:
        for _, _, made in recorded(name, project.sources[name].reading):
            if made and made.type == detail_type:
                yield Named(made.entities, made.subject, made.data)
    if kind == "agent" and name in project.agents and source not in seen:
        for one in project.agents[name].subscribes:
            for publisher in one.sources:
                for found in _of(project, one.detail_type, publisher, seen | {source}):
                    yield Named(found.entities, found.subject, None)


def fixture_of(source: str, detail_type: str, raw: Sequence[str], project: Project) -> str:
    """The name of a fixture of the source that is of this type, or of one of these raw types, "" if none."""
    for name, raw_type, made in recorded(source, project.sources[source].reading):
        if raw_type in raw if raw else made is not None and made.type == detail_type:
            return name
    return ""


def recorded(source: str, reading: Any) -> list[tuple[str, str, Translation | None]]:
    """Each raw event of the source's fixtures: the fixture's name, the raw type, and its translation, None without."""
    package = f"functions.providers.{source}"
    code = import_module(f"{package}.translate") if module_in(package, "translate") else None
    found = []
    for name in fixtures.names(source):
        fixture = fixtures.load(source, name)
        try:
            read = raw_events(fixture.body.encode(), fixture.headers, reading)
            found += [(name, one.raw_type, code.translate(one) if code else None) for one in read]
        except WebhookRejected:
            continue  # its own tests find it
    return found
