"""The webhooks that the account would send: of event subscriptions, or of the shipped triggers.

https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/. The sandbox sends nothing itself: a
control request is answered with the deliveries to send, and what the API's own updates cause is waiting.
"""

import json
import re
import uuid
from pathlib import Path
from typing import Any

from functions.providers.zendesk.sandbox.account import ACCOUNT, AGENT, Account, Object

TRIGGERS = Path(__file__).parent.parent / "triggers"
CHANNELS = {"api": "web_service", "email": "mail"}  # of a ticket, as webhooks name them
_IDS = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
_PLACEHOLDER = re.compile(r"{{([a-z_.]+)}}")


def created(account: Account, ticket: Object) -> list[Object]:
    """The delivery of a new ticket."""
    return _sent(account, ticket, "created", ticket["submitter_id"], "web", {})


def changed(
    account: Account, ticket: Object, before: Object, actor: int, channel: str, comment: Object | None
) -> list[Object]:
    """The deliveries of an update by `actor` through `channel`; those of the API wait."""
    made: list[Object] = []
    if comment:
        author = account.users[comment["author_id"]]
        about = {"id": str(author["id"]), "is_staff": author["role"] != "end-user", "name": author["name"]}
        said = {"id": str(comment["id"]), "body": comment["body"], "is_public": comment["public"], "author": about}
        made += _sent(account, ticket, "comment_added", actor, channel, {"comment": said})
    for name in ("status", "priority"):
        if ticket[name] != before[name]:
            values = {"current": _capitals(ticket[name]), "previous": _capitals(before[name])}
            made += _sent(account, ticket, f"{name}_changed", actor, channel, values)
    if set(ticket["tags"]) != set(before["tags"]):
        added, removed = set(ticket["tags"]) - set(before["tags"]), set(before["tags"]) - set(ticket["tags"])
        tags = {"tags_added": sorted(added), "tags_removed": sorted(removed)}
        made += _sent(account, ticket, "tags_changed", actor, channel, tags)
    for name, event in (("assignee_id", "agent_assignment_changed"), ("group_id", "group_assignment_changed")):
        if ticket[name] != before[name]:
            ids = {"current": _id(ticket[name]), "previous": _id(before[name])}
            made += _sent(account, ticket, event, actor, channel, ids)
    if channel == "api":
        account.waiting += made
        return []
    return made


def ended(account: Account, ticket: Object, event: str, more: Object) -> list[Object]:
    """The delivery of a ticket that was merged, marked as spam or deleted, by an agent."""
    return _sent(account, ticket, event, AGENT, "web", more)


def _sent(account: Account, ticket: Object, event: str, actor: int, channel: str, more: Object) -> list[Object]:
    """The delivery of one event; none if triggers are on and no trigger fires."""
    if account.settings.trigger:
        found = TRIGGERS / f"{event}.json"
        fires = found.is_file() and not (channel == "api" and "current_via_id" in found.read_text())
        return [{"headers": _headers(account), "payload": _triggered(account, ticket, found, actor)}] if fires else []
    number = account.new_id()
    payload = {
        "type": f"zen:event-type:ticket.{event}",
        "account_id": ACCOUNT,
        "id": str(uuid.uuid5(_IDS, str(number))),
        "time": account.moment(),
        "zendesk_event_version": "2022-11-06",
        "subject": f"zen:ticket:{ticket['id']}",
        "detail": _detail(ticket, actor),
        "event": {**more, "meta": {"sequence": {"id": str(number), "position": 1, "total": 1}}},
    }
    return [{"headers": _headers(account), "payload": payload}]


def _headers(account: Account) -> dict[str, str]:
    return {
        "x-zendesk-webhook-invocation-id": str(uuid.uuid5(_IDS, f"invocation {account.new_id()}")),
        "x-zendesk-account-id": str(ACCOUNT),
        "user-agent": "Zendesk Webhook",
    }


def _detail(ticket: Object, actor: int) -> Object:
    channel = ticket["via"]["channel"]
    return {
        "actor_id": str(actor), "assignee_id": _id(ticket["assignee_id"]), "brand_id": "8447346621310",
        "created_at": ticket["created_at"], "custom_status": "8447320465790", "description": ticket["description"],
        "external_id": None, "form_id": "8646151517822", "group_id": _id(ticket["group_id"]), "id": str(ticket["id"]),
        "is_public": ticket["is_public"], "organization_id": None, "priority": _capitals(ticket["priority"]),
        "requester_id": str(ticket["requester_id"]), "status": _capitals(ticket["status"]),
        "subject": ticket["subject"], "submitter_id": str(ticket["submitter_id"]), "tags": ticket["tags"],
        "type": "", "updated_at": ticket["updated_at"], "via": {"channel": CHANNELS.get(channel, channel)},
    }  # fmt: skip


def _triggered(account: Account, ticket: Object, trigger: Path, actor: int) -> Any:
    """The body of a shipped trigger with its placeholders filled in."""
    template = json.loads(trigger.read_text())["trigger"]["actions"][0]["value"][1]
    comments = account.comments[ticket["id"]]
    latest = comments[-1]
    known = {
        "ticket.id": ticket["id"],
        "ticket.requester.id": ticket["requester_id"],
        "ticket.submitter.id": ticket["submitter_id"],
        "ticket.priority": (ticket["priority"] or "").title(),
        "ticket.status": ticket["status"].title(),
        "ticket.via": ticket["via"]["channel"].title(),
        "ticket.updated_at_with_timestamp": ticket["updated_at"],
        "ticket.latest_comment.id": latest["id"],
        "ticket.latest_comment.is_public": str(latest["public"]).lower(),
        "ticket.latest_comment.author.id": latest["author_id"],
        "current_user.id": actor,
    }
    return json.loads(_PLACEHOLDER.sub(lambda found: str(known[found[1]]), template))


def _capitals(word: str | None) -> str | None:
    return word.upper() if word else None


def _id(id: int | None) -> str | None:
    return None if id is None else str(id)
