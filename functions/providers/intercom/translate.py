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
    name,
    one_of,
    text,
    translated,
)

_PRIORITIES = {"priority": "high", "not_priority": "normal"}
_STATUSES = {"open": "open", "closed": "closed", "snoozed": "pending"}
_STAFF = ("admin", "bot", "team")  # their ids are of another kind than a contact's
_ROLES = {"user": "customer", "lead": "customer", "contact": "customer", "admin": "agent", "bot": "system"}
# What an update may say, and most do not.
_UNSAID: Mapping[str, Any] = dict.fromkeys(
    ("text", "author", "from_requester", "public", "author_role", "by_api", "previous_status", "merged_into")
)
_LINE_ENDS = re.compile(r"<(?:/p|/div|/li|br)\b[^<>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its topic has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _created(body: Fields) -> Translation:
    conversation = body.part("data.item")
    author = conversation.part("source.author")
    data = {
        **_ticket(conversation),
        "text": conversation.may("source.body", _plain),
        "author_role": _role(author),
        "by_api": None,
    }
    return _about("ticket.created", data)


def _replied(body: Fields) -> Translation:
    # Parts without a text, as an assignment, can come after the one that was written. A reply can also come without
    # any part, and is one all the same.
    conversation = body.part("data.item")
    parts = conversation.parts("conversation_parts.conversation_parts")
    written = [part for part in parts if part.may("body", _plain)]
    message = [Fields({}), *parts, *written][-1]
    ticket, author = _ticket(conversation), message.part("author")
    kind = message.may("part_type", text(LONGEST_WORD))
    data = {
        **ticket,
        **_UNSAID,
        "change": "commented",
        "text": message.may("body", _plain),
        "author": author.may("id", name),
        "from_requester": _is_requester(author, ticket["requester"]),
        "public": kind != "note" if kind else None,
        "author_role": _role(author),
        "by_api": _is_by_api(message),
    }
    return _about("ticket.updated", data)


def _changed(change: str, body: Fields, previous: str | None = None) -> Translation:
    said = {"change": change, "previous_status": previous, "author_role": "agent"}
    data = {**_ticket(body.part("data.item")), **_UNSAID, **said}
    return _about("ticket.updated", data)


def _is_by_api(message: Fields) -> bool | None:
    """Whether it was written through the API: then it has a code, else null. None if Intercom does not say."""
    said = message.all()
    return said["app_package_code"] is not None if "app_package_code" in said else None


def _role(author: Fields) -> str | None:
    """Whose message it is; None if Intercom does not say."""
    return _ROLES.get(author.may("type", text(LONGEST_WORD)) or "")


def _is_requester(author: Fields, requester: str | None) -> bool | None:
    """Whether the author is the requester, by their ids: a conversation can have several people. None if not said."""
    kind, id = author.may("type", text(LONGEST_WORD)), author.may("id", name)
    if kind in _STAFF:
        return False
    return id == requester if id and requester else None


def _requester(conversation: Fields) -> str | None:
    """The contact who began the conversation; if an operator did, the first of its contacts."""
    contacts = [contact.key("id", name) for contact in conversation.parts("contacts.contacts")]
    author = conversation.part("source.author")
    began = author.may("id", name) if author.may("type", text(LONGEST_WORD)) not in _STAFF else None
    return began if began in contacts or not any(contacts) else next(filter(None, contacts))


def _ticket(conversation: Fields) -> dict[str, Any]:
    tags = [tag.may("name", text(LONGEST_WORD)) for tag in conversation.parts("tags.tags")]
    return {
        "ticket": conversation.need("id", name),
        "requester": _requester(conversation),
        "subject": conversation.may("source.subject", _plain_line) or conversation.may("title", text(LONGEST_LINE)),
        "channel": conversation.may("source.type", text(LONGEST_WORD)),
        "priority": conversation.may("priority", one_of(_PRIORITIES)),
        "status": conversation.may("state", one_of(_STATUSES)),
        "tags": [tag for tag in tags if tag][:MOST_ITEMS],
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
    # A conversation that was snoozed has a topic of its own.
    "conversation.admin.opened": partial(_changed, "status", previous="closed"),
    "conversation.admin.snoozed": partial(_changed, "status"),
    "conversation.admin.unsnoozed": partial(_changed, "status"),
    "conversation.priority.updated": partial(_changed, "priority"),
}
