"""Builds the zips of functions for the local stack: the project's code that a function needs, with its bytecode.

They have no packages, because functions run in this interpreter there, which has the same versions; a separate test
shows that the zips for Lambda contain everything that they import. The comment of a zip says what it was built from, so
nothing is built again that has not changed.
"""

import json
import marshal
import os
import sys
import zipfile
from functools import cache
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

from infra import bundling
from infra.bundling import IN_LAMBDA, BundleError, Recipe

UNCHECKED_HASH = (1).to_bytes(4, "little")  # the flags of bytecode that is used without a check of its source (PEP 552)


def pack(recipe: Recipe) -> Path:
    """Build the zip of a function if its files have changed, and return it. Raises BundleError."""
    contents = recipe.contents()
    digest = bundling.digest(contents)
    built_from = json.dumps({"code": list(recipe.code), "without": list(recipe.without), "digest": digest})
    place = _place(recipe.name)
    before = _before(place)
    if before and before.comment == built_from.encode():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(fresh, "w") as archive:  # not compressed: it stays on this machine
        archive.comment = built_from.encode()
        for path, content in contents.items():
            archive.writestr(zipfile.ZipInfo(path), content)
            if path.endswith(".py"):
                compiled = cache_from_source(path)
                archive.writestr(
                    zipfile.ZipInfo(compiled), _kept(before, compiled, content) or _bytecode(path, content)
                )
    fresh.replace(place)
    return place


def packed(name: str) -> Recipe | None:
    """The recipe of the last zip of the function `name`, None if none was built."""
    before = _before(_place(name))
    if not before:
        return None
    built_from = json.loads(before.comment)
    return Recipe(name, built_from["code"], built_from["without"])


def packed_digest(place: Path) -> str:
    """The digest of the project's code in a zip: the `digest` of its recipe at the time of its build."""
    with zipfile.ZipFile(place) as archive:
        digest: str = json.loads(archive.comment)["digest"]
        return digest


def _place(name: str) -> Path:
    return bundling.BUILD / "local" / str(sys.implementation.cache_tag) / f"{name}.zip"


def _before(place: Path) -> zipfile.ZipFile | None:
    try:
        return zipfile.ZipFile(place)
    except (FileNotFoundError, zipfile.BadZipFile):
        return None


def _kept(before: zipfile.ZipFile | None, compiled: str, content: bytes) -> bytes | None:
    """The bytecode of the zip `before` if it is that of the same source."""
    try:
        found = before.read(compiled) if before else b""
    except KeyError:
        return None
    return found if found[:16] == _header(content) else None


@cache
def _bytecode(path: str, content: bytes) -> bytes:
    try:
        code = compile(content, f"{IN_LAMBDA}/{path}", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise BundleError(f"{path}: {error}") from None
    return _header(content) + marshal.dumps(code)


def _header(content: bytes) -> bytes:
    return MAGIC_NUMBER + UNCHECKED_HASH + source_hash(content)
