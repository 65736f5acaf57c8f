"""Metered calls: reserved in the budget, put on record, performed, settled by what the provider reports, recorded."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from functions.core.audit.records import Audit
from functions.core.gate.budgets import Budgets, Reservation, Spend
from functions.core.gate.call import Call, Facts, Passed
from functions.core.gate.effects import Performer
from functions.core.gate.metering import Meter
from functions.core.gate.outbound import Busy, Unreachable
from functions.core.platform.canonical import digest
from functions.core.platform.errors import CircuitOpen, ConfigurationError, HooklineError, PermanentError
from functions.core.platform.times import Clock

# After these nothing was used: the call was not sent, or the provider refused it. After any other failure it may have
# been answered and paid for, so the reservation stays charged.
FREE = (CircuitOpen, ConfigurationError, PermanentError, Busy, Unreachable)


class MeteredCalls:
    """Performs the metered operations of a connector."""

    def __init__(
        self,
        performer: Performer,
        meter: Meter,
        budgets: Budgets,
        audit: Audit,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._performer = performer
        self._meter = meter
        self._budgets = budgets
        self._audit = audit
        self._clock = clock
        self._new_id = new_id

    def perform(self, call: Call, facts: Facts) -> Passed:
        """Perform the call. Raises BudgetExceeded, and what the meter and the performer raise.

        The record of the reservation is sent before the call: a connector that dies during it leaves its reservation
        charged, and on the trail without a record of its end.
        """
        arguments = call.request.arguments
        most = self._meter.most(call.operation, arguments, call.seconds_left(self._clock()))
        reservation = Reservation(self._new_id(), call.account, most)
        self._budgets.reserve(reservation, self._clock())
        try:
            self._record("reserved", facts, reservation, most)
            self._audit.flush()
            seconds = call.seconds_left(self._clock())
        except HooklineError:  # it was not sent
            self._budgets.settle(reservation, Spend())
            self._record("settled", facts, reservation, Spend())  # the queue may have taken the other one after all
            raise
        started = self._clock()
        try:
            answer = self._performer.call(call.operation, arguments, None, seconds)
        except HooklineError as error:
            used = Spend() if isinstance(error, FREE) else most
            self._budgets.settle(reservation, used)
            self._record("settled", facts, reservation, used, reason="its use is unknown" if used == most else "")
            raise
        usage = self._meter.used(call.operation, arguments, answer)
        left = self._budgets.settle(reservation, usage.spend)
        over = "used more than was reserved" if usage.spend.exceeds(most) else ""
        reason = "; ".join(filter(None, [usage.stopped, over]))
        milliseconds = max(0, round((self._clock() - started) * 1000))
        details = {**usage.tokens, "milliseconds": milliseconds}
        self._record("read", facts, reservation, usage.spend, reason, digest(answer), details)
        return Passed(answer, left.share, left.one_call_left, {**asdict(usage.spend), **details})

    def _record(
        self,
        kind: str,
        facts: Facts,
        reservation: Reservation,
        spend: Spend,
        reason: str = "",
        answer: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        record = facts.record(answer)
        digests = {**record.pop("digests"), "reservation": reservation.id}
        usage = {**asdict(spend), **(details or {})}
        self._audit.record(kind, decision="permit", reason=reason, usage=usage, **record, digests=digests)
