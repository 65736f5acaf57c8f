"""Reads a hash-pinned requirements file: the packages in it, and those that are not pinned."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

_PINNED = re.compile(r"[\w.-]+(\[[^]]*])?==\S+.*--hash=")
_NAME = re.compile(r"[\w.-]+")


def unpinned(lock: Path) -> Iterator[tuple[int, str]]:
    """The requirements in `lock` without a version and a hash, each with its line: uv refuses to install them."""
    return ((line, text.split()[0]) for line, text in _requirements(lock) if not _PINNED.match(text))


def bring(locks: Sequence[Path], module: str) -> bool | None:
    """Whether one of the packages of `locks` contains the top-level `module`; None if it is not installed here."""
    names = {name[0] for lock in locks for _, text in _requirements(lock) if (name := _NAME.match(text))}
    if any(module in _modules(name) for name in names):
        return True
    return False if find_spec(module) else None


def _requirements(lock: Path) -> Iterator[tuple[int, str]]:
    """Each requirement with its line; a backslash at the end of a line continues it."""
    start, text = 1, ""
    for number, line in enumerate(lock.read_text("utf-8", "replace").splitlines(), 1):
        start = start if text else number
        text += re.sub(r"(^|\s)#.*", "", line).removesuffix("\\")
        if text.strip() and not line.endswith("\\"):
            yield start, text.strip()
            text = ""


@cache
def _modules(package: str) -> frozenset[str]:
    """The top-level modules of a package that is installed here."""
    try:
        found = distribution(package)
    except PackageNotFoundError:
        return frozenset()
    declared = (found.read_text("top_level.txt") or "").split()
    return frozenset(declared or (path.parts[0].partition(".")[0] for path in found.files or ()))
