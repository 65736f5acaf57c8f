"""A conversation as an agent gets it, and whether a message in it was delivered. Pure.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations: a conversation has at most its
500 newest parts. What a bot or the API replies to a conversation that a customer began by e-mail is stored and not
sent, unless the workspace's setting allows it; the answer is a 200 all the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.providers.intercom.operations import marks

MOST_PARTS = 500
KEEPS = (
    "id",
    "title",
    "state",
    "open",
    "priority",
    "created_at",
    "updated_at",
    "waiting_since",
    "snoozed_until",
    "admin_assignee_id",
    "team_assignee_id",
    "ai_agent_participated",
)
PART_KEEPS = ("id", "part_type", "created_at", "notified_at", "app_package_code", "redacted")
AUTHOR_KEEPS = ("type", "id", "name", "email", "from_ai_agent")


def described(conversation: Mapping[str, Any], own: str) -> dict[str, Any]:
    """The conversation, with its first message as `source` and the others as `parts`, the oldest first.

    `complete` is false if there are older parts. `own` is the id of the token's teammate.
    """
    source = _mapping(conversation.get("source"))
    listed = _mapping(conversation.get("conversation_parts"))
    parts = [part for part in _list(listed.get("conversation_parts")) if isinstance(part, Mapping)]
    contacts = _list(_mapping(conversation.get("contacts")).get("contacts"))
    tags = _list(_mapping(conversation.get("tags")).get("tags"))
    total = listed.get("total_count")
    return {
        **{name: conversation[name] for name in KEEPS if name in conversation},
        "source": {
            **{name: source[name] for name in ("type", "id", "delivered_as", "subject", "body") if name in source},
            "author": _author(source),
        },
        "contacts": [contact["id"] for contact in contacts if isinstance(contact, Mapping) and "id" in contact],
        "tags": [tag["name"] for tag in tags if isinstance(tag, Mapping) and "name" in tag],
        "parts": [_part(part, source.get("type"), own) for part in parts],
        "complete": len(parts) < MOST_PARTS and (not isinstance(total, int) or total <= len(parts)),
    }


def replied(parts: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any] | None:
    """The message of the effect `key` among described parts, None if it is not there."""
    return next((part for part in reversed(parts) if part["hookline"] == key[: marks.DIGITS]), None)


def delivered(part: Mapping[str, Any], channel: Any) -> bool | None:
    """Whether the contact was notified of a message; None for a note, and if Intercom does not say.

    Intercom documents no flag for it. A message without `notified_at` was notified to nobody; one of a conversation
    that began by e-mail was certainly sent only if it has the e-mail's metadata.
    """
    if part.get("part_type") == "note":
        return None
    if not part.get("notified_at"):
        return False
    return True if channel != "email" or part.get("email_message_metadata") else None


def _part(part: Mapping[str, Any], channel: Any, own: str) -> dict[str, Any]:
    author = _author(part)
    is_own = str(author.get("id")) == own and author.get("type") in ("admin", "bot")
    return {
        **{name: part[name] for name in PART_KEEPS if name in part},
        "body": part.get("body"),
        "author": author,
        "own": is_own,
        "hookline": marks.mark_of(part.get("body")) if is_own else None,
        "delivered": delivered(part, channel) if is_own else None,
    }


def _author(message: Mapping[str, Any]) -> dict[str, Any]:
    author = _mapping(message.get("author"))
    return {name: author[name] for name in AUTHOR_KEEPS if name in author}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
