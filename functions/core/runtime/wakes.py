"""Counts how often a causal tree wakes an agent. This ends a loop of agents even if its events have false hops."""

from typing import Any

from functions.core.platform.bounded import BoundedSets
from functions.core.platform.errors import BudgetExceeded

KEEP_SECONDS = 40 * 24 * 3600  # longer than a review's longest term and an approval's lifetime together


class Wakes:
    """The ids of the events of each tree that woke the agent, in the agent's idempotency table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._sets = BoundedSets(dynamodb, table)

    def count(self, correlation: str, publisher: str, event: str, most: int, now: float) -> None:
        """Count `event` of `publisher`, which IAM vouches for; copies count once.

        Each publisher has a count of its own, so that none can use up the wakes by others' events. Raises
        BudgetExceeded if `most` other events of the publisher in this tree were counted.
        """
        if not self._sets.add(f"wakes {correlation} {publisher}", event, most, now + KEEP_SECONDS):
            raise BudgetExceeded(f"{publisher} has woken the agent {most} times in this tree, as often as it may")
