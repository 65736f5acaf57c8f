"""Reads the fields of a raw event for its translation.

A translation cannot do without some fields, and names entities by some. If one of those is not as documented, the body
is unreadable. Any other part that is missing or unknown is left out, because providers add parts at any time.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from functions.core.ingress.delivery import RawEvent, Translation
from functions.core.platform.errors import UnreadableBody
from functions.core.platform.paths import at

T = TypeVar("T")

LONGEST_NAME = 255
# The characters of an id. With a slash in it, it could name another entity.
_NAME = re.compile(r"[!-.0-~]+")


class Fields:
    """A JSON object of a delivery, read by dotted paths.

    `need` and `key` raise UnreadableBody, which names the path and never quotes the value.
    """

    def __init__(self, content: Any, path: str = "") -> None:
        self._path = path
        if not isinstance(content, dict):
            raise UnreadableBody(f"{path or 'the body'} is not an object")
        self._content = content

    def need(self, path: str, kind: Callable[[Any], T]) -> T:
        """The value at `path`, as `kind` reads it; unreadable if it is missing or of another kind."""
        value = self._at(path)
        if value is None:
            raise UnreadableBody(f"{self._path}{path} is missing")
        try:
            return kind(value)
        except ValueError as error:
            raise UnreadableBody(f"{self._path}{path} is not {error}") from None

    def key(self, path: str, kind: Callable[[Any], T]) -> T | None:
        """The value at `path`, None if it is missing or empty; unreadable if it is of another kind.

        It is for an optional id, and for what else must not be left out because it looks odd: without its customer, a
        payment is a guest's.
        """
        return None if self._at(path) in (None, "") else self.need(path, kind)

    def may(self, path: str, kind: Callable[[Any], T]) -> T | None:
        """The value at `path`, None if it is missing, empty, or of another kind."""
        value = self._at(path)
        if value is None or value == "":
            return None
        try:
            return kind(value)
        except ValueError:
            return None

    def part(self, path: str) -> "Fields":
        """The object at `path`, without fields if it is missing or something else."""
        value = self._at(path)
        return Fields(value if isinstance(value, dict) else {}, f"{self._path}{path}.")

    def parts(self, path: str) -> list["Fields"]:
        """The objects in the list at `path`; other items are left out. Returns [] if it is not a list."""
        value = self._at(path)
        items = enumerate(value if isinstance(value, list) else [])
        return [Fields(item, f"{self._path}{path}.{number}.") for number, item in items if isinstance(item, dict)]

    def all(self, *without: str) -> Mapping[str, Any]:
        """All the fields of the object by name, `without` those."""
        return {name: value for name, value in self._content.items() if name not in without}

    def _at(self, path: str) -> Any:
        return at(self._content, path)


def translated(raw_event: RawEvent, table: Mapping[str, Callable[[Fields], Translation | None]]) -> Translation | None:
    """The translation of the raw event by the function of its type in `table`, None if `table` has none."""
    translation = table.get(raw_event.raw_type)
    return translation(Fields(raw_event.body)) if translation else None


# The kinds of values: each returns the value, or raises a ValueError whose message is what was expected


def name(value: Any) -> str:
    """An id or another name of a machine, without slashes and blanks; numbers become text."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**LONGEST_DIGITS:
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST_NAME or not _NAME.fullmatch(value):
        raise ValueError(f"a name of 1 to {LONGEST_NAME} characters without slashes and blanks")
    return value


LONGEST_DIGITS = 30


def text(longest: int) -> Callable[[Any], str]:
    """Text, cut to its first `longest` characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("text")
        return value[:longest]

    return read


def texts(longest: int, most: int) -> Callable[[Any], list[str]]:
    """The texts of a list: the first `most` of them, each cut to its first `longest` characters."""

    def read(value: Any) -> list[str]:
        if not isinstance(value, list):
            raise ValueError("a list of texts")
        return [item[:longest] for item in value if isinstance(item, str)][:most]

    return read


def matching(pattern: str, what: str) -> Callable[[Any], str]:
    """Text that `pattern` matches as a whole; `what` describes it in the error."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(what)
        return value

    return read


def whole(value: Any) -> int:
    """A whole number from 0; true and 1.0 are refused."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError("a whole number from 0")
    return value


def flag(value: Any) -> bool:
    """True or false, and nothing else."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def one_of(words: Mapping[str, T]) -> Callable[[Any], T | None]:
    """The value of a word in `words`, in any case; None if it is unknown."""

    def read(value: Any) -> T | None:
        if not isinstance(value, str):
            raise ValueError("a word")
        return words.get(value.lower())

    return read
