"""What an entry adds to the sums of a timeline, as its event's measures declare it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.events.domain_event import Measure, RunningTotal
from functions.core.platform.money import is_known


@dataclass(frozen=True)
class Sum:
    """A number of an entry, and the name of its sum. `thing` is what a running total is the total of, else None."""

    name: str
    value: int
    thing: str | None = None

    @property
    def key(self) -> str:
        """The sort key of the running total's item."""
        return f"#total {self.name} {self.thing}"


@dataclass(frozen=True)
class Total:
    """A running total that is held: the value, and the sortable time of its event."""

    when: str
    value: int


def newer(total: Total, held: Total | None) -> bool:
    """Whether `total` replaces the one that is held; events come in any order. Of one moment, the larger one does."""
    return held is None or (total.when, total.value) > (held.when, held.value)


def sums_of(type: str, data: Mapping[str, Any], measures: Mapping[str, Measure]) -> Iterator[Sum]:
    """The sums that an entry adds to. A number that is None adds to none.

    Money of a currency that is not known is counted and not summed: the codes of a sum's currencies are attributes of
    one item, whose size is limited.
    """
    for name, measure in measures.items():
        value = data.get(name)
        if value is None:
            continue
        words = [type, name]
        if measure.currency is not None:
            currency = data[measure.currency]
            if not is_known(currency):
                yield Sum(f"unsummed {type} {name}", 1)
                continue
            words.append(currency)
        thing = str(data[measure.of]) if isinstance(measure, RunningTotal) else None
        yield Sum(f"sum {' '.join(words)}", value, thing)
