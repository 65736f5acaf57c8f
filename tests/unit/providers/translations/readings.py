"""Every source's manifest, fixtures and translation, and the raw events of a fixture."""

import importlib
import json
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from hypothesis import settings

from functions.core.ingress.delivery import RawEvent, Translation
from functions.core.ingress.reading import raw_events
from functions.core.manifests.source import SourceManifest
from hookline.testing import fixtures
from hookline.testing.fixtures import Fixture
from hookline.validation.discovery import FUNCTIONS

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=50)

FOLDERS = sorted(path.parent for path in FUNCTIONS.glob("providers/*/source.py"))
SOURCES: dict[str, SourceManifest] = {
    folder.name: importlib.import_module(f"functions.providers.{folder.name}.source").MANIFEST for folder in FOLDERS
}
FIXTURES = [fixtures.load(source, name) for source in SOURCES for name in fixtures.names(source)]
TRANSLATED = [source for source in SOURCES if find_spec(f"functions.providers.{source}.translate")]


def translator(source: str) -> Callable[[RawEvent], Translation | None]:
    module = f"functions.providers.{source}.translate"
    return importlib.import_module(module).translate if find_spec(module) else lambda _: None


def read(fixture: Fixture) -> list[RawEvent]:
    found = raw_events(fixture.body.encode(), fixture.headers, SOURCES[fixture.source].reading)
    assert found  # tests loop over them
    return found


def translated(source: str, fixture: str) -> list[Translation | None]:
    return [translator(source)(raw_event) for raw_event in read(fixtures.load(source, fixture))]


def changed(source: str, fixture: str, raw_type: str | None = None, **changes: Any) -> RawEvent:
    """A fixture's first raw event with other values at dotted paths, written with __ for the dots."""
    first = read(fixtures.load(source, fixture))[0]
    body = json.loads(json.dumps(first.body))
    for path, value in changes.items():
        *way, last = path.split("__")
        node = body
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if value is ...:
            del node[last]
        else:
            node[last] = value
    return RawEvent(first.id, raw_type or first.raw_type, body, first.time)
