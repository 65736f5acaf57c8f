"""A pull request's files, whole: GitHub's silent cut is found, and what cannot be reviewed is named.

https://docs.github.com/rest/pulls/pulls#list-pull-requests-files: at most 100 in a page and 3,000 in all. Once the
patches of one answer reach about 20,000 lines, its later files come without a patch and with counts of 0
(https://github.com/orgs/community/discussions/213491). Smaller pages have them. The pull request's own counts show that
something is missing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.api.performer import PermanentError

Row = Mapping[str, Any]
# fetch(size, page) -> the files of that page, None if the answer is too large to read
Fetch = Callable[[int, int], Sequence[Row] | None]

MOST_FILES = 3_000
SIZES = (100, 25, 5, 1)  # each divides the one before, so a page is some whole smaller pages
MOST_ASKED = 60  # further requests for what was cut; the rest is named
HEAVY = 10_000  # lines of patches in one answer from which a cut is suspected without any other sign
MOST_BYTES = 3_000_000  # of an answer to an agent; Lambda's limit is 6 MB
EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # git's id of an empty file
KEEPS = ("filename", "previous_filename", "status", "additions", "deletions", "changes", "sha", "patch")


def collected(fetch: Fetch, changed_lines: int, changed_files: int) -> list[dict[str, Any]]:
    """All files of a pull request, at most MOST_FILES, with each patch that GitHub gives in a page of some size.

    `changed_lines` and `changed_files` are the pull request's own counts. A file that GitHub may have cut, and that was
    not asked for again, has `cut`.
    """
    asked = 0
    rows: list[dict[str, Any]] = []
    heavy: set[int] = set()  # the places of rows in answers that may have been cut
    for page in range(1, MOST_FILES // SIZES[0] + 1):
        found = _page(fetch, 0, page)
        if sum(map(_lines, found)) >= HEAVY:
            heavy |= set(range(len(rows), len(rows) + len(found)))
        rows += found
        if len(found) < SIZES[0]:
            break
    for size in SIZES[1:]:
        suspects = _suspects(rows, heavy, changed_lines, changed_files)
        for page in sorted({place // size for place in suspects}):
            if asked == MOST_ASKED:
                break
            asked += 1
            again = fetch(size, page + 1) or ()
            whole = size == SIZES[-1] or sum(map(_lines, again)) < HEAVY
            for place, row in enumerate(again, page * size):
                if place < len(rows) and row["filename"] == rows[place]["filename"]:
                    rows[place] = _kept(row)
                    rows[place]["alone"] = size == SIZES[-1]  # then nothing was cut from its answer
                    if whole:
                        heavy.discard(place)
    for place in _suspects(rows, heavy, changed_lines, changed_files):
        if not rows[place].get("alone"):
            rows[place]["cut"] = True
    for row in rows:
        row.pop("alone", None)
    return rows


def answered(head: str, fork: bool, rows: Sequence[dict[str, Any]], changed_files: int, first: int) -> dict[str, Any]:
    """The files from the place `first` on, as many as an answer holds.

    `next` is the place of the first that did not fit, None if none is left. `total` is how many GitHub listed,
    `complete` whether these are all. `fork` is whether the head is of another repository.
    `not_reviewed` names those of the items that have no patch to review, with the reason, and how many GitHub left out.
    """
    missing: list[Row] = []
    items: list[Row] = []
    size = 0
    for row in rows[first:]:
        reason = without_patch(row)
        named = [{"filename": row["filename"], "reason": reason}] if reason else []
        size += len(json.dumps([row, *named]))
        if size > MOST_BYTES and items:
            break
        missing += named
        items.append({name: value for name, value in row.items() if name != "cut"})
    if changed_files > len(rows):
        left = changed_files - len(rows)
        missing.append({"filename": "", "reason": f"{left} more files, which GitHub does not list"})
    end = first + len(items)
    return {
        "head": head,
        "fork": fork,
        "items": items,
        "next": end if end < len(rows) else None,
        "total": len(rows),
        "complete": changed_files <= len(rows),
        "not_reviewed": missing,
    }


def without_patch(row: Row) -> str:
    """Why a file has no patch to review, "" if it has one or needs none."""
    if row.get("patch") or row["status"] == "removed" or row.get("sha") == EMPTY:
        return ""
    if row.get("cut"):
        return "GitHub left out its patch, and further requests would be too many"
    if row["changes"] > 0:
        return "GitHub gives no patch for it: it is too large"
    if row["status"] in ("added", "modified", "changed"):
        return "no text: it is binary, or only its mode changed"
    return ""  # renamed or copied as it was


def _page(fetch: Fetch, level: int, page: int) -> list[dict[str, Any]]:
    """The files of a page of SIZES[level]; in smaller pages if its answer is too large to read."""
    found = fetch(SIZES[level], page)
    if found is not None:
        return [_kept(row) for row in found]
    if level + 1 == len(SIZES):
        raise PermanentError("the entry of one file is too large to read")
    rows: list[dict[str, Any]] = []
    times = SIZES[level] // SIZES[level + 1]
    for number in range(times):
        inner = _page(fetch, level + 1, (page - 1) * times + number + 1)
        rows += inner
        if len(inner) < SIZES[level + 1]:
            break
    return rows


def _suspects(rows: Sequence[Row], heavy: set[int], changed_lines: int, changed_files: int) -> list[int]:
    """The places of the files that look as if they were cut.

    A binary file looks the same: where all lines are counted, nothing was cut.
    """
    counted = sum(row["changes"] for row in rows) >= changed_lines and changed_files <= MOST_FILES
    bare = [place for place, row in enumerate(rows) if not row.get("patch") and row["changes"] == 0]
    return [place for place in bare if not counted or (place in heavy and rows[place]["status"] == "modified")]


def _kept(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in KEEPS if row.get(name) is not None}


def _lines(row: Row) -> int:
    return str(row.get("patch") or "").count("\n")
