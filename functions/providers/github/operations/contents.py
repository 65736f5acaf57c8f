"""What a path holds at a commit: the text of a file, or why it has none. Pure.

https://docs.github.com/rest/repos/contents: up to 1 MB has its content, up to 100 MB has none, and more is refused. A
link to a file of the repository is answered as that file; only the id of its content shows it.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from functions.api.performer import PermanentError

LARGEST = 1_000_000  # bytes of a file whose text is given
KINDS = {"symlink": "symlink", "submodule": "submodule", "dir": "folder"}


def check_path(path: str) -> str:
    """The path. Raises PermanentError unless it leads down from the repository's root."""
    parts = path.split("/")
    if "" in parts or "." in parts or ".." in parts or "\0" in path:
        raise PermanentError("contents.read: the path of a file, from the repository's root")
    return path


def read(path: str, answer: Any, sha: str) -> dict[str, Any]:
    """The contents, as {"path", "kind", "size", "sha", "text"}; only the kind "text" has a text.

    Other kinds are "binary", "not UTF-8", "too large", "symlink", "submodule" and "folder". `sha` is git's id of the
    file as the list of changed files has it, "" if it is not known: other contents are those that a link leads to.
    """
    if not isinstance(answer, Mapping):
        return nothing(path, "folder")
    found = {"path": path, "size": answer.get("size"), "sha": answer.get("sha")}
    # A submodule is listed as a file without contents, with the URL of a tree.
    kind = "submodule" if answer.get("submodule_git_url") else KINDS.get(str(answer.get("type")), "")
    if kind:
        return {**found, "kind": kind}
    if sha and answer.get("sha") != sha:
        return {**found, "kind": "symlink"}
    if answer.get("encoding") != "base64" or not 0 <= (answer.get("size") or 0) <= LARGEST:
        return {**found, "kind": "too large"}
    try:
        data = base64.b64decode(str(answer["content"]))
    except (KeyError, binascii.Error):
        return {**found, "kind": "not UTF-8"}
    if b"\0" in data:
        return {**found, "kind": "binary"}
    try:
        return {**found, "kind": "text", "text": data.decode()}
    except UnicodeDecodeError:
        return {**found, "kind": "not UTF-8"}


def nothing(path: str, kind: str) -> dict[str, Any]:
    """The contents of a path that has none."""
    return {"path": path, "kind": kind, "size": None, "sha": None}
