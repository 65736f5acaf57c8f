"""A provider's reconcile.py: how what the provider says it sent is compared with what arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.core.manifests.checks import require, require_name, require_operation

# A day less than a claim on a delivery is kept. The claim of something older may end while the listing is read, or
# earlier if the clocks differ, and the event would be published again.
MOST_SECONDS = 29 * 24 * 3600


@dataclass(frozen=True)
class Window:
    """The time that is looked at, in unix seconds: from `since` until before `until`."""

    since: float
    until: float

    def __contains__(self, at: float) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True)
class Sent:
    """One event that the provider says it sent, at `at` in unix seconds; `body` is its webhook's body."""

    at: float
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Attempt:
    """One attempt of a provider to deliver, at `at` in unix seconds; attempts at the same delivery have one `delivery`.

    `number` is what the provider is asked by to deliver again. `answer` says in words what it was answered. `headers`
    are the unsigned ones that are a part of the event's id.
    """

    at: float
    delivery: str
    number: int
    succeeded: bool
    answer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One page of a listing. `after` is the cursor of the next page, "" if there is none.

    It has `sent`, or the `attempts` of a provider that delivers again itself, the newest first.

    `unreadable` says of each item that is not as the provider documents it what is wrong. It is reported, because it
    may be one that did not arrive.
    """

    sent: Sequence[Sent]
    after: str = ""
    unreadable: Sequence[str] = ()
    attempts: Sequence[Attempt] = ()


@dataclass(frozen=True)
class ReconcileManifest:
    """How a source is reconciled. `name` is the folder's name.

    `listing` is a listing of the connector in the same folder. `keeps` is for how many seconds the provider lists what
    it sent, at most 29 days. `lag` is the age in seconds below which an event is not looked at: it may not be listed
    yet, or its delivery is under way. `redelivers` is the connector's Redelivery, if the provider lists its attempts to
    deliver and makes another one when it is asked; then nothing is published without its signature.

    Beside it, reconcile.py defines two pure functions. `arguments(window, after)` returns the arguments of the listing
    for a `Window` and the cursor of a page ("" for the first). `page(answer, window)` returns the `Page` in an answer,
    and raises UnreadableBody if it is none.
    """

    name: str
    listing: str
    keeps: int
    lag: int
    redelivers: str = ""

    def __post_init__(self) -> None:
        what = f"reconcile {self.name!r}"
        require_name("reconcile", self.name)
        require_operation(f"{what} listing", self.listing)
        if self.redelivers != "":
            require_operation(f"{what} redelivers", self.redelivers)
        keeps = type(self.keeps) is int and 0 < self.keeps <= MOST_SECONDS
        require(keeps, f"{what} keeps {self.keeps!r}: a number of seconds from 1 to {MOST_SECONDS}")
        lag = type(self.lag) is int and self.lag >= 0 and (not keeps or self.lag < self.keeps)
        require(lag, f"{what} lag {self.lag!r}: a number of seconds from 0, less than it keeps")
