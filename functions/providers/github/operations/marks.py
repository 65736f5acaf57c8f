"""Invisible marks in a review's or a comment's text, by which it is found again. Pure.

GitHub has no field for an id of ours but in check runs. A mark counts only in what the App itself wrote.
"""

import re
from typing import Any

from functions.api.performer import PermanentError

_REVIEW = re.compile(
    r"<!-- hookline-review (?P<key>[0-9a-f]{64}) (?P<name>[A-Za-z0-9_-]{1,60}) (?P<comments>[0-9]{1,4}) -->\Z"
)
_SUMMARY = re.compile(r"<!-- hookline-summary (?P<key>[0-9a-f]{64}) (?P<name>[A-Za-z0-9_-]{1,60}) -->\Z")
_LINE = re.compile(r"<!-- hookline-line (?P<mark>[A-Za-z0-9_-]{1,60}) -->\Z")
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


def checked(operation: str, name: str) -> str:
    """The name. Raises PermanentError for one that would break its mark."""
    if not NAME.fullmatch(name):
        raise PermanentError(f"{operation}: a name has letters, digits, '-' and '_'")
    return name


def review(key: str, name: str, comments: int) -> str:
    """The mark of the effect `key` at the end of the review `name` with that many comments on lines."""
    return f"\n\n<!-- hookline-review {key} {name} {comments} -->"


def of_review(body: Any) -> tuple[str, str, int] | None:
    """The key, the name and the number of comments in the mark of a review's body, None without one."""
    found = _REVIEW.search(body.rstrip()) if isinstance(body, str) else None
    return (found["key"], found["name"], int(found["comments"])) if found else None


def summary(key: str, name: str) -> str:
    """The mark of the effect `key` at the end of the summary `name`."""
    return f"\n\n<!-- hookline-summary {key} {name} -->"


def of_summary(body: Any) -> tuple[str, str] | None:
    """The key and the name in the mark of a comment's body, None without one."""
    found = _SUMMARY.search(body.rstrip()) if isinstance(body, str) else None
    return (found["key"], found["name"]) if found else None


def line(mark: str) -> str:
    """The mark of an agent's own at the end of a comment on a line."""
    return f"\n\n<!-- hookline-line {mark} -->"


def of_line(body: Any) -> str | None:
    """The mark of a comment on a line, None without one."""
    found = _LINE.search(body.rstrip()) if isinstance(body, str) else None
    return found["mark"] if found else None
