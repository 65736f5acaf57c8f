"""What Zendesk's shipped triggers should have sent: new tickets and comments, by its export of ticket events.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-event-export

The ids of a trigger's bodies are made of the ticket's and the comment's, which the export has. Webhooks of Zendesk
events have ids of their own, which no API returns: the connector refuses to list an account without our triggers.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from functions.api.reconcile import Page, ReconcileManifest, Sent, UnreadableBody, Window, at

MANIFEST = ReconcileManifest(
    name="zendesk",
    listing="event.list",
    keeps=29 * 24 * 3600,
    lag=180,  # the export leaves out the last minute; the rest is for deliveries under way
)
# The trigger of comments leaves out what was written through the API.
API = ("api", "web_service")


def arguments(window: Window, after: str) -> Mapping[str, Any]:
    """Every page of the export, the oldest event first; a page begins at a time."""
    return {"start_time": int(after) if after else int(window.since)}


def page(answer: Any, window: Window) -> Page:
    """The deliveries that the events of one page caused. The last page is that which reaches the window's end."""
    events, tickets, end = at(answer, "ticket_events"), at(answer, "tickets"), at(answer, "end_time")
    ended = at(answer, "end_of_stream")
    known = isinstance(events, list) and isinstance(tickets, Mapping) and isinstance(ended, bool)
    if not known or not (type(end) is int or (ended and end is None)):
        raise UnreadableBody("an export has ticket_events, end_time and end_of_stream")
    sent, unreadable = [], []
    for event in events:
        ticket, moment = at(event, "ticket_id"), at(event, "timestamp")
        if type(ticket) is not int or type(moment) is not int:
            unreadable.append("a ticket's event has no ticket_id or timestamp")
            continue
        try:
            sent += [Sent(moment, body) for body in _bodies(event, ticket, moment, tickets.get(str(ticket)))]
        except (UnreadableBody, OSError, OverflowError, ValueError):  # a time that no clock has
            unreadable.append(f"an event of ticket {ticket} is not as Zendesk documents it")
    done = ended or (end is not None and end >= window.until)
    return Page(sent, "" if done else str(end), unreadable)


def _bodies(event: Any, number: int, moment: int, ticket: Any) -> Iterator[dict[str, Any]]:
    """The bodies of the triggers that an update causes: that of a new ticket, or one for each comment."""
    children = at(event, "child_events")
    if not isinstance(children, list):
        raise UnreadableBody("a ticket's event has child_events")
    detail = {
        "id": str(number),
        "requester_id": _id(at(ticket, "requester_id")),
        "submitter_id": _id(at(ticket, "submitter_id")),
        "actor_id": _id(at(event, "updater_id")),
        "priority": at(ticket, "priority") or "",
        "status": at(ticket, "status") or "",
        "via": {"channel": at(ticket, "via.channel") or ""},
    }
    common = {"time": datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z"), "detail": detail}
    if any(at(child, "event_type") == "Create" for child in children):
        yield {"type": "hookline:trigger.ticket.created", "id": f"{number}-created", **common}
        return
    for child in children:
        if at(child, "event_type") != "Comment" or _channel(child, event) in API:
            continue
        comment, author = at(child, "id"), at(child, "author_id")
        if type(comment) is not int:
            raise UnreadableBody("a comment has an id")
        public = at(child, "public")
        said = {"id": str(comment), "is_public": str(public is True).lower(), "by_api": "false"}
        written = {"comment": {**said, "author": {"id": _id(author)}}}
        kind = "hookline:trigger.ticket.comment_added"
        yield {"type": kind, "id": f"{number}-comment-{comment}", **common, "event": written}


def _channel(*parts: Any) -> str:
    """The channel by the first part that names it: an event has one of its own if its update's is another.

    https://developer.zendesk.com/documentation/ticketing/reference-guides/ticket-audit-events-reference. It is an
    object, or a name such as "Web service".
    """
    named = (at(part, "via.channel") or at(part, "via") for part in parts)
    return next((via.lower().replace(" ", "_") for via in named if isinstance(via, str)), "")


def _id(value: Any) -> str | None:
    return str(value) if type(value) is int and value > 0 else None
