"""A proposed change as reviewers see it: its files, each with its lines, or why it is not read. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from functions.core.changes.languages import is_binary, is_generated, is_lock, is_test, is_vendored, language_of
from functions.core.changes.patches import PatchLine, PatchUnreadable, before, patch_lines

Status = Literal["added", "modified", "removed", "renamed"]
Unread = Literal[
    "binary",
    "cut",
    "generated",
    "no text",  # binary, or only its mode changed
    "not UTF-8",
    "stale",
    "submodule",
    "symbolic link",
    "too large",
    "vendored",
]
LARGEST = 400_000  # characters of a file, or of its patch
LONGEST_LINE = 5_000  # characters; a program wrote the file
LONGEST_PATH = 3_900  # connectors take 4,096, and the path of a test is longer than that of its code
# The patch of a submodule is of one line; a file can have a line that looks like it.
_SUBMODULE = re.compile(
    r"@@ -\S+ \+\S+ @@(?:\n-Subproject commit [0-9a-f]+(?:-dirty)?)?(?:\n\+Subproject commit [0-9a-f]+)?"
)
SYMLINK, SUBMODULE = "120000", "160000"
# https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
_STATUSES: Mapping[str, Status] = {
    **{name: name for name in get_args(Status)},
    "copied": "added",
    "changed": "modified",
}


@dataclass(frozen=True)
class ChangedFile:
    """One file of a change.

    `old` and `new` are its texts, None if the file is not on that side or its text is not known. `unread` says why
    reviewers cannot read it, "" if they can; then `lines` is its whole patch.
    """

    path: str
    status: Status
    previous: str = ""
    old: str | None = None
    new: str | None = None
    lines: tuple[PatchLine, ...] = ()
    unread: Unread | Literal[""] = ""

    @property
    def language(self) -> str:
        """The language by the file's name, "" if it has none here."""
        return language_of(self.path)

    @property
    def is_lock(self) -> bool:
        """Whether a package manager writes the file."""
        return is_lock(self.path)

    @property
    def is_test(self) -> bool:
        """Whether the file belongs to tests."""
        return is_test(self.path)

    @cached_property
    def added(self) -> Mapping[int, str]:
        """The added lines by their number in the new file."""
        return {line.new: line.text for line in self.lines if line.sign == "+"}

    @cached_property
    def removed(self) -> Mapping[int, str]:
        """The removed lines by their number in the old file."""
        return {line.old: line.text for line in self.lines if line.sign == "-"}

    def changed(self, line: int, side: str = "RIGHT") -> bool:
        """Whether the line is one that the change adds, or with `side` "LEFT" one that it removes."""
        return line in (self.added if side == "RIGHT" else self.removed)


@dataclass(frozen=True)
class Change:
    """The files of a proposed change. `beside` are paths of the repository that also exist.

    `unlisted` is how many changed files are not among them: the provider does not list them, or they are too many.
    `fork` is whether outsiders can have written it.
    """

    files: Sequence[ChangedFile]
    beside: Collection[str] = field(default_factory=frozenset)
    unlisted: int = 0
    fork: bool = False

    @cached_property
    def readable(self) -> tuple[ChangedFile, ...]:
        """The files that reviewers read."""
        return tuple(one for one in self.files if not one.unread)

    @cached_property
    def by_path(self) -> Mapping[str, ChangedFile]:
        """The files by their path."""
        return {one.path: one for one in self.files}

    def has(self, path: str) -> bool:
        """Whether the repository has the path, as far as is known, with the change applied."""
        changed = self.by_path.get(path)
        return changed.status != "removed" if changed else path in self.beside


def changed_file(
    entry: Mapping[str, Any],
    old: bytes | None = None,
    new: bytes | None = None,
    mode: str = "",
    outsiders: bool = False,
) -> ChangedFile:
    """A file as GitHub lists it, with its contents before and after where they are known, and its git mode.

    The contents before follow from those after and the patch. Any entry yields a file: what does not fit is `unread`,
    with the reason. What `outsiders` can have written says nothing about itself: a mark that a program wrote the file
    counts if it was there before, and a long line makes it too large to read.
    """
    path, status = str(entry["filename"]), _STATUSES.get(str(entry.get("status")), "modified")
    previous = str(entry.get("previous_filename") or "")
    patch = entry.get("patch")
    patch = patch if isinstance(patch, str) else None
    file = ChangedFile(path, status, previous)
    unread = _unread(path, old, new, mode, patch)
    if unread:
        return _without_text(file, unread)
    old_text, new_text = _decoded(old), _decoded(new)
    try:
        lines = patch_lines(patch or "")
    except PatchUnreadable:
        return _without_text(file, "cut")
    if patch is None and (_count(entry.get("changes")) or status == "modified"):
        return _without_text(file, "cut")  # GitHub gives no patch of a large file
    if status == "added" and new_text is None:
        new_text = "\n".join(line.text for line in lines)
    if status == "removed" and old_text is None:
        old_text = "\n".join(line.text for line in lines)
    if _is_stale(lines, new_text):
        return _without_text(file, "stale")
    if old_text is None and new_text is not None and status in ("modified", "renamed"):
        old_text = before(lines, new_text)
    if is_generated(path, old_text if outsiders or new_text is None else new_text):
        return _without_text(file, "generated")
    # A lock's lines are read by a program, and may be long.
    if not is_lock(path) and any(len(line.text) > LONGEST_LINE for line in lines):
        return _without_text(file, "too large" if outsiders else "generated")
    return ChangedFile(path, status, previous, old_text, new_text, lines)


def _unread(path: str, old: bytes | None, new: bytes | None, mode: str, patch: str | None) -> Unread | Literal[""]:
    if mode == SYMLINK:
        return "symbolic link"
    if mode == SUBMODULE or (patch and _SUBMODULE.fullmatch(patch.removesuffix("\n"))):
        return "submodule"
    if is_vendored(path):
        return "vendored"
    contents = [one for one in (old, new) if one is not None]
    if any(len(one) > LARGEST for one in contents) or len(patch or "") > LARGEST or len(path) > LONGEST_PATH:
        return "too large"
    if is_binary(path) or any(b"\0" in one for one in contents) or "\0" in (patch or ""):
        return "binary"
    if any(not _is_utf8(one) for one in contents) or "\ufffd" in (patch or ""):
        return "not UTF-8"
    return ""


def _without_text(file: ChangedFile, unread: Unread) -> ChangedFile:
    return ChangedFile(file.path, file.status, file.previous, unread=unread)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(content: bytes | None) -> str | None:
    return None if content is None else content.decode().removeprefix("\ufeff")


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _is_stale(lines: Sequence[PatchLine], text: str | None) -> bool:
    """Whether the text is of another commit than the patch: a finding's line would then be wrong."""
    if text is None:
        return False
    known = text.split("\n")
    # A byte order mark is in the patch's first line, and not in the text.
    return any(
        line.new > len(known) or line.text.removeprefix("\ufeff") != known[line.new - 1] for line in lines if line.new
    )
