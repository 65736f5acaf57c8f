"""Budgets: what an event and its whole causal tree may cost.

Each connector counts what it does itself: it could neither read nor change the counts of another one. Its item of a
tree holds the keys of the reserved effects and what model calls have used, over all agents and per agent and event. An
effect's key counts once, so a retry uses up no budget. What a model call can use at most is reserved before it, under
an attribute of its own: one that stays there was never settled, because its connector died, and stays charged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from functions.core.manifests.agent import Budget
from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import BudgetExceeded

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

    def exceeds(self, other: "Spend") -> bool:
        """Whether it is more than `other` in any of them."""
        return any(getattr(self, what) > getattr(other, what) for what in AMOUNTS)


AMOUNTS = tuple(field.name for field in fields(Spend))
WORDS = {"model_calls": "model calls", "tokens": "tokens", "microdollars": "US dollars"}
_LOOK = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
RESERVED = "reserved"  # begins the attribute of a reservation that is not settled


@dataclass(frozen=True)
class Reservation:
    """The `most` that one model call can use, reserved on `account` under `id`."""

    id: str
    account: Account
    most: Spend

    @property
    def attribute(self) -> str:
        """The attribute of the tree's item that exists until it is settled."""
        return f"{RESERVED} {self.id}"


@dataclass(frozen=True)
class Used:
    """The used share of the tightest budget, from 0 to 1; `one_call_left` if two more such calls may not fit."""

    share: float
    one_call_left: bool = False


class Budgets:
    """The budgets in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def reserve_effect(self, account: Account, key: str, now: float) -> float:
        """Reserve the effect `key`, in one atomic step.

        Returns the used share of the tighter of the two budgets, from 0 to 1. Raises BudgetExceeded.
        """
        budget, spent = account.budget, no_effect_left(account)
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

    def reserve(self, reservation: Reservation, now: float) -> None:
        """Reserve the most that a model call can use, in one atomic step; `settle` returns what it did not use.

        A request that the SDK repeats reserves once. Raises BudgetExceeded.
        """
        account, most = reservation.account, reservation.most
        limits = limits_of(account, most)
        if full := [what for what, amount, limit in limits.values() if amount > limit]:
            raise exceeded(account, most, full)
        names = {"#expires": "expires", "#open": reservation.attribute}
        open_since = {"agent": account.agent, "event": account.event, "at": str(int(now))}
        values: dict[str, Any] = {
            ":expires": {"N": str(int(now) + KEEP_SECONDS)},
            ":open": {
                "M": {name: {"S": text} for name, text in open_since.items()}
                | {what: {"N": str(getattr(most, what))} for what in AMOUNTS}
            },
        }
        adds, rooms = [], ["attribute_not_exists(#open)"]
        for number, (attribute, (_, amount, limit)) in enumerate(limits.items()):
            names[f"#a{number}"] = attribute
            values |= {f":n{number}": {"N": str(amount)}, f":r{number}": {"N": str(limit - amount)}}
            adds.append(f"#a{number} :n{number}")
            rooms.append(f"(attribute_not_exists(#a{number}) OR #a{number} <= :r{number})")
        update = f"SET #expires = :expires, #open = :open ADD {', '.join(adds)}"
        written = self._write(account, update, " AND ".join(rooms), names, values)
        if isinstance(written, ConditionFailed) and reservation.attribute not in written.item:
            raise exceeded(account, most, used_up(limits, written.item))

    def settle(self, reservation: Reservation, used: Spend) -> Used:
        """Replace what was reserved by what was `used`, once, however often the SDK repeats the request."""
        account, most = reservation.account, reservation.most
        limits = limits_of(account, most)
        names, values, adds = {"#open": reservation.attribute}, {}, []
        for number, (attribute, (what, amount, _)) in enumerate(limits.items()):
            names[f"#a{number}"], values[f":n{number}"] = attribute, {"N": str(getattr(used, what) - amount)}
            adds.append(f"#a{number} :n{number}")
        update = f"ADD {', '.join(adds)} REMOVE #open"
        written = self._write(account, update, "attribute_exists(#open)", names, values)
        after = written.item if isinstance(written, ConditionFailed) else written["Attributes"]
        shares = [(_number(after, name), amount, limit) for name, (_, amount, limit) in limits.items() if limit]
        return Used(
            max((have / limit for have, _, limit in shares), default=0.0),
            one_call_left=any(have + 2 * amount > limit for have, amount, limit in shares),
        )

    def _update(
        self, account: Account, update: str, condition: str | None, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The tree's item after the update, None if the condition failed."""
        written = self._write(account, update, condition, names, values)
        return None if isinstance(written, ConditionFailed) else dict(written["Attributes"])

    def _write(
        self, account: Account, update: str, condition: str | None, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> Mapping[str, Any] | ConditionFailed:
        """The response with the tree's item after the update; the item as it is if the condition failed."""
        return conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key={"id": {"S": account.row}},
            UpdateExpression=update,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            **({"ConditionExpression": condition, **_LOOK} if condition else {}),
        )


def limits_of(account: Account, spend: Spend) -> dict[str, tuple[str, int, int]]:
    """By attribute: what it counts, how much `spend` adds to it, and its limit."""
    found = {}
    for what in AMOUNTS:
        amount = getattr(spend, what)
        found[what] = (what, amount, getattr(account.budget, f"{what}_per_tree"))
        found[account.of_event(what)] = (what, amount, getattr(account.budget, f"{what}_per_event"))
    return found


def used_up(limits: Mapping[str, tuple[str, int, int]], item: Mapping[str, Any]) -> list[str]:
    """What of `limits` has no room any more, with what an item of a tree has already."""
    return [what for name, (what, amount, limit) in limits.items() if _number(item, name) + amount > limit]


def exceeded(account: Account, most: Spend, full: list[str]) -> BudgetExceeded:
    """The refusal; it names what is used up, and how much of it the call could use."""
    budget, dollar = account.budget, dollars(most.microdollars)
    limits = {
        "model_calls": f"{most.model_calls} of {budget.model_calls_per_event} an event, {budget.model_calls_per_tree}",
        "tokens": f"up to {most.tokens} of {budget.tokens_per_event} an event, {budget.tokens_per_tree}",
        "microdollars": f"up to {dollar} of {budget.usd_per_event} an event, {budget.usd_per_tree}",
    }
    what = " and ".join(f"{WORDS[one]} ({limits[one]} a tree)" for one in AMOUNTS if one in full)
    return BudgetExceeded(f"agent {account.agent} has too few {what or 'model calls'} left for this call")


def no_effect_left(account: Account) -> BudgetExceeded:
    """The refusal of an effect."""
    budget = account.budget
    return BudgetExceeded(
        f"agent {account.agent} may have {budget.effects_per_event} effects an event "
        f"and {budget.effects_per_tree} in the whole tree with {account.connector}: they are used up"
    )


def dollars(microdollars: int) -> str:
    """Millionths of US dollars in US dollars, without zeros at the end: "0.002"."""
    text = f"{microdollars / 1_000_000:.6f}".rstrip("0")
    return f"{text}00" if text.endswith(".") else text


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item[name]["N"]) if name in item else 0
