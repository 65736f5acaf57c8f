"""Reads the patches of a pull request's files: where a comment can stand. Pure.

https://docs.github.com/rest/pulls/comments: a comment is on a line of the diff. A deleted line is LEFT; an added line,
and one that is only shown, is RIGHT.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")


@dataclass(frozen=True)
class Place:
    """A line of a diff: its hunk, its side, and its number on that side."""

    hunk: int
    side: str
    line: int


def places(patch: str) -> Iterator[Place]:
    """The lines of a patch on which a comment can stand."""
    hunk, left, right = 0, 0, 0
    for line in patch.split("\n"):
        if found := _HUNK.match(line):
            hunk, left, right = hunk + 1, int(found[1]), int(found[2])
        elif not hunk or line.startswith("\\"):  # "\ No newline at end of file"
            continue
        elif line.startswith("-"):
            yield Place(hunk, "LEFT", left)
            left += 1
        elif line.startswith(("+", " ")) or not line:
            yield Place(hunk, "RIGHT", right)
            right += 1
            left += 0 if line.startswith("+") else 1


def split(
    comments: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The comments that stand on lines of the diff, and the others."""
    commented = {comment["path"] for comment in comments}
    shown = {
        file["filename"]: {(one.side, one.line): one.hunk for one in places(file.get("patch") or "")}
        for file in files
        if file["filename"] in commented
    }
    on: list[Mapping[str, Any]] = []
    off: list[Mapping[str, Any]] = []
    for comment in comments:
        (on if _stands(comment, shown.get(comment["path"], {})) else off).append(comment)
    return on, off


def _stands(comment: Mapping[str, Any], hunks: Mapping[tuple[str, int], int]) -> bool:
    """Whether its line, or both ends of its range within one hunk, are in the diff."""
    side = comment.get("side", "RIGHT")
    hunk = hunks.get((side, comment["line"]))
    if "start_line" not in comment:
        return hunk is not None and "start_side" not in comment
    start = comment.get("start_side", side)
    in_order = start != side or comment["start_line"] < comment["line"]
    return hunk is not None and in_order and hunks.get((start, comment["start_line"])) == hunk
