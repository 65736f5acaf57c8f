"""The lines of a file's patch, as a person counts them. Pure."""

import re

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def shown(patch: str | None) -> dict[tuple[str, int], tuple[int, str]]:
    """By side and number, the hunk and the text of each line on which a comment can stand."""
    found: dict[tuple[str, int], tuple[int, str]] = {}
    hunk = left = right = 0
    for line in (patch or "").split("\n"):
        head = _HUNK.match(line)
        if head:
            hunk, left, right = hunk + 1, int(head[1]), int(head[2])
        elif line[:1] == "-":
            found["LEFT", left] = hunk, line[1:]
            left += 1
        elif line[:1] in ("+", " "):
            found["RIGHT", right] = hunk, line[1:]
            right += 1
            left += line[0] == " "
    return found
