"""Where the tests of a file lie, and which of its lines are code, by the conventions of its language. Pure."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

_SCRIPTS = ("js", "jsx", "ts", "tsx", "mjs")
_COMMENT: Mapping[str, re.Pattern[str]] = {
    "hash": re.compile(r"\s*(?:#|$)"),
    "slashes": re.compile(r"\s*(?://|/\*|\*|$)"),
}
# Lines that run nothing: imports, the names of packages, brackets alone.
_PLUMBING = re.compile(
    r"\s*(?:import\b|from\s+[\w.]+\s+import\b|package\s|using\s+[\w.]+;|require(?:_relative)?[\s(]|use\s+[\w:]+|export\s*\{"
    r"|export\s+\*|[\w,][\w, ]*from\s+['\"]|[\])}(\[{;,]*$|end$|\"\"\"|''')"
)
_DEFINES = re.compile(
    r"\b(?:def|func|fn|fun|function|class|interface|impl)\b|=>\s*\{?|\b(?:public|private|protected|static)\b.*\("
)


def usual_tests(path: str) -> tuple[str, ...]:
    """The paths at which the tests of a file are by convention; empty for a language without one here."""
    file = PurePosixPath(path)
    folder, stem, kind = file.parent, file.stem, file.suffix[1:]
    if kind == "py":
        return _python(folder, stem)
    if kind == "go":
        return (str(folder / f"{stem}_test.go"),)
    if kind in _SCRIPTS:
        return _scripts(folder, stem)
    if kind in ("java", "kt") and "/main/" in path:
        there = PurePosixPath(path.replace("/main/", "/test/", 1)).parent
        return tuple(str(there / f"{stem}{end}.{kind}") for end in ("Test", "Tests", "IT"))
    if kind == "rb":
        return _ruby(folder, stem)
    return ()


def _python(folder: PurePosixPath, stem: str) -> tuple[str, ...]:
    inner = [part for part in folder.parts if part not in ("src", "lib")]
    roots = ("tests", "test", "tests/unit")
    name = f"test_{stem}.py"
    places = [folder / name, folder / "tests" / name]
    for root in roots:
        places += [PurePosixPath(root, *inner[at:], name) for at in range(len(inner) + 1)]
    return tuple(map(str, places))


def _scripts(folder: PurePosixPath, stem: str) -> tuple[str, ...]:
    inner = folder.parts[1:]
    places = [
        folder,
        folder / "__tests__",
        folder / "tests",
        PurePosixPath("tests", *inner),
        PurePosixPath("test", *inner),
    ]
    names = [f"{stem}.{word}.{kind}" for word in ("test", "spec") for kind in _SCRIPTS]
    return tuple(str(place / name) for place in places for name in names)


def _ruby(folder: PurePosixPath, stem: str) -> tuple[str, ...]:
    inner = folder.parts[1:] if folder.parts[:1] in (("app",), ("lib",)) else folder.parts
    spec, test = PurePosixPath("spec", *inner), PurePosixPath("test", *inner)
    places = [spec / f"{stem}_spec.rb", test / f"{stem}_test.rb", test / f"test_{stem}.rb"]
    return tuple(map(str, [*places, PurePosixPath("spec", *folder.parts, f"{stem}_spec.rb")]))


def is_code(language: str, line: str) -> bool:
    """Whether the line runs something: no comment, import, blank or bracket alone."""
    comment = _COMMENT["hash" if language in ("python", "ruby", "bash") else "slashes"]
    return not comment.match(line) and not _PLUMBING.match(line)


def defines(line: str) -> bool:
    """Whether the line begins a function or a class."""
    return _DEFINES.search(line) is not None
