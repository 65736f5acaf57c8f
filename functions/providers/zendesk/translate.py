"""Zendesk's ticket events as domain events.

https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from functions.api.source import (
    LONGEST_LINE,
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_ITEMS,
    Fields,
    RawEvent,
    Translation,
    flag,
    name,
    one_of,
    text,
    texts,
    translated,
)

_PRIORITIES = {word: word for word in ("low", "normal", "high", "urgent")}
_STATUSES = {**{word: word for word in ("new", "open", "pending", "solved", "closed")}, "hold": "pending"}
_CHANGES = {
    "status_changed": "status",
    "priority_changed": "priority",
    "subject_changed": "subject",
    "tags_changed": "tags",
    "agent_assignment_changed": "assigned",
    "group_assignment_changed": "assigned",
}


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _created(body: Fields) -> Translation:
    ticket = _ticket(body)
    ticket["text"] = body.may("detail.description", text(LONGEST_TEXT))
    return _about("ticket.created", ticket)


def _commented(body: Fields) -> Translation:
    comment, ticket = body.part("event.comment"), _ticket(body)
    author = comment.may("author.id", name)
    data = {
        **ticket,
        "change": "commented",
        "text": comment.may("body", text(LONGEST_TEXT)),
        "author": author,
        "from_requester": author == ticket["requester"] if author and ticket["requester"] else None,
        "public": comment.may("is_public", flag),
    }
    return _about("ticket.updated", data)


def _changed(change: str, body: Fields) -> Translation:
    data = {
        **_ticket(body),
        "change": change,
        "text": None,
        "author": body.may("detail.actor_id", name),
        "from_requester": None,
        "public": None,
    }
    return _about("ticket.updated", data)


def _ticket(body: Fields) -> dict[str, Any]:
    detail = body.part("detail")
    return {
        "ticket": detail.need("id", name),
        "requester": detail.key("requester_id", name),
        "subject": detail.may("subject", text(LONGEST_LINE)),
        "channel": detail.may("via.channel", text(LONGEST_WORD)),
        "priority": detail.may("priority", one_of(_PRIORITIES)),
        "status": detail.may("status", one_of(_STATUSES)),
        "tags": detail.may("tags", _tags) or [],
    }


def _tags(value: Any) -> list[str]:
    """A list of tags, which Zendesk also writes as one text with blanks between them."""
    return texts(LONGEST_WORD, MOST_ITEMS)(value.split() if isinstance(value, str) else value)


def _about(type: str, data: Mapping[str, Any]) -> Translation:
    ticket = f"zendesk:ticket/{data['ticket']}"
    requester = [f"zendesk:user/{data['requester']}"] if data["requester"] else []
    return Translation(type=type, subject=ticket, entities=[ticket, *requester], data=data)


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    "zen:event-type:ticket.created": _created,
    "zen:event-type:ticket.comment_added": _commented,
    **{f"zen:event-type:ticket.{event}": partial(_changed, change) for event, change in _CHANGES.items()},
}
