"""The operations on tickets and users, as Zendesk's API performs them."""

import json

from functions.api.sandbox import Request
from functions.providers.zendesk.sandbox import deliveries
from functions.providers.zendesk.sandbox.account import AGENT, Account, Object
from functions.providers.zendesk.sandbox.errors import ZendeskError, invalid, missing

LONGEST_COMMENT = 65_535
CHANGES = ("priority", "status", "assignee_id", "group_id", "tags", "subject")
PRIORITIES, STATUSES = ("low", "normal", "high", "urgent"), ("open", "pending", "hold", "solved")
EXPORT_LAG = 60  # seconds; the incremental export omits the last minute
EXPORT_PAGE = 1000


def ticket(account: Account, id: str) -> Object:
    """A ticket. Raises ZendeskError without one, and for a deleted one."""
    found = account.tickets.get(int(id))
    if found is None or found["status"] == "deleted":
        raise missing()
    return found


def user(account: Account, id: str) -> Object:
    """A user. Raises ZendeskError without one."""
    if int(id) not in account.users:
        raise missing()
    return account.users[int(id)]


def page(request: Request, name: str, items: list[Object]) -> Object:
    """A page of a list by cursor (https://developer.zendesk.com/api-reference/introduction/pagination/)."""
    query = request.params
    size = query.get("page[size]", "100")
    after = query.get("page[after]", "0")
    if not (size.isdecimal() and 1 <= int(size) <= 100 and after.isdecimal()):
        raise ZendeskError(400, "InvalidPaginationParameter", "page[size] or page[after] is invalid")
    end = int(after) + int(size)
    found = items[int(after) : end]
    more = end < len(items)
    # Zendesk's last page has a cursor too.
    meta = {"has_more": more, "after_cursor": str(int(after) + len(found)) if found else None, "before_cursor": None}
    return {name: found, "meta": meta, "links": {"next": "next" if more else None, "prev": None}}


def update(account: Account, request: Request, id: str) -> Object:
    """Update a ticket: one audit, and at most one comment. Raises ZendeskError."""
    record = ticket(account, id)
    given = request.json.get("ticket")
    if not isinstance(given, dict):
        raise ZendeskError(400, "BadRequest", "the ticket is not an object")
    if record["status"] == "closed":
        raise invalid("status", "Status: closed prevents ticket update")
    if account.settings.conflicts:
        account.settings.conflicts -= 1
        record["updated_at"] = account.moment(account.now() + 1 + account.settings.conflicts)
    if given.get("safe_update") is not None and given.get("updated_stamp") != record["updated_at"]:
        raise ZendeskError(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data.")
    comment = _comment(given)
    changes = {name: given[name] for name in CHANGES if name in given}
    _check(account, changes)
    before = dict(record)
    record |= changes
    custom = given.get("metadata") if isinstance(given.get("metadata"), dict) else {}
    text, public = (comment["body"], comment["public"]) if comment else (None, True)
    added = account.comment(record["id"], AGENT, text, public=public, channel="api", custom=custom)
    account.updates.append(account.now())
    account.effects.append({"kind": "ticket.update", "id": record["id"], "changes": changes, "comment": added})
    deliveries.changed(account, record, before, AGENT, "api", added)
    return {"ticket": record, "audit": account.audits[record["id"]][-1]}


def limit(account: Account) -> dict[str, str]:
    """The headers of the account's limit on updates. Raises ZendeskError if it is reached."""
    most, now = account.settings.updates_per_minute, account.now()
    account.updates = [at for at in account.updates if at > now - 60]
    reset = str(max(1, int(60 - (now - account.updates[0]))) if account.updates else 60)
    left = most - len(account.updates)
    headers = {"ratelimit-limit": str(most), "ratelimit-remaining": str(max(0, left - 1)), "ratelimit-reset": reset}
    if left <= 0:
        text = "Number of allowed incident updates per minute exceeded"
        raise ZendeskError(429, "APIRateLimitExceeded", text, {**headers, "Retry-After": reset})
    return headers


def export(account: Account, request: Request) -> Object:
    """The updates since a time, the oldest first, as far as a minute ago (the incremental export of ticket events)."""
    since = request.params.get("start_time", "")
    if not since.isdecimal() or int(since) > account.now() - EXPORT_LAG:
        raise ZendeskError(400, "InvalidValue", "start_time must be a time over a minute ago")
    until = account.now() - EXPORT_LAG
    every = [audit for listed in account.audits.values() for audit in listed]
    found = sorted((one for one in every if int(since) <= one["timestamp"] <= until), key=lambda one: one["timestamp"])
    rows = [
        {
            "id": one["id"], "ticket_id": one["ticket_id"], "timestamp": one["timestamp"],
            "updater_id": one["author_id"], "event_type": "Audit", "via": one["via"],
            "child_events": [_child(event, one["via"]) for event in one["events"]],
        }
        for one in found[:EXPORT_PAGE]
    ]  # fmt: skip
    end = rows[-1]["timestamp"] if rows else None
    return {"ticket_events": rows, "count": len(rows), "end_time": end, "end_of_stream": len(found) <= EXPORT_PAGE}


def _child(event: Object, via: Object) -> Object:
    """An event of the export, which has a `via` only if it is another than that of its audit."""
    own = {name: value for name, value in event.items() if (name, value) != ("via", via)}
    return {**own, "event_type": event["type"]}


def show_many(account: Account, request: Request) -> Object:
    """The tickets of up to a hundred ids; those that are deleted are left out."""
    ids = request.params.get("ids", "").split(",")
    if len(ids) > 100 or not all(id.isdecimal() for id in ids):
        raise ZendeskError(400, "InvalidValue", "ids must be up to 100 ids")
    found = [account.tickets[int(id)] for id in ids if int(id) in account.tickets]
    return {"tickets": [one for one in found if one["status"] != "deleted"]}


def triggers(account: Account, request: Request) -> Object:
    """The active triggers: the shipped ones, if the settings say so."""
    files = sorted(deliveries.TRIGGERS.glob("*.json")) if account.settings.trigger else []
    return page(request, "triggers", [json.loads(file.read_text())["trigger"] for file in files])


def _comment(given: Object) -> Object | None:
    comment = given.get("comment")
    if comment is None:
        return None
    if not isinstance(comment, dict) or not str(comment.get("body", "")).strip():
        raise invalid("comment", "Comment: cannot be blank")
    if len(comment["body"]) > LONGEST_COMMENT:
        raise invalid("comment", "Comment: is too long")
    return {"body": comment["body"], "public": comment.get("public", True) is True}


def _check(account: Account, changes: Object) -> None:
    if changes.get("priority", "low") not in PRIORITIES:
        raise invalid("priority", "Priority: is not valid")
    if changes.get("status", "open") not in STATUSES:
        raise invalid("status", "Status: is not valid")
    for name in ("assignee_id", "group_id"):
        if name in changes and changes[name] is not None:
            if not str(changes[name]).isdecimal():
                raise invalid(name, f"{name}: is not valid")
            changes[name] = int(changes[name])
    assignee = changes.get("assignee_id")
    if assignee is not None and account.users.get(assignee, {}).get("role") not in ("agent", "admin"):
        raise invalid("assignee", "Assignee: is not an agent")
    if "tags" in changes:
        changes["tags"] = sorted({tag.lower() for tag in changes["tags"]})
