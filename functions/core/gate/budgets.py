"""Budgets: what an event and its whole causal tree may cost.

Each connector counts what it does itself: it could neither read nor change the counts of another one. Its item of a
tree holds the keys of the reserved effects and what model calls have used, over all agents and per agent and event. An
effect's key counts once, so a retry uses up no budget.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.manifests.agent import Budget
from functions.core.platform.dynamodb import ConditionFailed, conditional_write, transact
from functions.core.platform.errors import BudgetExceeded, RetryableError

KEEP_SECONDS = 180 * 24 * 3600  # as long as the ledger: a tree that waits for people must not start over


@dataclass(frozen=True)
class Account:
    """The budget to charge: that of `agent` for `event`, in the tree `correlation`, with `connector`."""

    connector: str
    correlation: str
    agent: str
    event: str
    budget: Budget

    @property
    def row(self) -> str:
        """The key of the item of the budgets table; it begins with the connector, as its role demands."""
        return budget_row(self.connector, self.correlation)

    def of_event(self, what: str) -> str:
        """The attribute that counts `what` for this agent and event."""
        return f"{what} {self.agent} {self.event}"


def budget_row(connector: str, correlation: str) -> str:
    """The key of a connector's item of a tree."""
    return f"{connector}:{correlation}"


@dataclass(frozen=True)
class Spend:
    """What model calls use: their number, tokens in and out, and millionths of US dollars."""

    model_calls: int = 0
    tokens: int = 0
    microdollars: int = 0


class Budgets:
    """The budgets in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def reserve_effect(self, account: Account, key: str, now: float) -> float:
        """Reserve the effect `key`, in one atomic step.

        Returns the used share of the tighter of the two budgets, from 0 to 1. Raises BudgetExceeded.
        """
        budget = account.budget
        spent = BudgetExceeded(
            f"agent {account.agent} may have {budget.effects_per_event} effects an event "
            f"and {budget.effects_per_tree} in the whole tree with {account.connector}: they are used up"
        )
        if budget.effects_per_event == 0:
            raise spent
        names = {"#tree": "effects", "#event": account.of_event("effects"), "#expires": "expires"}
        free = "(attribute_not_exists({0}) OR contains({0}, :key) OR size({0}) < {1})"
        after = self._update(
            account,
            "SET #expires = :expires ADD #tree :keys, #event :keys",
            f"{free.format('#tree', ':tree')} AND {free.format('#event', ':event')}",
            names,
            {
                ":key": {"S": key},
                ":keys": {"SS": [key]},
                ":tree": {"N": str(budget.effects_per_tree)},
                ":event": {"N": str(budget.effects_per_event)},
                ":expires": {"N": str(int(now) + KEEP_SECONDS)},
            },
        )
        if after is None:
            raise spent
        tree = len(after["effects"]["SS"]) / budget.effects_per_tree
        return max(tree, len(after[names["#event"]]["SS"]) / budget.effects_per_event)

    def give_back(self, account: Account, key: str) -> None:
        """Cancel the reservation of the effect `key`, which did not happen and never will."""
        names = {"#tree": "effects", "#event": account.of_event("effects")}
        self._update(account, "DELETE #tree :keys, #event :keys", None, names, {":keys": {"SS": [key]}})

    def reserve(self, account: Account, most: Spend, now: float) -> float:
        """Reserve the `most` that a model call can use, in one atomic step; `settle` returns what it did not use.

        Returns the used share of the tightest budget, from 0 to 1. Raises BudgetExceeded.
        """
        limits = _limits(account, most)
        exceeded = BudgetExceeded(
            f"agent {account.agent} would use more {' or '.join(sorted({what for what, _, _ in limits.values()}))} "
            "than its budget has left, for this event or its whole tree"
        )
        if any(amount > limit for _, amount, limit in limits.values()):
            raise exceeded
        names, values = {"#expires": "expires"}, {":expires": {"N": str(int(now) + KEEP_SECONDS)}}
        adds, rooms = [], []
        for number, (attribute, (_, amount, limit)) in enumerate(limits.items()):
            names[f"#a{number}"] = attribute
            values |= {f":n{number}": {"N": str(amount)}, f":r{number}": {"N": str(limit - amount)}}
            adds.append(f"#a{number} :n{number}")
            rooms.append(f"(attribute_not_exists(#a{number}) OR #a{number} <= :r{number})")
        update = f"SET #expires = :expires ADD {', '.join(adds)}"
        after = self._update(account, update, " AND ".join(rooms), names, values)
        if after is None:
            raise exceeded
        return max((int(after[name]["N"]) / limit for name, (_, _, limit) in limits.items() if limit), default=0.0)

    def settle(self, account: Account, most: Spend, used: Spend) -> None:
        """Replace the `most` that was reserved by what was `used`."""
        names, values, adds = {}, {}, []
        for number, (attribute, (what, amount, _)) in enumerate(_limits(account, most).items()):
            names[f"#a{number}"], values[f":n{number}"] = attribute, {"N": str(getattr(used, what) - amount)}
            adds.append(f"#a{number} :n{number}")
        update = {
            "TableName": self._table,
            "Key": {"id": {"S": account.row}},
            "UpdateExpression": f"ADD {', '.join(adds)}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        # A transaction has a token, so that a call which the SDK repeats is counted once.
        if cancelled := transact(self._dynamodb, [{"Update": update}]):
            raise RetryableError(f"a budget was not settled: {', '.join(cancelled.reasons)}")

    def _update(
        self, account: Account, update: str, condition: str | None, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The tree's item after the update, None if the condition failed."""
        written = conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key={"id": {"S": account.row}},
            UpdateExpression=update,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            **({"ConditionExpression": condition} if condition else {}),
        )
        return None if isinstance(written, ConditionFailed) else dict(written["Attributes"])


def _limits(account: Account, spend: Spend) -> dict[str, tuple[str, int, int]]:
    """By attribute: what it counts, how much `spend` adds to it, and its limit."""
    found = {}
    for what in ("model_calls", "tokens", "microdollars"):
        amount = getattr(spend, what)
        found[what] = (what, amount, getattr(account.budget, f"{what}_per_tree"))
        found[account.of_event(what)] = (what, amount, getattr(account.budget, f"{what}_per_event"))
    return found
