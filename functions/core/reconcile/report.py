"""What a reconciliation found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["published", "redelivered", "not published", "unreadable", "failed"]


@dataclass(frozen=True)
class Missing:
    """One event that the provider says it sent and that did not arrive, and what became of it.

    `at` is when it was sent, in unix seconds; "not published" is the outcome of a dry run, `reason` says why others
    failed. "redelivered": the provider was asked to deliver it again, and the next run sees whether it did.
    """

    id: str
    at: float
    outcome: Outcome
    reason: str = ""

    @property
    def is_lost(self) -> bool:
        """Whether no event was published for it, and none is on its way."""
        return self.outcome not in ("published", "redelivered")


@dataclass(frozen=True)
class Report:
    """What was found from `since` until before `until`, in unix seconds.

    `listed` counts the events that the provider says it sent, `arrived` those of them that are published, `under_way`
    those that are being published at this moment. `unmatched` says of each item without an id of its own what is wrong:
    whether it arrived is not known. `stopped` says why the listing ended early, "" if all of it was read.
    """

    source: str
    since: float
    until: float
    listed: int = 0
    arrived: int = 0
    under_way: int = 0
    missing: tuple[Missing, ...] = ()
    unmatched: tuple[str, ...] = ()
    stopped: str = ""

    @property
    def lost(self) -> Sequence[Missing]:
        """What is missing and was not published."""
        return [one for one in self.missing if one.is_lost]

    @property
    def is_whole(self) -> bool:
        """Whether everything that was sent has arrived or is published now, and that is known."""
        return not (self.lost or self.unmatched or self.stopped)

    @property
    def is_settled(self) -> bool:
        """Whether nothing in the window has to be looked at again."""
        return self.is_whole and not self.under_way and not self.redelivered

    @property
    def redelivered(self) -> int:
        """How many the provider was asked to deliver again."""
        return sum(one.outcome == "redelivered" for one in self.missing)

    @property
    def summary(self) -> str:
        """The report in one line."""
        published = len(self.missing) - len(self.lost) - self.redelivered
        parts = [f"{self.listed} listed, {self.arrived} arrived, {published} published, {len(self.lost)} lost"]
        parts += [f"{self.redelivered} asked for again"] if self.redelivered else []
        parts += [f"{self.under_way} under way"] if self.under_way else []
        parts += [f"{len(self.unmatched)} not matched"] if self.unmatched else []
        parts += [f"not all was listed: {self.stopped}"] if self.stopped else []
        return "; ".join(parts)
