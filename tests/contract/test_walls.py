"""The walls between the folders, and names that are gone."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.bundling import ROOT

CORE = ROOT / "functions/core"
WALLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
ROOMS = {
    room.strip().removeprefix("functions.core.")
    for wall in WALLS
    for layer in wall.get("layers", ())
    for room in layer.split("|")
}

# What a module of the engine reaches the world by.
OUTSIDE = {"boto3", "now", "os", "random", "secrets", "socket", "threading", "time", "today", "utcnow", "uuid"}

FOLDERS = (".ci", ".github", "bench", "docs", "functions", "hookline", "infra", "requirements", "tests")
TEXTS = {"", ".cedar", ".example", ".in", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"}
# Packages that were moved, a service that was renamed, and modules of the engine that are in rooms now.
GONE = re.compile(
    r"functions[./](?:taxonomy|sources|connectors|services)\b"
    r"|infra[./](?:checks|discovery)\b"
    r"|hookline[./](?:commands|sandbox)\b"
    r"|\breview[._-]desk\b"
    rf"|functions[./]core[./](?!(?:{'|'.join(sorted(ROOMS))})\b)\w+"
    r"|functions/core/\w+\.py\b"
)


def texts() -> Iterator[tuple[str, str]]:
    """The repository's own texts by their paths; this file names what is gone."""
    places = [*ROOT.glob("*"), *(place for folder in FOLDERS for place in (ROOT / folder).rglob("*"))]
    for place in places:
        if place.is_file() and place.suffix in TEXTS and place != Path(__file__):
            yield place.relative_to(ROOT).as_posix(), place.read_text()


def test_every_wall_of_pyproject_stands():
    # In a process of its own: the linter configures logging for the whole of the one that it runs in.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "pyproject.toml", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    assert f"Contracts: {len(WALLS)} kept, 0 broken" in done.stdout


def test_every_module_of_the_engine_is_in_a_room():
    modules = {path.relative_to(CORE) for path in CORE.rglob("*.py")} - {Path("__init__.py")}
    assert {module.parts[0] for module in modules} == ROOMS
    assert [room for room in sorted(ROOMS) if not (CORE / room / "__init__.py").is_file()] == []


def test_only_the_platform_knows_time_chance_the_environment_and_aws():
    """Everything else gets them from its Platform, so a simulation can replace them as a whole."""
    reached = {
        f"{path.relative_to(CORE)}: {imported}"
        for path in CORE.rglob("*.py")
        if path.relative_to(CORE).parts[0] != "platform"
        for node in ast.walk(ast.parse(path.read_text()))
        for imported in imported_by(node)
        if imported in OUTSIDE
    }
    assert reached == set()


def imported_by(node: ast.AST) -> list[str]:
    """The top-level packages that an import statement names; for `datetime.now()` the name `now`."""
    match node:
        case ast.Import(names=names):
            return [name.name.partition(".")[0] for name in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module.partition(".")[0]]
        case ast.Call(func=ast.Attribute(attr="now" | "utcnow" | "today" as method)):
            return [method]
    return []


def test_no_text_names_a_place_that_is_gone():
    found = {
        f"{path}:{number}: {name}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        for name in GONE.findall(line)
    }
    assert sorted(found) == []


@pytest.mark.parametrize(
    "text",
    [
        "functions.taxonomy",
        "functions/sources/stripe",
        "infra.checks.modules",
        "hookline/commands/",
        "hookline.sandbox",
        "hookline-review-desk",
        "functions.core.signatures",
        "functions/core/audit.py",
    ],
)
def test_the_search_finds_what_is_gone(text):
    assert GONE.search(f"in `{text}`, as before")


@pytest.mark.parametrize(
    "text", ["functions.core.manifests.agent", "functions/core/audit/records.py", "hookline/local"]
)
def test_the_search_passes_over_what_is_there(text):
    assert not GONE.search(f"in `{text}`, as now")
