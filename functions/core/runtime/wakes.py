"""How often a causal tree has woken an agent: what ends a loop of hand-offs, whatever its events say of their hops."""

from typing import Any

from functions.core.platform.bounded import BoundedSets
from functions.core.platform.errors import BudgetExceeded

KEEP_SECONDS = 40 * 24 * 3600  # longer than people may be given, and an approval lives


class Wakes:
    """The ids of the events of each tree that woke the agent, in its own memory, the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._sets = BoundedSets(dynamodb, table)

    def count(self, correlation: str, event: str, most: int, now: float) -> None:
        """Count `event`, once however often it comes. Raises BudgetExceeded where `most` others were before it."""
        if not self._sets.add(f"wakes {correlation}", event, most, now + KEEP_SECONDS):
            raise BudgetExceeded(f"this tree of events has woken the agent {most} times, as often as it may")
