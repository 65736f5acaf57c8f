"""Checks the domain events at synth; each finding has its line."""

import ast
import importlib
import traceback
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from functions.core.events.catalogue import FOLDER, events_in
from functions.core.events.domain_event import DomainEvent, Increment, RunningTotal
from functions.core.manifests.checks import DETAIL_TYPE
from functions.core.platform.detail_types import UNMAPPED
from functions.core.platform.errors import ManifestError
from hookline.validation.findings import Finding
from hookline.validation.layout import BASE_LOCK, NOT_RUN
from hookline.validation.modules import Modules, code_in, parse
from hookline.validation.plugin_code import Folder, Group, Surroundings

WHERE = "functions/events"
NEEDED = ("detail_type", "owner", "example")
AROUND = Surroundings(
    modules=("functions.api.event",),
    manifests={},
    called={},
    groups={"": Group("functions", "events", (BASE_LOCK,))},
    locked="",
    confined="agents import events, and an agent reaches the outside through its tools only",
)


def read_events(modules: Modules) -> tuple[Collection[str] | None, list[Finding]]:
    """The detail types of the domain events, None if a file cannot be read, and the findings in the events.

    A file with findings in its code is not imported. In the others, the findings are a missing attribute, an example
    that the event does not accept, and a detail type that another event has.
    """
    folder = modules.functions / "events"
    findings = [*Folder(WHERE, folder, modules, AROUND).findings(), *_misplaced(folder)]
    unsound = {finding.file for finding in findings}
    unread = bool(findings)
    taken: dict[str, str] = {}
    for file in sorted(folder.glob("*.py")):
        where = f"{WHERE}/{file.name}"
        if where in unsound:
            continue
        try:
            module = importlib.import_module(f"{FOLDER}.{file.stem}" if file.stem != "__init__" else FOLDER)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - its code can raise anything, and the others must still be read
            what = f"{type(error).__name__}: {' '.join(str(error).split())}"
            findings.append(Finding(where, _line_of(error, file), what))
            unread = True
            continue
        for model in events_in(module):
            line = _class_line(file, model.__name__)
            findings += [Finding(where, line, f"{model.__name__} {what}") for what in _findings(model, taken)]
            taken.setdefault(str(model.detail_type), f"{model.__name__} in {file.name}")
    return None if unread else taken.keys(), findings


def _misplaced(folder: Path) -> Iterator[Finding]:
    """Events in files that the catalogue does not search (functions/core/events/catalogue.py), or that no zip holds."""
    for path in code_in(folder):
        file = path.relative_to(folder).as_posix()
        in_no_zip = any(fnmatch(path.name, pattern) for pattern in NOT_RUN)
        if path.parent == folder and path.name != "__init__.py" and not in_no_zip:
            continue
        for event in _written(path):
            what = f"{event.name} is not found here: move it to a file of its own, like {WHERE}/payments.py"
            yield Finding(f"{WHERE}/{file}", event.lineno, what)


def _written(path: Path) -> Iterator[ast.ClassDef]:
    """The classes that derive from another one and set a detail type."""
    try:
        nodes = ast.walk(parse(path.read_bytes()))
    except SyntaxError:
        return  # a finding of its own
    for node in nodes:
        if isinstance(node, ast.ClassDef) and node.bases and any(map(_sets_detail_type, node.body)):
            yield node


def _sets_detail_type(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=targets):
            return any(isinstance(target, ast.Name) and target.id == "detail_type" for target in targets)
        case ast.AnnAssign(target=ast.Name("detail_type"), value=value):
            return value is not None
    return False


def _findings(model: type[DomainEvent], taken: dict[str, str]) -> Iterator[str]:
    lacking = [name for name in NEEDED if not hasattr(model, name)]
    if lacking:
        yield f"has no {', '.join(lacking)}"
        return
    name: Any = model.detail_type
    if not isinstance(name, str) or not (name == UNMAPPED or DETAIL_TYPE.fullmatch(name)):
        yield f"has the detail_type {name!r}: it looks like 'payment.succeeded'"
    elif name in taken:
        yield f"has the detail_type {name!r}, which {taken[name]} already has"
    yield from _wrong_measures(model)
    if unknown := [field for field in model.facets if field not in model.model_fields]:
        yield f"facets name {', '.join(map(repr, unknown))}, which the event does not define"
    try:
        model.model_validate(model.example)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        yield f"does not accept its own example: {wrong}"
    except ManifestError as error:
        yield str(error)


def _wrong_measures(model: type[DomainEvent]) -> Iterator[str]:
    """A number may be summed only if the event says whether it is an increment or a running total."""
    if not isinstance(model.measures, Mapping):
        yield f"has measures {model.measures!r}: write {{'amount': Increment(currency='currency')}}, or RunningTotal(…)"
        return
    for name, measure in model.measures.items():
        if not isinstance(measure, Increment | RunningTotal):
            yield f"measures {name!r} as {measure!r}: write Increment(…) or RunningTotal(…)"
            continue
        named = [name, *([measure.currency] if measure.currency else [])]
        named += [measure.of] if isinstance(measure, RunningTotal) else []
        if unknown := [field for field in named if field not in model.model_fields]:
            yield f"measures name {', '.join(map(repr, unknown))}, which the event does not define"


def _class_line(file: Path, name: str) -> int:
    nodes = ast.walk(parse(file.read_bytes()))
    return next((node.lineno for node in nodes if isinstance(node, ast.ClassDef) and node.name == name), 1)


def _line_of(error: BaseException, file: Path) -> int:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(file)]
    return lines[-1] if lines else 1
