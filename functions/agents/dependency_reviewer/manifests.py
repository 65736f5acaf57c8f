"""The dependencies that a manifest declares, with their lines: npm, Python, Go, Rust, Ruby, GitHub Actions. Pure."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

_NPM_GROUPS = ("dependencies", "devDependencies", "optionalDependencies")
_NPM_LINE = re.compile(r'\s*"((?:[^"\\]|\\.)+)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_NPM_SECTION = re.compile(r'\s*"(\w+)"\s*:\s*\{\s*(\})?')
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;#\\]*)")
_STRING = re.compile(r"[\"']([^\"']+)[\"']")
_MEMBER = re.compile(r"^\s*[\"']?([\w.-]+)[\"']?\s*=")
_GO = re.compile(r"\s*(?:require\s+)?([\w.-]+\.[a-z]+/[\w./~-]+)\s+(v\d[\w.+-]*)")
_GEM = re.compile(r"\s*gem\s+[\"']([\w.-]+)[\"']\s*(?:,\s*[\"']([^\"']*)[\"'])?")
_ACTION = re.compile(r"\s*(?:-\s*)?uses:\s*[\"']?([\w.-]+/[\w./-]+)@([\w./-]+)")
REQUIREMENTS = re.compile(
    r"(?:^|/)(?:requirements[^/]*|[^/]*-requirements|constraints[^/]*)\.(?:txt|in)$|(?:^|/)requirements/[^/]+\.(?:txt|in)$"
)
WORKFLOW = re.compile(r"^\.github/(?:workflows/.+|actions/.+/action)\.ya?ml$")


@dataclass(frozen=True)
class Dependency:
    """A package that a manifest names: as written, normalized for its ecosystem, its version or source, its line."""

    ecosystem: str
    name: str
    key: str
    spec: str
    line: int


def declared(path: str, text: str) -> Mapping[str, Dependency]:
    """The dependencies of a manifest by their key; none for another file, or one that cannot be parsed."""
    read = _reader(path)
    if read is None:
        return {}
    try:
        return {one.key: one for one in read(text)}
    except (ValueError, RecursionError, AttributeError, TypeError):
        return {}


def is_manifest(path: str) -> bool:
    """Whether dependencies are read from the file."""
    return _reader(path) is not None


def normalized(ecosystem: str, name: str) -> str:
    """The name as the registry compares it."""
    if ecosystem == "pypi":
        return re.sub(r"[-_.]+", "-", name).lower()
    return name.replace("_", "-").lower() if ecosystem == "crates" else name if ecosystem == "go" else name.lower()


def _reader(path: str) -> Callable[[str], Iterator[Dependency]] | None:
    name = PurePosixPath(path).name
    if REQUIREMENTS.search(path):
        return _requirements
    if WORKFLOW.search(path):
        return _actions
    readers = {
        "package.json": _npm,
        "pyproject.toml": _pyproject,
        "Cargo.toml": _cargo,
        "go.mod": _go,
        "Gemfile": _gems,
    }
    return readers.get(name)


def _made(ecosystem: str, name: str, spec: str, line: int) -> Dependency:
    return Dependency(ecosystem, name, normalized(ecosystem, name), spec.strip(), line)


def _npm(text: str) -> Iterator[Dependency]:
    json.loads(text)  # a manifest that does not parse names nothing
    for _, group, number, name, value in npm_entries(text):
        if group in _NPM_GROUPS:
            yield _made("npm", name, value, number)


def npm_entries(text: str) -> Iterator[tuple[int, str, int, str, str]]:
    """The members of the objects of package.json, one object a line: depth, object's name, line, name, text value."""
    sections: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        opened = _NPM_SECTION.match(line)
        if opened:
            if not opened[2]:
                sections.append(opened[1])
            continue
        if line.strip().startswith("}") and sections:
            sections.pop()
        found = _NPM_LINE.match(line)
        if found and sections:
            yield len(sections), sections[-1], number, found[1], _unquoted(found[2])


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _requirements(text: str) -> Iterator[Dependency]:
    for number, line in enumerate(text.split("\n"), start=1):
        found = _REQUIREMENT.match(line)
        if found and not line.lstrip().startswith(("-", "#")) and "://" not in found[1]:
            yield _made("pypi", found[1], found[2].split("--hash")[0], number)


def _pyproject(text: str) -> Iterator[Dependency]:
    content = tomllib.loads(text)
    strings, names = _lines_of(text, _STRING), _lines_of(text, _MEMBER)
    project = content.get("project", {})
    lists = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    lists += content.get("dependency-groups", {}).values()
    for requirement in (one for group in lists for one in group if isinstance(one, str)):
        found = _REQUIREMENT.match(requirement)
        if found:
            yield _made("pypi", found[1], found[2], strings.get(requirement, 0))
    for name, spec in content.get("tool", {}).get("poetry", {}).get("dependencies", {}).items():
        if name != "python":
            yield _made("pypi", name, _toml_spec(spec), names.get(name, 0))


def _cargo(text: str) -> Iterator[Dependency]:
    content, names = tomllib.loads(text), _lines_of(text, _MEMBER)
    for group in ("dependencies", "dev-dependencies", "build-dependencies"):
        for name, spec in content.get(group, {}).items():
            yield _made("crates", name, _toml_spec(spec), names.get(name, 0))


def _toml_spec(spec: Any) -> str:
    if isinstance(spec, Mapping):
        return str(spec.get("version") or spec.get("git") or spec.get("url") or spec.get("path") or "")
    return spec if isinstance(spec, str) else ""


def _lines_of(text: str, form: re.Pattern[str]) -> Mapping[str, int]:
    """The first line of each text that `form` finds; one pass, as a manifest may be long."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        for one in form.finditer(line):
            found.setdefault(one[1], number)
    return found


def _go(text: str) -> Iterator[Dependency]:
    for number, line in enumerate(text.split("\n"), start=1):
        found = _GO.match(line)
        if found and "=>" not in line:
            yield _made("go", found[1], found[2], number)


def _gems(text: str) -> Iterator[Dependency]:
    for number, line in enumerate(text.split("\n"), start=1):
        found = _GEM.match(line)
        if found:
            yield _made("gems", found[1], found[2] or "", number)


def _actions(text: str) -> Iterator[Dependency]:
    for number, line in enumerate(text.split("\n"), start=1):
        found = _ACTION.match(line)
        if found:
            yield _made("actions", found[1], found[2], number)
