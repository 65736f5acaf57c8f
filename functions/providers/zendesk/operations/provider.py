"""Performs Zendesk's operations."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.performer import (
    Conflict,
    ConnectorManifest,
    Operation,
    OutcomeUnknown,
    Platform,
    Provider,
    provider,
)
from functions.providers.zendesk.operations import export, requests, tickets, users


def performer(manifest: ConnectorManifest, platform: Platform) -> Provider:
    """The performer of the deployed connector."""
    return provider(manifest, platform, Zendesk)


class Zendesk(Provider):
    """Zendesk's API, whose answers have the ticket or the user in a field of that name."""

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation`; raises what `Provider.call` raises, and Collision.

        The request that acts is the last one, so that a refusal means that nothing was done.
        """
        ends = self._clock() + seconds

        def ask(request: Operation, **given: Any) -> Any:
            return super(Zendesk, self).call(request, given, None, ends - self._clock())

        match operation.name:
            case "ticket.read":
                return _part(ask(requests.TICKET, id=arguments["ticket"]), "ticket")
            case "user.read":
                user = _part(ask(requests.USER, id=arguments["user"]), "user")
                return users.described(user, ask(requests.IDENTITIES, id=arguments["user"]))
            case "ticket.update":
                try:
                    return _updated(arguments, ask)
                except Conflict:  # nothing was done: somebody changed the ticket between the two requests
                    return _updated(arguments, ask)
            case "event.list":
                export.require_triggers(ask)
                return export.listed(ask(operation, **arguments), ask)
        return super().call(operation, arguments, key, ends - self._clock())


def _updated(arguments: Mapping[str, Any], ask: Callable[..., Any]) -> Any:
    """The ticket after its update, which is one request after the ticket was read."""
    ticket = _part(ask(requests.TICKET, id=arguments["ticket"]), "ticket")
    changes = tickets.changes(arguments, ticket, arguments["hookline"])
    return _part(ask(requests.TICKET_UPDATE, id=arguments["ticket"], ticket=changes), "ticket")


def _part(answer: Any, name: str) -> Mapping[str, Any]:
    """The field `name` of the answer. Raises OutcomeUnknown without it."""
    part = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(part, Mapping):
        raise OutcomeUnknown(f"zendesk answered without a {name}")
    return part
