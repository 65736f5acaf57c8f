"""What a change does in package-lock.json, and a manifest whose lock did not follow. Pure.

https://docs.npmjs.com/cli/configuring-npm/package-lock-json
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from functions.agents.dependency_reviewer.known import WITH_INSTALL_SCRIPT
from functions.api.changes import Change, ChangedFile, Finding, quoted

_HOST = re.compile(r"https?://([^/:]+)")
_OBJECT = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*:\s*\{')
_MEMBER = re.compile(r'\s*"(version|resolved|integrity|hasInstallScript)"\s*:')
_LOCKS: Mapping[str, tuple[str, ...]] = {
    "package.json": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
    "Cargo.toml": ("Cargo.lock",),
    "pyproject.toml": ("poetry.lock", "uv.lock", "pdm.lock"),
    "Gemfile": ("Gemfile.lock",),
}
MOST_PACKAGES = 20_000


def lock_findings(file: ChangedFile) -> Iterator[Finding]:
    """Packages from another registry, with another hash for the same version, or with a new install script."""
    if PurePosixPath(file.path).name not in ("package-lock.json", "npm-shrinkwrap.json"):
        return
    old, new = _packages(file.old), _packages(file.new)
    lines = _lines(file.new or "")
    hosts = Counter(host for one in old.values() if (host := _host(one)))
    for path, package in list(new.items())[:MOST_PACKAGES]:
        before, at = old.get(path, {}), lines.get(path, {})
        name = path.rpartition("node_modules/")[2]
        host = _host(package)
        if host and hosts and host not in hosts and at.get("resolved"):
            message = f"{quoted(name)} comes from {quoted(host)}, and no other package of the lock did."
            reason = "A changed address in a lock replaces a package unseen: check who serves it."
            yield Finding("other-registry", file.path, at["resolved"], "high", message, reason)
        same = before.get("version") == package.get("version") and before.get("resolved") == package.get("resolved")
        hashes = (before.get("integrity"), package.get("integrity"))
        if before and same and all(hashes) and _differ(*hashes) and at.get("integrity"):
            message = f"The hash of {quoted(name)} is another one, and its version is the same."
            reason = "A published version does not change: somebody serves other code under its name."
            yield Finding("integrity-changed", file.path, at["integrity"], "high", message, reason)
        script = package.get("hasInstallScript") is True and before.get("hasInstallScript") is not True
        if script and name not in WITH_INSTALL_SCRIPT and at.get("hasInstallScript"):
            message = f"{quoted(name)} runs a script when it is installed."
            reason = "It runs on every machine that installs, with that machine's credentials: read it first."
            yield Finding("install-script", file.path, at["hasInstallScript"], "medium", message, reason)


def forgotten_lock(change: Change, manifest: ChangedFile) -> str:
    """The lock beside the manifest that the change left as it is, "" without one."""
    folder = PurePosixPath(manifest.path).parent
    names = _LOCKS.get(PurePosixPath(manifest.path).name, ())
    found = [path for path in (str(folder / name) for name in names) if change.has(path)]
    touched = any(path in change.by_path for path in found)
    return "" if touched or not found else found[0]


def _packages(text: str | None) -> Mapping[str, Mapping[str, Any]]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    packages = found.get("packages") if isinstance(found, dict) else None
    packages = packages if isinstance(packages, dict) else {}
    return {path: one for path, one in packages.items() if "node_modules/" in path and isinstance(one, dict)}


def _lines(text: str) -> Mapping[str, Mapping[str, int]]:
    """The line of each member of each package, by the package's path."""
    found: dict[str, dict[str, int]] = {}
    members: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        package = _OBJECT.match(line)
        if package and "node_modules/" in package[1]:
            members = found.setdefault(package[1], {})
            continue
        member = _MEMBER.match(line)
        if member:
            members.setdefault(member[1], number)
    return found


def _host(package: Mapping[str, Any]) -> str:
    found = _HOST.match(str(package.get("resolved") or ""))
    return found[1].lower() if found else ""


def _differ(one: object, other: object) -> bool:
    """Whether no hash is in both; an integrity may list several, and gain a better one."""
    return not set(str(one).split()) & set(str(other).split())
