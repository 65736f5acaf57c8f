"""The fixtures of the sources: one delivery each, as its provider would send it, without its signature."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from functions.core.ingress.reading import FORM
from hookline.operator.errors import OperatorError
from hookline.validation.discovery import FUNCTIONS

# What stands for an id's own part in a fixture; a run puts fresh characters in its place.
PLACEHOLDER = "Example"
HEADERS = ".headers.json"


@dataclass(frozen=True)
class Fixture:
    """A body, and the headers that tell what it is; `name` is event__case."""

    source: str
    name: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def fresh(self) -> "Fixture":
        """The same with ids of its own."""
        own = secrets.token_hex(8)
        headers = {name: value.replace(PLACEHOLDER, own) for name, value in self.headers.items()}
        return replace(self, body=self.body.replace(PLACEHOLDER, own), headers=headers)


def names(source: str) -> list[str]:
    """The names of a source's fixtures. Raises OperatorError where there is no such source."""
    return sorted(path.stem for path in _files(source))


def load(source: str, name: str | None = None) -> Fixture:
    """A fixture by its name, or the source's first. Raises OperatorError where there is none."""
    files = {path.stem: path for path in _files(source)}
    if not files:
        raise OperatorError(f"{source} has no fixtures: put one into functions/providers/{source}/fixtures")
    path = files.get(name) if name else files[min(files)]
    if path is None:
        raise OperatorError(f"{source} has no fixture {name!r}; it has: {', '.join(sorted(files))}")
    beside = path.with_name(path.stem + HEADERS)
    kind = FORM if path.suffix == ".form" else "application/json"
    try:
        told = json.loads(beside.read_text()) if beside.is_file() else {}
        body = path.read_text()
        if kind != FORM:
            json.loads(body)
    except ValueError as error:  # not UTF-8, or no JSON
        raise OperatorError(f"fixture {path.relative_to(FUNCTIONS.parent)} cannot be read: {error}") from None
    return Fixture(source, path.stem, body.strip() if kind == FORM else body, {"content-type": kind, **told})


def _files(source: str) -> list[Path]:
    if not (FUNCTIONS / "providers" / source / "source.py").is_file():
        known = sorted(path.parent.name for path in FUNCTIONS.glob("providers/*/source.py"))
        raise OperatorError(f"there is no source {source!r}; there is: {', '.join(known)}")
    folder = FUNCTIONS / "providers" / source / "fixtures"
    return [path for path in folder.glob("*.*") if not path.name.endswith(HEADERS)]
