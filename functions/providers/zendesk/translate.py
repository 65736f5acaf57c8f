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
    "marked_as_spam": "spam",
    "merged": "merged",
    "soft_deleted": "deleted",
    "permanently_deleted": "deleted",
    "undeleted": "undeleted",
}
# Of tickets that a program opened through the API.
_API = ("api", "web_service")
# What a change may say, and most do not.
_UNSAID: Mapping[str, Any] = dict.fromkeys(
    ("text", "from_requester", "public", "author_role", "by_api", "previous_status", "merged_into")
)


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _created(body: Fields) -> Translation:
    ticket = _ticket(body)
    ticket["text"] = body.may("detail.description", text(LONGEST_TEXT))
    submitter = body.may("detail.submitter_id", name)
    by_requester = submitter == ticket["requester"] if submitter and ticket["requester"] else None
    ticket["author_role"] = None if by_requester is None else "customer" if by_requester else "agent"
    ticket["by_api"] = ticket["channel"] in _API if ticket["channel"] else None
    return _about("ticket.created", ticket)


def _commented(body: Fields) -> Translation:
    comment, ticket = body.part("event.comment"), _ticket(body)
    author, is_staff = comment.may("author.id", name), comment.may("author.is_staff", flag)
    from_requester = author == ticket["requester"] if author and ticket["requester"] else None
    # An agent can also be a ticket's requester: then they are its customer.
    role = "customer" if from_requester else None
    if role is None and is_staff is not None:
        role = "agent" if is_staff else "customer"
    data = {
        **ticket,
        **_UNSAID,
        "change": "commented",
        "text": comment.may("body", text(LONGEST_TEXT)),
        "author": author,
        "from_requester": from_requester,
        "public": comment.may("is_public", _flag),
        "author_role": role,
        "by_api": comment.may("by_api", _flag),
    }
    return _about("ticket.updated", data)


def _changed(change: str, body: Fields) -> Translation:
    ticket, actor = _ticket(body), body.may("detail.actor_id", name)
    data = {
        **ticket,
        **_UNSAID,
        "change": change,
        "author": actor,
        "author_role": "customer" if actor and actor == ticket["requester"] else None,
    }
    if change == "status":
        data["previous_status"] = body.may("event.previous", one_of(_STATUSES))
    if change == "merged":
        data["merged_into"] = body.may("event.target_ticket_id", name)
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


def _flag(value: Any) -> bool:
    """True or false, which a trigger's placeholder renders as a text."""
    return flag({"true": True, "false": False}.get(value, value) if isinstance(value, str) else value)


def _about(type: str, data: Mapping[str, Any]) -> Translation:
    ticket = f"zendesk:ticket/{data['ticket']}"
    requester = [f"zendesk:user/{data['requester']}"] if data["requester"] else []
    return Translation(type=type, subject=ticket, entities=[ticket, *requester], data=data)


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    "zen:event-type:ticket.created": _created,
    "zen:event-type:ticket.comment_added": _commented,
    **{f"zen:event-type:ticket.{event}": partial(_changed, change) for event, change in _CHANGES.items()},
    "hookline:trigger.ticket.created": _created,
    "hookline:trigger.ticket.comment_added": _commented,
    "hookline:trigger.ticket.status_changed": partial(_changed, "status"),
}
