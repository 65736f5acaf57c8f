"""Versions and sources of dependencies: lower, open, mutable or insecure. Pure."""

import re

from functions.agents.dependency_reviewer.manifests import Dependency

# Python reads no number of more than 4,300 digits, and no version has one of 20.
_PINNED = re.compile(r"^(?:==|===|=|v|\^|~|~>\s*|~=)?\s*v?(\d{1,19}(?:\.\d{1,19})*)(?!\d)([-.+\w]*)$")
_COMMIT = re.compile(r"[#@][0-9a-f]{7,40}(?:$|[&\s\"'])")
_TAG = re.compile(r"[#@](?:semver:.+|v?\d+(?:\.\d+)+[-\w.]*)(?:$|[&\s\"'])")
_GIT = re.compile(r"(?:^|\s|@\s*)(?:git\+|git://|git@|github:|gitlab:|bitbucket:)")
_INSECURE = re.compile(r"(?:^|[\s@+])http://(?!localhost|127\.)|(?:^|[\s@])git://")
_BRANCHES = ("main", "master", "develop", "dev", "trunk", "head", "latest", "next", "nightly")


def is_lower(old: Dependency, new: Dependency) -> bool:
    """Whether both name one version in the same way, and the new one is lower."""
    before, after = _PINNED.match(old.spec), _PINNED.match(new.spec)
    if before is None or after is None:
        return False
    if re.match(r"\D*", old.spec)[0].strip() != re.match(r"\D*", new.spec)[0].strip():  # type: ignore[index]  # \D* always matches
        return False
    first, second = (tuple(int(part) for part in one[1].split(".")) for one in (before, after))
    length = max(len(first), len(second))
    return second + (0,) * (length - len(second)) < first + (0,) * (length - len(first))


def is_open(one: Dependency) -> bool:
    """Whether any version will do, in a manifest of npm's."""
    return one.ecosystem == "npm" and one.spec.lower() in ("", "*", "latest", "x", "next")


def is_exact(one: Dependency) -> bool:
    """Whether a Python requirement is pinned to one version or to one source."""
    return one.spec.startswith(("==", "===", "@"))


def is_mutable(one: Dependency) -> bool:
    """Whether the source can change while its name stays: a branch of a repository."""
    if one.ecosystem == "actions":
        owner = one.name.partition("/")[0]
        return one.spec.lower() in _BRANCHES and owner not in ("actions", "github")
    return _GIT.search(one.spec) is not None and not _COMMIT.search(one.spec) and not _TAG.search(one.spec)


def is_insecure(one: Dependency) -> bool:
    """Whether it comes over a connection that anybody on the way can change."""
    return _INSECURE.search(one.spec) is not None
