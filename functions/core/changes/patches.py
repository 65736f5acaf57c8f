"""The lines of a unified patch, as GitHub gives it for each file: hunks without the header that names the files. Pure.

https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from functions.core.platform.errors import HooklineError

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
Sign = Literal[" ", "+", "-"]


class PatchUnreadable(HooklineError):
    """The patch is cut, or is none; the message says where."""


@dataclass(frozen=True)
class PatchLine:
    """One line of a patch: `sign` is "+", "-" or " "; `old` and `new` are its numbers in both files, or 0."""

    sign: Sign
    old: int
    new: int
    text: str


def patch_lines(patch: str) -> tuple[PatchLine, ...]:
    """The lines of all hunks, in order. Raises PatchUnreadable if a hunk has not the lines that its header counts."""
    found: list[PatchLine] = []
    old = new = old_left = new_left = 0
    # Only a newline ends a line of a patch: a form feed or U+2028 is part of one.
    for line in patch.removesuffix("\n").split("\n") if patch else ():
        if not old_left and not new_left:
            if line.startswith("\\"):
                continue
            header = _HUNK.match(line)
            if header is None:
                raise PatchUnreadable(f"the patch has a line outside of its hunks after line {new or old}")
            old, new = int(header[1]), int(header[3])
            old_left, new_left = (1 if count is None else int(count) for count in (header[2], header[4]))
            continue
        sign, text = line[:1] or " ", line[1:]
        if sign == "+" and new_left:
            found.append(PatchLine("+", 0, new, text))
        elif sign == "-" and old_left:
            found.append(PatchLine("-", old, 0, text))
        elif sign == " " and old_left and new_left:
            found.append(PatchLine(" ", old, new, text))
        elif sign == "\\":  # "\ No newline at end of file"
            continue
        else:
            raise PatchUnreadable(f"a hunk has other lines than it counts, at line {new or old}")
        old, old_left = (old + 1, old_left - 1) if sign != "+" else (old, old_left)
        new, new_left = (new + 1, new_left - 1) if sign != "-" else (new, new_left)
    if old_left or new_left:
        raise PatchUnreadable(f"the patch is cut after line {new or old}")
    return tuple(found)


def before(lines: Sequence[PatchLine], new: str) -> str:
    """The text before a patch, of the text after it. The lines are those of the patch, and fit `new`."""
    known = new.split("\n")
    old: list[str] = []
    at = 0  # so many lines of the new text are used
    for line in lines:
        # What lies between hunks is the same on both sides.
        missing = line.new - 1 - at if line.new else line.old - 1 - len(old)
        old += known[at : at + missing]
        at += max(missing, 0)
        if line.sign != "+":
            old.append(line.text)
        if line.new:
            at += 1
    return "\n".join([*old, *known[at:]])
