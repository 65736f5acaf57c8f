"""The fixtures of the sources: one delivery each, as its provider sends it, without a signature."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from functions.core.ingress.reading import FORM
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation.discovery import FUNCTIONS

# The placeholder in the ids of a fixture; each run replaces it by new characters.
PLACEHOLDER = "Example"
HEADERS = ".headers.json"


@dataclass(frozen=True)
class Fixture:
    """A body, and the headers that describe it; `name` is event__case."""

    source: str
    name: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def fresh(self) -> "Fixture":
        """A copy with new ids."""
        own = secrets.token_hex(8)
        headers = {name: value.replace(PLACEHOLDER, own) for name, value in self.headers.items()}
        return replace(self, body=self.body.replace(PLACEHOLDER, own), headers=headers)


def names(source: str) -> list[str]:
    """The names of a source's fixtures. Raises OperatorError for an unknown source."""
    return sorted(path.stem for path in _files(source))


def load(source: str, name: str | None = None) -> Fixture:
    """A fixture by its name, or the source's first. Raises OperatorError if it is missing or cannot be read."""
    files = {path.stem: path for path in _files(source)}
    if not files:
        raise OperatorError(f"{source} has no fixtures: add one to functions/providers/{source}/fixtures")
    path = files.get(name) if name else files[min(files)]
    if path is None:
        raise UnknownName(f"fixture of {source}", name or "", sorted(files))
    headers_file = path.with_name(path.stem + HEADERS)
    kind = FORM if path.suffix == ".form" else "application/json"
    try:
        own = json.loads(headers_file.read_text()) if headers_file.is_file() else {}
        body = path.read_text()
        if kind != FORM:
            json.loads(body)
    except ValueError as error:  # not UTF-8, or not JSON
        raise OperatorError(f"fixture {path.relative_to(FUNCTIONS.parent)} cannot be read: {error}") from None
    return Fixture(source, path.stem, body.strip() if kind == FORM else body, {"content-type": kind, **own})


def _files(source: str) -> list[Path]:
    if not (FUNCTIONS / "providers" / source / "source.py").is_file():
        known = sorted(path.parent.name for path in FUNCTIONS.glob("providers/*/source.py"))
        raise UnknownName("source", source, known)
    folder = FUNCTIONS / "providers" / source / "fixtures"
    return [path for path in folder.glob("*.*") if not path.name.endswith(HEADERS)]
