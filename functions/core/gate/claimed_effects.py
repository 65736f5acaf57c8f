"""Effects under a claim: reserved in the budget, claimed in the ledger, performed, and recorded, in this order."""

from typing import Any

from functions.core.audit.records import Audit
from functions.core.gate import effects
from functions.core.gate.budgets import Budgets
from functions.core.gate.call import Call, Facts, Passed
from functions.core.gate.effects import Performer
from functions.core.gate.ledger import AlreadyDone, Claimed, Effect, Ledger
from functions.core.gate.outbound import Busy, FailureReplayed, Unreachable
from functions.core.gate.proposing import Proposer
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    ConfigurationError,
    Gone,
    PerhapsDone,
    PermanentError,
    RetryableError,
)
from functions.core.platform.times import Clock

# If the provider has no idempotency for an operation, a request that timed out may still be processed for this long.
SETTLE_SECONDS = 60.0
# The connector sends an effect of these kinds once in a call, so one answer says what became of it.
ONE_TRY = ("none", "ask")
# Answers after which the effect certainly did not happen.
NOTHING_DONE = (Busy, Unreachable)


class ClaimedEffects:
    """Performs the effects of the connector of `manifest`."""

    def __init__(
        self,
        manifest: ConnectorManifest,
        performer: Performer,
        ledger: Ledger,
        budgets: Budgets,
        proposer: Proposer,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._manifest = manifest
        self._performer = performer
        self._ledger = ledger
        self._budgets = budgets
        self._proposer = proposer
        self._audit = audit
        self._clock = clock

    def perform(self, call: Call, effect: Effect, facts: Facts, expired: BudgetExceeded | None = None) -> Passed:
        """Perform `effect`, or return the stored answer if it has happened, or raise `expired` if it has not.

        Raises BudgetExceeded, ApprovalNeeded if the state changed since the approval, PerhapsDone if the provider says
        that the effect is not possible any more and an earlier try may be why, and what the ledger and the performer
        raise. The claim is released only if the effect certainly did not happen.
        """
        ledger, now = self._ledger, self._clock()
        call.seconds_left(now)  # if it is too late, nothing is reserved or claimed
        used = self._budgets.reserve_effect(call.account, effect.key, now)
        settle = SETTLE_SECONDS if call.operation.idempotency == "none" else 0.0
        # A claim outlives its holder: Lambda ends the function before the lease does.
        claim = ledger.claim(effect, now, lease=self._manifest.timeout + settle)
        if isinstance(claim, AlreadyDone):
            self._audit.record("repeated", decision="already done", **facts.record())
            return Passed(claim.result, used)
        if expired:
            raise self._given_up(call, effect, claim, expired)
        try:
            answer, found = self._perform(call, effect, claim, facts)
        except FailureReplayed as error:
            # The failed request may still act. The next key is tried only after it had time to.
            error.retry_after = SETTLE_SECONDS
            number = effects.next_key(call.operation, claim.number)
            ledger.unknown(effect, claim, until=self._clock() + SETTLE_SECONDS, number=number)
            raise
        except (ApprovalNeeded, CircuitOpen, ConfigurationError, PermanentError) as error:
            if claim.again:  # nothing was done this time; the outcome of the earlier claim is still unknown
                ledger.unknown(effect, claim)
                if isinstance(error, Gone):
                    raise PerhapsDone(f"{error}, and an earlier try may have acted") from error
                raise
            if isinstance(error, ApprovalNeeded):  # nothing will be done under this approval
                # Before the release, because the next claim must reserve it again.
                self._budgets.give_back(call.account, effect.key)
            ledger.release(effect, claim)
            raise
        except RetryableError as error:
            if call.operation.idempotency in ONE_TRY and isinstance(error, NOTHING_DONE):
                if claim.again:  # and what the earlier claim led to had its time to show
                    ledger.unknown(effect, claim)
                else:
                    ledger.release(effect, claim)
                raise
            error.retry_after = max(error.retry_after or 0.0, settle) or None
            ledger.unknown(effect, claim, until=self._clock() + settle if settle else 0.0)
            raise
        ledger.finish(effect, answer, self._clock())
        reason = "found at the provider" if found else ""
        self._audit.record("effected", decision="permit", reason=reason, **facts.record(digest(answer)))
        return Passed(answer, used)

    def _given_up(self, call: Call, effect: Effect, claim: Claimed, expired: BudgetExceeded) -> PermanentError:
        """End the claim of an effect that is too late; the error says so if an earlier try may have acted."""
        if not claim.again:
            self._budgets.give_back(call.account, effect.key)
            self._ledger.release(effect, claim)
            return expired
        self._ledger.unknown(effect, claim)
        return PerhapsDone(f"{expired}, and an earlier try may have acted") if effect.decides else expired

    def _perform(self, call: Call, effect: Effect, claim: Claimed, facts: Facts) -> tuple[Any, bool]:
        """The effect's answer, and whether an earlier claim's effect was found at the provider."""

        def left() -> float:
            return call.seconds_left(self._clock())

        arguments, approval = call.request.arguments, call.grant.approval
        if claim.again and call.operation.idempotency == "ask":
            why = "whether it has happened is unknown: a person is asked before it is done again"
            raise self._proposer.approval_needed(call, facts, why)
        # The state is read before the effect is looked for: if our own effect changed the state, it is found.
        state = self._proposer.state(call, facts) if approval else {}
        request = (self._performer, self._manifest, call.operation, arguments, effect.key, left)
        if claim.again and (found := effects.read_back(*request)) is not None:
            return found, True
        if approval and (digest(state) if state else "") != approval.state:
            why = "it changed since it was approved: a person is asked again"
            raise self._proposer.approval_needed(call, facts, why, state)
        reason = "taken over" if claim.again else ""
        self._audit.record("attempted", decision="permit", reason=reason, **facts.record())
        self._audit.flush()  # the intent is on record before its effect
        answer = effects.perform(self._performer, call.operation, arguments, effect.key, claim.number, left())
        return answer, False
