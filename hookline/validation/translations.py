"""Runs each source's translation on its fixtures: what a translation makes must fit the domain events.

A translation is the user's code, and this runs it: any error of it becomes a finding with a line.
"""

import importlib
import json
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from functions.core.events import catalogue
from functions.core.ingress.delivery import RawEvent, Translation
from functions.core.ingress.reading import FORM, raw_events
from functions.core.manifests.source import SourceManifest
from functions.core.manifests.tenant import split
from functions.core.platform.errors import HooklineError, UnreadableBody
from hookline.validation.findings import Finding
from hookline.validation.lines import line_of
from hookline.validation.manifests import Declared

FILE = "translate.py"
HEADERS = ".headers.json"  # after the name of a fixture: the headers of its delivery


@dataclass
class Shown:
    """What the fixtures of the sources show: the kinds of entities by source and detail type, and the findings."""

    kinds: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def kind_of(entity: str) -> str:
    """The kind of an entity, without its tenant: stripe:charge of "stripe:charge@acct_1/ch_1"."""
    return split(entity)[0].partition("/")[0]


def translate_fixtures(source: Declared, providers: Path, shown: Shown) -> None:
    """Translate the fixtures of a source, whose manifest and code have no findings, and add to `shown`."""
    manifest: SourceManifest = source.manifest
    place = providers / manifest.name
    if not (place / FILE).is_file():
        if manifest.translates:
            what = f"translates nothing: {FILE}, which would, is missing, so every raw event is unmapped"
            shown.findings.append(source.finding(what, "translates"))
        return
    try:
        translate = importlib.import_module(f"functions.providers.{manifest.name}.translate").translate
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - its code can raise anything, and the others must still be tried
        shown.findings.append(_failed(source, error, ""))
        return
    for path in sorted((place / "fixtures").glob("*.*")):
        if not path.name.endswith(HEADERS):
            _translate(source, path, translate, shown)


def _translate(source: Declared, path: Path, translate: Any, shown: Shown) -> None:
    where = f"{source.folder}/fixtures/{path.name}"
    try:
        body, headers = read(path)
        found = raw_events(body, headers, source.manifest.reading, source.manifest.pings)
    except (ValueError, UnreadableBody) as error:
        shown.findings.append(Finding(where, 1, f"is no delivery of {source.manifest.name}: {error}"))
        return
    for raw_event in found:
        try:
            made = translate(raw_event)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - its code can raise anything, and the others must still be tried
            shown.findings.append(_failed(source, error, f"fixture {path.stem}: "))
            continue
        if isinstance(made, Translation):
            kinds = shown.kinds.setdefault((source.manifest.identity, made.type), set())
            kinds |= {kind_of(entity) for entity in made.entities}
            if wrong := list(_differences(source.manifest, raw_event, made)):
                line = line_of((path.parents[1] / FILE).read_bytes(), made.type)
                at = f"{source.folder}/{FILE}"
                shown.findings += [Finding(at, line, f"fixture {path.stem}: {what}") for what in wrong]
        elif made is not None:
            line = line_of((path.parents[1] / FILE).read_bytes(), "translate")
            what = f"fixture {path.stem}: translate returns {made!r}: return a Translation(…), or None"
            shown.findings.append(Finding(f"{source.folder}/{FILE}", line, what))


def _differences(manifest: SourceManifest, raw_event: RawEvent, made: Translation) -> Iterator[str]:
    known = [
        name for raw, types in manifest.detail_types.items() if fnmatchcase(raw_event.raw_type, raw) for name in types
    ]
    if made.type not in known:
        yield f"{raw_event.raw_type!r} becomes {made.type!r}, which source.py does not declare under translates"
        return
    if made.type in catalogue.events():  # otherwise that is a finding of the manifest
        try:
            catalogue.check(made.type, made.data)
        except HooklineError as error:
            yield str(error)
        version = catalogue.model_of(made.type).version
        if made.version != version:
            yield f"{made.type}: version {made.version!r}, but the domain event has version {version}"
    for kind in dict.fromkeys(map(kind_of, made.entities)):
        if not any(fnmatchcase(kind, pattern) for pattern in manifest.kinds):
            name = kind.removeprefix(f"{manifest.name}:")
            yield f"{made.type} names a {kind}: add {name!r} to names in source.py, with the reason"


def _failed(source: Declared, error: BaseException, what: str) -> Finding:
    """The finding for an error of a translation, on the innermost line of the folder's own code."""
    package = f"{source.folder.replace('/', '.')}."
    said = f"{what}{type(error).__name__}: {' '.join(str(error).split())}"
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if f"{frame.f_globals.get('__name__')}.".startswith(package):
            return Finding(f"{source.folder}/{Path(frame.f_code.co_filename).name}", line, said)
    return Finding(f"{source.folder}/{FILE}", 1, said)


def read(path: Path) -> tuple[bytes, Mapping[str, str]]:
    """The body and the headers of a fixture. Raises ValueError if it is not UTF-8 or its headers are not JSON."""
    own = path.with_name(path.stem + HEADERS)
    kind = FORM if path.suffix == ".form" else "application/json"
    headers = json.loads(own.read_text("utf-8")) if own.is_file() else {}
    body = path.read_text("utf-8")
    return (body.strip() if kind == FORM else body).encode(), {"content-type": kind, **headers}
