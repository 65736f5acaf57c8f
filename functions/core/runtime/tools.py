"""An agent's tools: one object for each connector of its manifest, with one method for each declared operation."""

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

from functions.core.authority.vouchers import MOST as MOST_VOUCHERS
from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest
from functions.core.models.kept import Decisions
from functions.core.models.model import Model, model_seconds
from functions.core.platform.action import Action
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    Denied,
    Gone,
    PerhapsDone,
    PermanentError,
    RetryableError,
    Superseded,
)
from functions.core.platform.times import Clock
from functions.core.runtime.waited import Waited

# invoke(connector, payload) -> the connector's answer
Invoke = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]

_FINAL: Mapping[str, type[PermanentError]] = {
    kind.__name__: kind for kind in (BudgetExceeded, Denied, Gone, PerhapsDone, PermanentError)
}
# Kept for what decides in place of a model that is too slow; of a short budget, a quarter.
FALLBACK_SECONDS = 3.0
# At this share of its budget, an agent should finish.
WIND_DOWN_AT = 0.8


class BudgetSoFar:
    """The `used` share of the agent's budget, from 0 to 1, as the connectors last reported it.

    `one_call_left` if the budget of model calls may have no room for two more calls like the last one.
    """

    used: float = 0.0
    one_call_left: bool = False

    @property
    def winding_down(self) -> bool:
        """Whether so little is left that the agent should finish."""
        return self.used >= WIND_DOWN_AT or self.one_call_left


class Tools(SimpleNamespace):
    """`tools.stripe.charge_retrieve(charge="ch_…")` performs the declared operation charge.retrieve.

    Each call carries the grant of the event that woke the agent. It returns the connector's result or raises the
    connector's error. `tools.budget` is the used share of the budget, `tools.model` asks the agent's model, and
    `tools.waited` is the wait that the event ends, None if it ends none.
    """

    def __init__(
        self,
        manifest: AgentManifest,
        event: Event,
        deadline: float,
        invoke: Invoke,
        clock: Clock | None = None,
        kept: Decisions | None = None,
        waited: Waited | None = None,
    ) -> None:
        budget, vouchers = BudgetSoFar(), list[str]()
        self._ask = partial(_ask, event, deadline, invoke, budget, vouchers)
        # A model gets less time than the event has, so that something else can decide in what is left.
        earlier = deadline - min(FALLBACK_SECONDS, manifest.budget.seconds / 4)
        ask_model = partial(_ask, event, earlier, invoke, budget, vouchers, proposal=False)

        def call(action: Action, for_model: bool) -> Any:
            return ask_model(action) if for_model else self._ask(action, proposal=False)

        left = model_seconds(earlier, manifest.budget.seconds, clock)
        # Nobody outside knows an event's grant.
        salt, event_id = event.grant, event.id
        if waited:  # one event may end several waits, and each is decided for itself
            event_id = f"{event_id} {waited.event.id}"
        model = Model(manifest, call, left, lambda: budget.winding_down, salt, event_id, kept)
        super().__init__(budget=budget, model=model, waited=waited)
        for connector in manifest.connectors:
            names = manifest.operations_of(connector)
            calls = {name.replace(".", "_"): partial(self._call, connector, name) for name in names}
            setattr(self, connector, SimpleNamespace(**calls))

    def _call(self, connector: str, operation: str, /, **arguments: Any) -> Any:
        return self._ask(Action(connector, operation, arguments), proposal=False)

    def perform(self, action: Action) -> Any:
        """Perform `action` and return its result. Raises Denied if the manifest does not declare it."""
        call = getattr(getattr(self, action.connector, None), action.operation.replace(".", "_"), None)
        if call is None:
            raise Denied(f"the agent does not declare {action.connector} {action.operation}")
        return call(**action.arguments)

    def propose(self, action: Action) -> ApprovalNeeded:
        """What a person decides on: the connector's signed proposal, and the action as the connector understands it.

        In that action, a destination stands by its entity. Raises Denied where nobody may allow it.
        """
        try:
            self._ask(action, proposal=True)
        except ApprovalNeeded as needed:
            return needed
        raise PermanentError(f"connector {action.connector} gave no proposal")


def _ask(
    event: Event,
    deadline: float,
    invoke: Invoke,
    budget: BudgetSoFar,
    vouchers: list[str],
    action: Action,
    proposal: bool,
) -> Any:
    request = {
        "operation": action.operation,
        "arguments": dict(action.arguments),
        "event": event.id,
        "causation": event.causationid or "",
        "correlation": event.correlationid,
        "grant": event.grant,
        "deadline": deadline,
        "proposal": proposal,
        **({"vouchers": list(vouchers)} if vouchers else {}),
    }
    answer = invoke(action.connector, request)
    if "error" in answer:
        raise _error(answer["error"], action)
    budget.used = max(budget.used, answer.get("used", 0.0))
    budget.one_call_left = budget.one_call_left or answer.get("one_call_left", False)
    if voucher := answer.get("voucher"):  # signed for this agent and event; the newest are sent along
        vouchers[:] = [*vouchers, voucher][-MOST_VOUCHERS:]
    return answer["result"]


def _error(error: Mapping[str, Any], action: Action) -> Exception:
    if error["kind"] == ApprovalNeeded.__name__:
        resolved = Action(**error["action"]) if error.get("action") else action
        return ApprovalNeeded(error["message"], error["proposal"], resolved)
    if error["kind"] == Superseded.__name__:
        return Superseded(error["message"], error["by"], error["own"])
    if kind := _FINAL.get(error["kind"]):
        return kind(error["message"])
    retryable = CircuitOpen if error["kind"] == CircuitOpen.__name__ else RetryableError
    return retryable(error["message"], error["retry_after"])
