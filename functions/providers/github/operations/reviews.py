"""The text of a review: the agent's, and the comments that cannot stand on a line of the diff. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.providers.github.operations import marks
from functions.providers.github.operations.markdown import harmless, harmless_line

LONGEST = 65_000  # characters; GitHub takes 65,536
_MOVED = "\n\nNot on a line of the diff:\n"


def body(text: str, moved: Sequence[Mapping[str, Any]], key: str, name: str, comments: int) -> str:
    """The body of the review `name` of the effect `key`: with so many comments on lines, and `moved` in it."""
    mark = marks.review(key, name, comments)
    made = harmless(text) + (_MOVED if moved else "")
    for number, comment in enumerate(moved):
        item = f"\n- `{_code(comment['path'])}`, line {comment['line']}: {harmless_line(comment['body'])}"
        left = f"\n- {len(moved) - number} more, for which there is no room"
        if len(made) + len(item) + len(left) + len(mark) > LONGEST:
            made += left
            break
        made += item
    return made + mark


def on_lines(comments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The comments as GitHub takes them, each with its side, and with its mark in its text."""
    made = []
    for comment in comments:
        sent = {name: value for name, value in comment.items() if name != "mark"}
        mark = marks.line(comment["mark"]) if "mark" in comment else ""
        made.append({"side": "RIGHT", **sent, "body": harmless(comment["body"]) + mark})
    return made


def _code(path: str) -> str:
    """A path that stays within its code span and its line."""
    return "".join(char if char.isprintable() and char != "`" else "�" for char in path)
