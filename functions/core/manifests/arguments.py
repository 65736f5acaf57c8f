"""The types of an operation's arguments: bounded, and nested if the provider's API is.

Cedar's schema, the agent's typed tools and the documentation are generated from these declarations.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.core.manifests.checks import every, require, require_list

LARGEST_NUMBER = 2**63 - 1  # a policy's numbers have 64 bits
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")  # not `__entity` and similar, which Cedar reserves
DEEPEST = 5


@dataclass(frozen=True)
class Text:
    """A text of at most `longest` characters; one of `choices` if there are any.

    `escape="html"` replaces &, < and > before the text is sent, for providers that interpret markup in it.
    """

    longest: int = 10_000
    choices: Sequence[str] = ()
    escape: Literal["", "html"] = ""

    def __post_init__(self) -> None:
        require(_is_count(self.longest), f"text longest {self.longest!r}: a whole number from 1")
        require_list("text choices", self.choices, str)
        require(self.escape in ("", "html"), f"text escape {self.escape!r}: 'html', or nothing")


@dataclass(frozen=True)
class Number:
    """A whole number from `lowest` to `highest`."""

    lowest: int = -LARGEST_NUMBER
    highest: int = LARGEST_NUMBER

    def __post_init__(self) -> None:
        in_range = all(type(end) is int and abs(end) <= LARGEST_NUMBER for end in (self.lowest, self.highest))
        require(in_range and self.lowest <= self.highest, f"number from {self.lowest!r} to {self.highest!r}: no range")


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class ListOf:
    """A list of at most `most` items of one kind."""

    item: "Argument"
    most: int = 100

    def __post_init__(self) -> None:
        require(isinstance(self.item, KINDS), f"list of {self.item!r}: one of {_NAMES}")
        require(_is_count(self.most), f"list most {self.most!r}: a whole number from 1")


@dataclass(frozen=True)
class Object:
    """An object with these `fields` and no others; those in `needs` are required."""

    fields: Mapping[str, "Argument"]
    needs: Sequence[str] = ()

    def __post_init__(self) -> None:
        if require_arguments("object", self.fields):
            require_needs("object", self.needs, self.fields)


Argument = Text | Number | Flag | ListOf | Object
KINDS = (Text, Number, Flag, ListOf, Object)
_NAMES = "Text(…), Number(…), Flag(), ListOf(…), Object(…)"


def require_arguments(what: str, arguments: object) -> bool:
    """Require that the arguments of `what` are a mapping of names to kinds, nested at most DEEPEST levels."""
    if not isinstance(arguments, Mapping):
        return require(False, f"{what} takes {arguments!r}: like {{'amount': Number()}}")
    return every(_require_argument(what, name, kind) for name, kind in arguments.items())


def _require_argument(what: str, name: object, kind: object) -> bool:
    named = require(isinstance(name, str) and _NAME.fullmatch(name), f"{what} takes {name!r}: letters, digits and _")
    if not isinstance(kind, KINDS):
        return require(False, f"{what}: {name} is {kind!r}: write one of {_NAMES}")
    return require(depth(kind) <= DEEPEST, f"{what}: {name} is nested more than {DEEPEST} deep") and named


def require_needs(what: str, needs: Sequence[str], arguments: Mapping[str, Argument]) -> bool:
    """Require that the names that `what` needs are among its arguments."""
    if not require_list(f"{what} needs", needs, str):
        return False
    strange = sorted(set(needs) - set(arguments))
    return require(not strange, f"{what} needs {', '.join(strange)}, which it does not take")


def depth(kind: Argument) -> int:
    """How many levels of lists and objects a kind has."""
    match kind:
        case ListOf():
            return 1 + depth(kind.item)
        case Object(fields=Mapping() as fields):
            return 1 + max((depth(field) for field in fields.values()), default=0)
    return 0


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 1
