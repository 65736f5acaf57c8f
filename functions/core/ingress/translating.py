"""Reads the fields of a raw event for its translation; a field that is not as documented is an UnreadableBody."""

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

    Every method raises UnreadableBody, which names the path and never quotes the value.
    """

    def __init__(self, content: Any, path: str = "") -> None:
        self._path = path
        if not isinstance(content, dict):
            raise UnreadableBody(f"{path or 'the body'} is not an object")
        self._content = content

    def need(self, path: str, kind: Callable[[Any], T]) -> T:
        """The value at `path`, as `kind` reads it."""
        value = self._at(path)
        if value is None:
            raise UnreadableBody(f"{self._path}{path} is missing")
        try:
            return kind(value)
        except ValueError as error:
            raise UnreadableBody(f"{self._path}{path} is not {error}") from None

    def may(self, path: str, kind: Callable[[Any], T]) -> T | None:
        """The value at `path`, None if it is missing, null or an empty text."""
        return None if self._at(path) in (None, "") else self.need(path, kind)

    def part(self, path: str) -> "Fields":
        """The object at `path`, without fields if missing."""
        value = self._at(path)
        return Fields({} if value is None else value, f"{self._path}{path}.")

    def parts(self, path: str) -> list["Fields"]:
        """The objects of the list at `path`, [] if missing."""
        value = self._at(path)
        if not isinstance(value, list | None):
            raise UnreadableBody(f"{self._path}{path} is not a list")
        return [Fields(item, f"{self._path}{path}.{number}.") for number, item in enumerate(value or [])]

    def _at(self, path: str) -> Any:
        try:
            return at(self._content, path, strict=True)
        except ValueError:
            raise UnreadableBody(f"{self._path}{path} is inside something that is not an object") from None


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
    """A list of texts: the first `most` of them, each cut to its first `longest` characters."""

    def read(value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError("a list of texts")
        return [item[:longest] for item in value[:most]]

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
