"""The ledger and the budgets of a lane, in this process: each decides as the one on DynamoDB does.

A test compares both. Those on tables in memory would take most of a lane's time.
"""

from collections import defaultdict
from typing import Any

from functions.core.gate.budgets import (
    AMOUNTS,
    Account,
    Budgets,
    Reservation,
    Spend,
    Used,
    exceeded,
    limits_of,
    no_effect_left,
    used_up,
)
from functions.core.gate.ledger import AlreadyDone, Claimed, Effect, Ledger
from functions.core.platform.errors import Denied


class MemoryLedger(Ledger):
    """A ledger in which no claim is ever lost, because nothing here dies."""

    def __init__(self) -> None:
        super().__init__(None, "", str)
        self._claimed: dict[str, str] = {}
        self._done: dict[str, Any] = {}

    def claim(self, effect: Effect, now: float, lease: float) -> Claimed | AlreadyDone:
        """Claim `effect`, or return its answer. Raises Denied if it was claimed with other arguments."""
        if self._claimed.setdefault(effect.row, effect.arguments_digest) != effect.arguments_digest:
            raise Denied(f"{effect.operation} on {effect.entity} was claimed with other arguments")
        return AlreadyDone(self._done[effect.row]) if effect.row in self._done else Claimed(False, f"{now + lease:.6f}")

    def finish(self, effect: Effect, result: Any, now: float) -> None:
        """Keep the answer."""
        self._done[effect.row] = result

    def unknown(self, effect: Effect, claim: Claimed, until: float = 0.0, number: int | None = None) -> None:
        """Nothing is unknown about a recorded error: the claim ends."""
        self._claimed.pop(effect.row, None)

    def release(self, effect: Effect, claim: Claimed) -> None:
        """End the claim."""
        self._claimed.pop(effect.row, None)


class MemoryBudgets(Budgets):
    """Budgets that are counted in this process."""

    def __init__(self) -> None:
        super().__init__(None, "")
        self._keys: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._items: dict[str, dict[str, int]] = defaultdict(dict)

    def reserve_effect(self, account: Account, key: str, now: float) -> float:
        """Reserve the effect `key`, and return the used share. Raises BudgetExceeded."""
        budget = account.budget
        tree, event = (self._keys[account.row, name] for name in ("", account.of_event("effects")))
        limits = [(tree, budget.effects_per_tree), (event, budget.effects_per_event)]
        if any(not most or (key not in keys and len(keys) >= most) for keys, most in limits):
            raise no_effect_left(account)
        for keys, _ in limits:
            keys.add(key)
        return max(len(keys) / most for keys, most in limits)

    def give_back(self, account: Account, key: str) -> None:
        """Cancel the reservation of the effect `key`."""
        for name in ("", account.of_event("effects")):
            self._keys[account.row, name].discard(key)

    def reserve(self, reservation: Reservation, now: float) -> None:
        """Reserve what a model call used. Raises BudgetExceeded."""
        account, most = reservation.account, reservation.most
        limits, item = limits_of(account, most), self._items[account.row]
        if full := used_up(limits, {name: {"N": str(value)} for name, value in item.items()}):
            raise exceeded(account, most, full)
        self._add(reservation, most)

    def settle(self, reservation: Reservation, used: Spend) -> Used:
        """Replace what was reserved by what was `used`."""
        account, most = reservation.account, reservation.most
        self._add(reservation, Spend(*(getattr(used, what) - getattr(most, what) for what in AMOUNTS)))
        item = self._items[account.row]
        rows = [(item[name], amount, limit) for name, (_, amount, limit) in limits_of(account, most).items() if limit]
        return Used(
            max((have / limit for have, _, limit in rows), default=0.0),
            one_call_left=any(have + 2 * amount > limit for have, amount, limit in rows),
        )

    def _add(self, reservation: Reservation, spend: Spend) -> None:
        item = self._items[reservation.account.row]
        for name, (_, amount, _) in limits_of(reservation.account, spend).items():
            item[name] = item.get(name, 0) + amount
