"""Reads what members answer. An answer may come from a model: whatever does not fit is Unfit, with a reason for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.platform.errors import HooklineError
from functions.core.platform.nesting import deeper_than

MOST_TASK = 8_000  # bytes of canonical JSON: what every payload holds
MOST_CONTENT = 4_000  # bytes of canonical JSON of one answer
DEEPEST = 10
LONGEST_TEXT = 1_000
LONGEST_FACT = 300
MOST_FACTS = 5  # of one answer
LONGEST_NOTE_OF_PERSON = 500


class Unfit(HooklineError):
    """An answer that the run cannot use; the member gets the message with its next attempt.

    `guard` names the guard that refused it, "" if the answer is malformed.
    """

    def __init__(self, message: str, guard: str = "") -> None:
        super().__init__(message)
        self.guard = guard


def json_object(value: object, most: int = MOST_CONTENT) -> Mapping[str, Any]:
    """`value` if it is a JSON object of at most `most` bytes. Raises Unfit."""
    if not isinstance(value, Mapping):
        raise Unfit("write a JSON object")
    if deeper_than(value, DEEPEST):
        raise Unfit(f"nested more than {DEEPEST} deep")
    try:
        size = len(json.dumps(value, allow_nan=False, separators=(",", ":")))
    except (TypeError, ValueError, RecursionError):
        raise Unfit("write JSON values only") from None
    if size > most:
        raise Unfit(f"{size} bytes, at most {most}")
    return value


def word_in(content: Mapping[str, Any], name: str, known: Sequence[str]) -> str:
    """The text `name`, which is one of `known`. Raises Unfit."""
    value = content.get(name)
    if not isinstance(value, str) or value not in known:
        raise Unfit(f"{name}: write one of {', '.join(known)}")
    return value


def text_in(content: Mapping[str, Any], name: str, longest: int = LONGEST_TEXT) -> str:
    """The text `name`, which is not blank. Raises Unfit."""
    value = content.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Unfit(f"{name}: write a text")
    if len(value) > longest:
        raise Unfit(f"{name}: {len(value)} characters, at most {longest}")
    return value


def facts_in(content: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The list of texts `name`; empty if it is missing. Raises Unfit."""
    value = content.get(name, ())
    if not isinstance(value, list | tuple) or len(value) > MOST_FACTS:
        raise Unfit(f"{name}: write a list of at most {MOST_FACTS} texts")
    return tuple(text_in({name: one}, name, LONGEST_FACT) for one in value)
