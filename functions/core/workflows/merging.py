"""Merge policies: one value of a field out of several answers, or a conflict. A conflict is never averaged away."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from functions.core.platform.canonical import canonical
from functions.core.workflows.contents import Unfit
from functions.core.workflows.declaration import one_of, twice


class Undecided(Exception):
    """The policy yields no value. A person decides if `person`; otherwise, the run is handed over."""

    person = False


class PersonDecides(Undecided):
    """As declared."""

    person = True


class Policy(ABC):
    """How the values of one field become one. `values` are by member, in the order declared, at least one."""

    @abstractmethod
    def merged(self, values: Mapping[str, Any]) -> Any:
        """The one value. Raises Undecided."""

    def check(self, value: Any) -> None:  # noqa: B027 - most policies take every value
        """Raise Unfit for a value that the policy has no place for."""

    def findings(self, what: str, members: Sequence[str]) -> Iterator[str]:
        """What is wrong with the policy."""
        return iter(())


@dataclass(frozen=True)
class Agree(Policy):
    """All say the same; otherwise, the run is handed to a person."""

    def merged(self, values: Mapping[str, Any]) -> Any:
        if conflict(values):
            raise Undecided
        return next(iter(values.values()))


@dataclass(frozen=True)
class Ask(Policy):
    """All say the same; otherwise, a person is asked, and the run waits."""

    def merged(self, values: Mapping[str, Any]) -> Any:
        if conflict(values):
            raise PersonDecides
        return next(iter(values.values()))


@dataclass(frozen=True)
class Strictest(Policy):
    """The strictest value wins; `order` has every possible value, the strictest first."""

    order: Sequence[Any]

    def merged(self, values: Mapping[str, Any]) -> Any:
        return min(values.values(), key=list(self.order).index)

    def check(self, value: Any) -> None:
        if value not in self.order:
            raise Unfit(f"write one of {', '.join(map(str, self.order))}")

    def findings(self, what: str, members: Sequence[str]) -> Iterator[str]:
        if len(self.order) < 2:
            yield f"{what} order {self.order!r}: at least two values, the strictest first"
        yield from twice(f"{what} value", list(self.order))


@dataclass(frozen=True)
class Extreme(Policy):
    """The lowest or the highest number wins, whichever is the strict one."""

    wins: Literal["lowest", "highest"]

    def merged(self, values: Mapping[str, Any]) -> Any:
        return min(values.values()) if self.wins == "lowest" else max(values.values())

    def check(self, value: Any) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Unfit("write a number")

    def findings(self, what: str, members: Sequence[str]) -> Iterator[str]:
        return one_of(f"{what} wins", self.wins, ("lowest", "highest"))


@dataclass(frozen=True)
class Vote(Policy):
    """What more than half of the answers say; otherwise, the run is handed to a person."""

    def merged(self, values: Mapping[str, Any]) -> Any:
        said = [canonical(value) for value in values.values()]
        for value in values.values():
            if said.count(canonical(value)) * 2 > len(said):
                return value
        raise Undecided


@dataclass(frozen=True)
class Ranked(Policy):
    """The value of the first in `order` who answered."""

    order: Sequence[str]

    def merged(self, values: Mapping[str, Any]) -> Any:
        return values[next(member for member in self.order if member in values)]

    def findings(self, what: str, members: Sequence[str]) -> Iterator[str]:
        if sorted(self.order) != sorted(members):
            yield f"{what} order {self.order!r}: name each member once, or an answer could have no rank"


def conflict(values: Mapping[str, Any]) -> bool:
    """Whether members differ."""
    return len({canonical(value) for value in values.values()}) > 1
