"""Reads a pull request's files through a connector, in pieces, with the contents that a reviewer needs.

Nothing is cut without a word: a file that is not read is `unread` in the change, and those beyond it are counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.changes.change import Change, ChangedFile, Unread, changed_file
from functions.core.changes.findings import Finding, report_of
from functions.core.platform.errors import PermanentError

Entry = Mapping[str, Any]
# files(repository, number, first) -> {"head", "fork", "items", "next", "total", "not_reviewed"}, from place `first` on
Files = Callable[..., Any]
# contents(repository, head_sha, path, sha) -> {"kind", "text"}; only the kind "text" has a text
Contents = Callable[..., Any]

MOST_PIECES = 6  # answers of files, of up to 3 MB each
MOST_CONTENTS = 300  # files of one change whose contents are read
ANOTHER_HEAD = "the pull request had another head"
_KINDS: Mapping[str, Unread] = {
    "binary": "binary",
    "not UTF-8": "not UTF-8",
    "submodule": "submodule",
    "symlink": "symbolic link",
    "too large": "too large",
}


@dataclass(frozen=True)
class Proposed:
    """The pull request that is reviewed, at one head."""

    repository: str
    number: str
    head: str

    @classmethod
    def of(cls, entities: Sequence[str]) -> "Proposed":
        """The pull request that an event's entities name. Raises PermanentError if they name none, or several."""
        pulls = [_parts(one) for one in entities if one.startswith("github:pull_request/")]
        heads = [_parts(one) for one in entities if one.startswith("github:commit/")]
        if len(pulls) != 1 or len(heads) != 1 or pulls[0][0] != heads[0][0]:
            raise PermanentError("the event names no pull request with its head, or more than one")
        return cls(*pulls[0], heads[0][1])


@dataclass(frozen=True)
class Reading:
    """A change as it was read; `by_patch_alone` is how many of its files were read without their contents.

    `moved` is whether the pull request had another head; then nothing was read.
    """

    change: Change
    by_patch_alone: int = 0
    moved: bool = False


def read_change(
    proposed: Proposed,
    files: Files,
    contents: Contents | None = None,
    wants: Callable[[ChangedFile], bool] = lambda _: True,
) -> Reading:
    """The change of a pull request at its head.

    With `contents`, those of the first MOST_CONTENTS files that the reviewer `wants` are read. The patch of a new file
    has all of it, so it is read only if it may be a symbolic link. Raises what the two calls raise.
    """
    found: list[ChangedFile] = []
    read = alone = left = 0
    fork = False
    first: int | None = 0
    for _ in range(MOST_PIECES):
        piece = files(repository=proposed.repository, number=proposed.number, first=first)
        if piece["head"] != proposed.head:
            return Reading(Change(()), moved=True)
        fork = fork or piece["fork"]
        reasons = {one["filename"]: str(one["reason"]) for one in piece["not_reviewed"]}
        for entry in piece["items"]:
            file = _listed(entry, reasons.get(entry["filename"], ""), fork)
            if contents is not None and _needs_contents(entry, file) and wants(file):
                whole = read < MOST_CONTENTS
                read, alone = read + whole, alone + (not whole)
                file = _whole(proposed, entry, contents, fork) if whole else file
            found.append(file)
        left = piece["total"] - len(found) + _number(reasons.get("", "0"))
        first = piece["next"]
        if first is None:
            break
    return Reading(Change(found, unlisted=left, fork=fork), alone)


def reported(
    reading: Reading, find: Callable[[Change], Iterable[Finding]], stood_aside: str = "", more_unread: int = 0
) -> dict[str, Any]:
    """A reviewer's report on a change that was read: what `find` finds in it.

    `more_unread` is how many files the reviewer could not read although their text is known.
    """
    if reading.moved:
        return report_of((), reading.change, ANOTHER_HEAD)
    return report_of(find(reading.change), reading.change, stood_aside, reading.by_patch_alone, more_unread)


def _listed(entry: Entry, reason: str, outsiders: bool) -> ChangedFile:
    """A file by its entry in the list; `reason` is why it has no patch."""
    made = changed_file(entry, outsiders=outsiders)
    if made.unread == "cut" and reason.startswith("no text"):
        return ChangedFile(made.path, made.status, made.previous, unread="no text")
    return made


def _needs_contents(entry: Entry, file: ChangedFile) -> bool:
    """Whether the patch does not have the file's whole text, or may be the target of a symbolic link."""
    if file.unread or file.status == "removed" or not file.lines:
        return False
    if file.status == "added":
        return len(file.lines) == 1 and "\n\\ No newline" in str(entry.get("patch"))
    return True


def _whole(proposed: Proposed, entry: Entry, contents: Contents, outsiders: bool) -> ChangedFile:
    """A file with its contents at the head."""
    given: Entry = contents(
        repository=proposed.repository,
        head_sha=proposed.head,
        path=entry["filename"],
        sha=str(entry.get("sha") or ""),
    )
    if given["kind"] == "text":
        return changed_file(entry, new=str(given["text"]).encode(), outsiders=outsiders)
    bare = changed_file(entry, outsiders=outsiders)
    return ChangedFile(bare.path, bare.status, bare.previous, unread=_KINDS.get(str(given["kind"]), "stale"))


def _parts(entity: str) -> tuple[str, str]:
    repository, _, rest = entity.partition("/")[2].partition("/")
    return repository, rest


def _number(text: object) -> int:
    word = str(text).partition(" ")[0]
    return int(word) if word.isascii() and word.isdigit() and len(word) < 9 else 1
