"""What the dependency reviewer finds in a change: in manifests, and in the locks that package managers write. Pure."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from functions.agents.dependency_reviewer.locks import forgotten_lock, lock_findings
from functions.agents.dependency_reviewer.manifests import REQUIREMENTS, Dependency, declared, is_manifest, npm_entries
from functions.agents.dependency_reviewer.names import lookalike
from functions.agents.dependency_reviewer.versions import is_exact, is_insecure, is_lower, is_mutable, is_open
from functions.api.changes import Change, ChangedFile, Finding, on_changed_lines, quoted

MOST = 500  # changed dependencies of a manifest
_INSTALL = ("preinstall", "install", "postinstall", "prepare", "prepublish")
# What a script does that fetches or hides code.
_FETCHES = re.compile(
    r"\b(?:curl|wget|fetch|Invoke-WebRequest|iwr)\b|https?://|\bnode\s+(?:-e|--eval|-p)\b|\beval\b|base64|\|\s*(?:ba|z)?sh\b"
    r"|\b(?:ba|z)?sh\s+-c\b|powershell|python3?\s+-c",
    re.IGNORECASE,
)
_EXTRA_INDEX = re.compile(r"\s*--extra-index-url\b")
_UNTRUSTED = re.compile(r"\s*(?:--trusted-host\b|--index-url\s+http://|-i\s+http://)")


def dependencies(change: Change) -> tuple[Finding, ...]:
    """The findings on lines that the change adds."""
    return on_changed_lines((found for file in change.readable for found in _findings(file, change)), change)


def needs_contents(file: ChangedFile) -> bool:
    """Whether the file's whole text is read: it declares dependencies, or locks them."""
    return is_manifest(file.path) or file.is_lock


def _findings(file: ChangedFile, change: Change) -> Iterator[Finding]:
    if file.status == "removed" or file.new is None:
        return
    yield from lock_findings(file)
    if REQUIREMENTS.search(file.path):
        yield from _indexes(file)
    if PurePosixPath(file.path).name == "package.json":
        yield from _scripts(file)
    if not is_manifest(file.path) or (file.old is None and file.status != "added"):
        return
    old, new = declared(file.path, file.old or ""), declared(file.path, file.new)
    changed = [one for one in new.values() if one.key not in old or old[one.key].spec != one.spec][:MOST]
    for one in changed:
        yield from _of_dependency(file.path, one, old, new)
    lock = forgotten_lock(change, file) if file.status == "modified" else ""
    lines = [one.line for one in changed if file.changed(one.line)]
    if lock and lines:
        message = f"The dependencies change, and {quoted(lock)} does not."
        yield Finding("lock-not-updated", file.path, min(lines), "medium", message, "An install from the lock fails.")


def _of_dependency(
    path: str, one: Dependency, old: Mapping[str, Dependency], new: Mapping[str, Dependency]
) -> Iterator[Finding]:
    name, before = quoted(one.name), old.get(one.key)
    like = lookalike(one.ecosystem, one.key) if before is None else ""
    if like:
        message = f"{name} is new, and looks like {quoted(like)}, which it is not."
        reason = "Names with a slip are how malicious packages get installed: check that this one is meant."
        yield Finding("lookalike-name", path, one.line, "high", message, reason)
    if before is not None and is_lower(before, one):
        message = f"{name} goes down from {quoted(before.spec)} to {quoted(one.spec)}."
        reason = "A lower version brings back what the higher one fixed: say why it is needed."
        yield Finding("downgraded", path, one.line, "medium", message, reason)
    if is_insecure(one):
        message = f"{name} comes over a connection without encryption."
        yield Finding("insecure-source", path, one.line, "high", message, "Anybody on the way can replace the package.")
    elif is_mutable(one):
        message = f"{name} is taken from a branch."
        reason = "What the branch holds changes without a change here: name a commit."
        yield Finding("mutable-source", path, one.line, "medium", message, reason)
    elif is_open(one) or _alone_unpinned(path, one, new):
        message = f"{name} has no version."
        reason = "Each install can bring another one, also a malicious one: pin it."
        yield Finding("unpinned", path, one.line, "medium", message, reason)


def _alone_unpinned(path: str, one: Dependency, new: Mapping[str, Dependency]) -> bool:
    """Whether all other requirements of the file are pinned, two at least, and this one has no version."""
    others = [other for other in new.values() if other.key != one.key and other.spec]
    pinned = len(others) >= 2 and all(map(is_exact, others))
    return bool(REQUIREMENTS.search(path)) and path.endswith(".txt") and pinned and not one.spec


def _indexes(file: ChangedFile) -> Iterator[Finding]:
    for number, line in file.added.items():
        if _EXTRA_INDEX.match(line):
            reason = (
                "pip takes the highest version of all indexes: anybody can publish your private names. Use one index."
            )
            yield Finding("extra-index", file.path, number, "medium", "A second package index.", reason)
        elif _UNTRUSTED.match(line):
            reason = "Anybody on the way can replace a package."
            yield Finding("insecure-source", file.path, number, "high", "The index is not authenticated.", reason)


def _scripts(file: ChangedFile) -> Iterator[Finding]:
    for depth, group, number, name, value in npm_entries(file.new or ""):
        if depth == 1 and group == "scripts" and name in _INSTALL and _FETCHES.search(value):
            message = f"The script {quoted(name)} fetches or evaluates code."
            reason = "It runs on every machine that installs, with that machine's credentials."
            yield Finding("install-script", file.path, number, "high", message, reason)
