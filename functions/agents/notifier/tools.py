"""The tools of agent notifier, made by 'hookline agents tools notifier' from its manifest. Do not edit."""

from typing import Any, Literal, Protocol, overload

from functions.api.agent import Action, ApprovalNeeded, BudgetSoFar


class Slack(Protocol):
    @overload
    def message_post(self, *, to: Literal["reviews"], text: str) -> Any:
        """Acts on slack:channel/{channel}."""

    @overload
    def message_post(self, *, channel: str, text: str) -> Any:
        """Acts on slack:channel/{channel}."""


class Tools(Protocol):
    """What run(event, tools) is given."""

    slack: Slack
    budget: BudgetSoFar

    def perform(self, action: Action) -> Any:
        """Perform an action that the manifest declares."""

    def propose(self, action: Action) -> ApprovalNeeded:
        """What a person decides on: the connector's signed proposal."""
