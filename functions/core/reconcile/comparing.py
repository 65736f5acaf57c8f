"""Compares what is listed with what the delivery table knows. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.delivery import Unreadable
from functions.core.ingress.fetched import raw_events_of
from functions.core.manifests.reconcile import Page, Window
from functions.core.platform.errors import UnreadableBody

State = Literal["arrived", "under way", "missing"]
LARGEST_BATCH = 1_000_000  # characters of JSON in one invocation of a verifier, of the 6 MB that Lambda takes
MOST_IN_BATCH = 10  # a verifier has seconds


@dataclass(frozen=True)
class Listed:
    """One listed event: the id that its webhook's event has, when it was sent, and its webhook's body."""

    id: str
    at: float
    body: Mapping[str, Any]


def identified(page: Page, window: Window, builder: EventBuilder) -> tuple[list[Listed], list[str]]:
    """The events of a page that were sent in `window`, and what is wrong with each item that has no id of its own."""
    found: list[Listed] = []
    wrong = list(page.unreadable)
    for sent in page.sent:
        if sent.at not in window:
            continue
        try:
            ids = builder.ids(raw_events_of(sent.body, builder.manifest))
        except UnreadableBody as error:
            ids = [Unreadable(sent.body, str(error))]
        for id in ids:
            if isinstance(id, Unreadable):
                wrong.append(id.reason)
            else:
                found.append(Listed(id, sent.at, sent.body))
    return found, wrong


def state_of(item: Mapping[str, Any] | None, now: float) -> State:
    """What a row of the delivery table says about its event.

    A claim whose lease has ended belongs to a verifier that died before it published.
    """
    if item is None:
        return "missing"
    if item.get("status", {}).get("S") == "published":
        return "arrived"
    return "under way" if float(item.get("lease", {}).get("N", "0")) >= now else "missing"


def batches(listed: Sequence[Listed], size: Mapping[str, int]) -> Iterator[list[Listed]]:
    """The events in batches for a verifier; `size` has the characters of each one's body."""
    batch: list[Listed] = []
    total = 0
    for one in listed:
        if batch and (len(batch) == MOST_IN_BATCH or total + size[one.id] > LARGEST_BATCH):
            yield batch
            batch, total = [], 0
        batch.append(one)
        total += size[one.id]
    if batch:
        yield batch
