"""Budgets: how many effects an event, and the whole causal tree that it belongs to, may still have.

One item for each tree holds the keys of the effects that were reserved, over all agents and for each agent's event. A
key that is there already costs nothing more, so a retry never eats a budget.
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from functions.core.errors import BudgetExceeded
from functions.core.manifest import Budget

KEEP_SECONDS = 30 * 24 * 3600
WIND_DOWN_AT = 0.8


@dataclass(frozen=True)
class Reserved:
    """What is used up with this reservation, from 0 to 1, of the tighter of the two budgets."""

    used: float

    @property
    def winding_down(self) -> bool:
        """Whether so little is left that the agent should come to an end."""
        return self.used >= WIND_DOWN_AT


class Budgets:
    """The budgets in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def reserve(self, correlation: str, agent: str, event: str, key: str, budget: Budget, now: float) -> Reserved:
        """Reserve the effect `key` for `agent`'s `event` in its tree, in one atomic step.

        Raises BudgetExceeded where the event's or the tree's effects are used up.
        """
        spent = BudgetExceeded(
            f"agent {agent} may have {budget.effects_per_event} effects an event "
            f"and {budget.effects_per_tree} in the whole tree: they are used up"
        )
        if budget.effects_per_event == 0:
            raise spent
        names = {"#tree": "effects", "#event": f"effects {agent} {event}", "#expires": "expires"}
        free = "(attribute_not_exists({0}) OR contains({0}, :key) OR size({0}) < {1})"
        try:
            after = self._dynamodb.update_item(
                TableName=self._table,
                Key={"correlation": {"S": correlation}},
                UpdateExpression="SET #expires = :expires ADD #tree :keys, #event :keys",
                ConditionExpression=f"{free.format('#tree', ':tree')} AND {free.format('#event', ':event')}",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":key": {"S": key},
                    ":keys": {"SS": [key]},
                    ":tree": {"N": str(budget.effects_per_tree)},
                    ":event": {"N": str(budget.effects_per_event)},
                    ":expires": {"N": str(int(now) + KEEP_SECONDS)},
                },
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise spent from None
        tree = len(after["effects"]["SS"]) / budget.effects_per_tree
        own = len(after[names["#event"]]["SS"]) / budget.effects_per_event
        return Reserved(max(tree, own))
