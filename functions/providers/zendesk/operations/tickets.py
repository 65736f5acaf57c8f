"""A ticket as an agent gets it, and what an update sends, from what the agent gives and what the ticket has. Pure.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-ticket
"""

import re
from collections.abc import Mapping
from typing import Any

from functions.api.performer import PermanentError, RetryableError

KEEPS = (
    "id",
    "subject",
    "description",
    "status",
    "priority",
    "type",
    "tags",
    "requester_id",
    "submitter_id",
    "assignee_id",
    "group_id",
    "organization_id",
    "via.channel",
    "is_public",
    "created_at",
    "updated_at",
)
PLAIN = ("priority", "status", "assignee_id", "group_id")
_LIQUID = re.compile(r"{([{%])")
FINISHED = ("closed", "deleted")


class Collision(RetryableError):
    """The ticket changed after the agent read it; the agent must read it again and decide again."""


def changes(given: Mapping[str, Any], ticket: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The ticket of the request: what changes, on condition that nobody else changes it first.

    Zendesk's `tags` replaces all of them, so the others are sent again. Raises Collision if the ticket is not as the
    agent read it, PermanentError if it cannot change any more or if nothing would.
    """
    if ticket.get("status") in FINISHED:
        raise PermanentError(f"ticket.update: the ticket is {ticket['status']}, which nothing can change")
    stamp = ticket.get("updated_at")
    if not isinstance(stamp, str):
        raise RetryableError("zendesk answered with a ticket that does not say when it changed")
    if given.get("updated_stamp", stamp) != stamp:
        raise Collision("ticket.update: the ticket changed after it was read: read it again")
    sent = {name: given[name] for name in PLAIN if name in given} | _tags(given, ticket)
    if given.get("comment", "").strip():
        sent["comment"] = {"body": harmless(given["comment"]), "public": given.get("public") is True}
    if not sent:
        raise PermanentError("ticket.update: it changes nothing: give a comment, tags, a priority or the like")
    return {**sent, "metadata": {"hookline": key}, "safe_update": True, "updated_stamp": stamp}


def harmless(text: str) -> str:
    """The text of a comment in which Zendesk fills in no placeholder: one could show a customer internal notes."""
    return _LIQUID.sub("{ \\1", text)


def _tags(given: Mapping[str, Any], ticket: Mapping[str, Any]) -> dict[str, list[str]]:
    """The tags that the ticket gets, {} if they stay as they are."""
    if not given.get("additional_tags") and not given.get("remove_tags"):
        return {}
    # Zendesk keeps tags in small letters.
    added, removed = ([tag.lower() for tag in given.get(name, ())] for name in ("additional_tags", "remove_tags"))
    now = ticket.get("tags")
    if not isinstance(now, list):
        raise RetryableError("zendesk answered with a ticket without its tags: they would be lost")
    return {"tags": [tag for tag in dict.fromkeys([*now, *added]) if tag not in removed]}
