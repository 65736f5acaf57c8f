"""Reads a folder's manifest. Each error of its code becomes a finding with a line, never a traceback."""

import dataclasses
import importlib
import re
import sys
import traceback
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.core.platform.errors import ManifestError
from hookline.validation.collecting import Collector
from hookline.validation.findings import Finding, close_to
from hookline.validation.lines import line_of

_UNEXPECTED = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"(\w+)\.__init__\(\) missing .* arguments?: (.+)")


@dataclass(frozen=True)
class Declared:
    """A manifest, with the path and the text of its file."""

    manifest: Any
    file: str
    text: bytes

    @property
    def folder(self) -> str:
        """Its folder, for example functions/agents/fraud."""
        return self.file.rpartition("/")[0]

    def finding(self, what: str, *words: str) -> Finding:
        """The finding `what`, on the line of the last of `words` next to the others."""
        return Finding(self.file, line_of(self.text, *words), what)


def read_manifest(where: str, place: Path, name: str, kind: type[Any]) -> tuple[Declared | None, list[Finding]]:
    """The manifest in the file `name`, which compiles, of the folder `where` at `place`, and all its findings.

    Without findings the manifest is whole. With some it is None if its code does not make one at all.
    """
    file, text = f"{where}/{name}", (place / name).read_bytes()
    module, found = f"{where.replace('/', '.')}.{name.removesuffix('.py')}", Collector(where)
    try:
        # An imported one had no findings, or it would be forgotten.
        with nullcontext() if module in sys.modules else found.collecting():
            manifest = importlib.import_module(module).MANIFEST
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - its code can raise anything, and the others must still be read
        return None, [*found.findings, _finding(where, name, error)]
    if found.findings:
        _forget(module)  # another import must find the same
    declared = Declared(manifest, file, text)
    if not isinstance(manifest, kind):
        return None, [*found.findings, declared.finding(f"MANIFEST is not of the class {kind.__name__}", "MANIFEST")]
    return declared, found.findings


def _forget(module: str) -> None:
    package, _, name = module.rpartition(".")
    del sys.modules[module]
    if hasattr(sys.modules[package], name):
        delattr(sys.modules[package], name)


def _finding(where: str, name: str, error: BaseException) -> Finding:
    """The finding for an error, on the innermost line of the folder's own code in the traceback."""
    package = where.replace("/", ".")
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if f"{frame.f_globals.get('__name__')}.".startswith(f"{package}."):
            file = Path(frame.f_code.co_filename).name
            return Finding(f"{where}/{file}", line, _explained(error, {**frame.f_globals, **frame.f_locals}))
    if isinstance(error, AttributeError) and error.name == "MANIFEST":
        return Finding(f"{where}/{name}", 1, "has no MANIFEST")
    return Finding(f"{where}/{name}", 1, _explained(error, {}))


def _explained(error: BaseException, names: Mapping[str, Any]) -> str:
    said = " ".join(str(error).split())
    if isinstance(error, ManifestError):
        return said
    if isinstance(error, NameError) and error.name:
        return f"{error.name!r} is not defined{close_to(error.name, names)}"
    if unexpected := _UNEXPECTED.fullmatch(said):
        kind, name = unexpected.groups()
        return f"{kind} has no {name!r}{_fields(names.get(kind), name)}"
    if missing := _MISSING.fullmatch(said):
        return f"{missing[1]} needs {missing[2]}"
    return f"{type(error).__name__}: {said}"


def _fields(kind: Any, name: str) -> str:
    known = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    return f"{close_to(name, known)}; known: {', '.join(known)}" if known else ""
