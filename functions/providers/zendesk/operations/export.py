"""The export of ticket events, for the reconcile service: with the tickets, and only if our triggers sent them."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.performer import OutcomeUnknown, Refused
from functions.providers.zendesk.operations import requests

Ask = Callable[..., Any]  # ask(request, **arguments) -> the answer of one request
WANTED = ("hookline:trigger.ticket.created", "hookline:trigger.ticket.comment_added")
MOST_TICKETS = 100  # of one request


def listed(answer: Any, ask: Ask) -> dict[str, Any]:
    """The answer of the export, with `tickets` by their ids. Raises Refused for an account without our triggers."""
    events = answer.get("ticket_events") if isinstance(answer, Mapping) else None
    if not isinstance(events, list):
        raise OutcomeUnknown("zendesk answered without ticket_events")
    numbers = {event.get("ticket_id") for event in events if isinstance(event, Mapping)}
    ids = sorted(number for number in numbers if type(number) is int)
    tickets: dict[str, Any] = {}
    for first in range(0, len(ids), MOST_TICKETS):
        found = ask(requests.TICKETS, ids=",".join(map(str, ids[first : first + MOST_TICKETS])))
        rows = found.get("tickets") if isinstance(found, Mapping) else None
        if not isinstance(rows, list):
            raise OutcomeUnknown("zendesk answered without tickets")
        tickets |= {str(row["id"]): row for row in rows if isinstance(row, Mapping) and "id" in row}
    return {**answer, "tickets": tickets}


def require_triggers(ask: Ask) -> None:
    """Raise Refused unless the account's active triggers send our bodies: what else is sent has no id to compare."""
    triggers = ask(requests.TRIGGERS)["items"]
    sent = " ".join(str(trigger.get("actions")) for trigger in triggers if isinstance(trigger, Mapping))
    if lacking := [type for type in WANTED if type not in sent]:
        raise Refused(f"no active trigger of the account sends {' and '.join(lacking)}: nothing can be compared by id")
