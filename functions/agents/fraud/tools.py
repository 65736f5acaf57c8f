"""The tools of agent fraud, made by 'hookline agents tools fraud' from its manifest. Do not edit."""

from typing import Any, Protocol

from functions.api.agent import Action, ApprovalNeeded, BudgetSoFar


class Stripe(Protocol):
    def charge_retrieve(self, *, charge: str) -> Any:
        """Reads stripe:charge/{charge}."""

    def review_approve(self, *, review: str) -> Any:
        """Acts on stripe:review/{review}."""


class Context(Protocol):
    def timeline_read(self, *, entity: str, limit: int = ..., type: str = ...) -> Any:
        """Reads {entity}."""


class Tools(Protocol):
    """What run(event, tools) is given."""

    stripe: Stripe
    context: Context
    budget: BudgetSoFar

    def perform(self, action: Action) -> Any:
        """Perform an action that the manifest declares."""

    def propose(self, action: Action) -> ApprovalNeeded:
        """What a person decides on: the connector's signed proposal."""
