"""Intercom's conversations as domain events.

https://developers.intercom.com/docs/references/webhooks/webhook-models
"""

import html
import re
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
    UnreadableBody,
    name,
    one_of,
    text,
    translated,
)

_PRIORITIES = {"priority": "high", "not_priority": "normal"}
_STATUSES = {"open": "open", "closed": "closed", "snoozed": "pending"}
_CUSTOMERS = {"user": True, "lead": True, "contact": True, "admin": False, "bot": False, "team": False}
_LINE_ENDS = re.compile(r"<(?:/p|/div|/li|br)\b[^<>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its topic has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _created(body: Fields) -> Translation:
    conversation = body.part("data.item")
    data = {**_ticket(conversation), "text": conversation.may("source.body", _plain)}
    return _about("ticket.created", data)


def _replied(body: Fields) -> Translation:
    conversation = body.part("data.item")
    parts = conversation.parts("conversation_parts.conversation_parts")
    if not parts:
        raise UnreadableBody("data.item holds no message")
    message = parts[-1]
    data = {
        **_ticket(conversation),
        "change": "commented",
        "text": message.may("body", _plain),
        "author": message.may("author.id", name),
        "from_requester": message.may("author.type", one_of(_CUSTOMERS)),
        "public": message.may("part_type", text(LONGEST_WORD)) != "note",
    }
    return _about("ticket.updated", data)


def _changed(change: str, body: Fields) -> Translation:
    unsaid = {"change": change, "text": None, "author": None, "from_requester": None, "public": None}
    return _about("ticket.updated", {**_ticket(body.part("data.item")), **unsaid})


def _ticket(conversation: Fields) -> dict[str, Any]:
    contacts = conversation.parts("contacts.contacts")
    tags = conversation.parts("tags.tags")[:MOST_ITEMS]
    return {
        "ticket": conversation.need("id", name),
        "requester": contacts[0].need("id", name) if contacts else None,
        "subject": conversation.may("source.subject", _plain_line) or conversation.may("title", text(LONGEST_LINE)),
        "channel": conversation.may("source.type", text(LONGEST_WORD)),
        "priority": conversation.may("priority", one_of(_PRIORITIES)),
        "status": conversation.may("state", one_of(_STATUSES)),
        "tags": [tag.need("name", text(LONGEST_WORD)) for tag in tags],
    }


def _about(type: str, data: Mapping[str, Any]) -> Translation:
    conversation = f"intercom:conversation/{data['ticket']}"
    requester = [f"intercom:contact/{data['requester']}"] if data["requester"] else []
    return Translation(type=type, subject=conversation, entities=[conversation, *requester], data=data)


def _plain(value: Any) -> str:
    """Intercom's HTML as text: shorter and easier to read, and as untrusted as before."""
    marked = text(len(value) if isinstance(value, str) else 0)(value)
    return html.unescape(_TAGS.sub("", _LINE_ENDS.sub("\n", marked))).strip()[:LONGEST_TEXT]


def _plain_line(value: Any) -> str:
    return _plain(value)[:LONGEST_LINE]


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    "conversation.user.created": _created,
    "conversation.user.replied": _replied,
    "conversation.admin.replied": _replied,
    "conversation.admin.noted": _replied,
    "conversation.admin.assigned": partial(_changed, "assigned"),
    "conversation.admin.closed": partial(_changed, "status"),
    "conversation.admin.opened": partial(_changed, "status"),
    "conversation.admin.snoozed": partial(_changed, "status"),
    "conversation.admin.unsnoozed": partial(_changed, "status"),
    "conversation.priority.updated": partial(_changed, "priority"),
}
