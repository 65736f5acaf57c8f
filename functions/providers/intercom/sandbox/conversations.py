"""The operations on conversations, contacts and tags, as Intercom's API performs them."""

import html
import re

from functions.api.sandbox import Request
from functions.providers.intercom.sandbox import deliveries
from functions.providers.intercom.sandbox.account import (
    ADMIN,
    MOST_PARTS,
    TEAM,
    TEAMMATE,
    WORKSPACE,
    Account,
    Object,
    admin_of,
)
from functions.providers.intercom.sandbox.errors import IntercomError, missing

_LINES = re.compile(r"</p>|<br/?>")
_MARKUP = re.compile(r"<[^<>]*>")


def me(account: Account, request: Request) -> Object:
    """Whom the token belongs to, with the workspace."""
    app = {"type": "app", "id_code": WORKSPACE, "name": "Sandbox", "region": "US", "identity_verification": False}
    return {**admin_of(ADMIN), "email_verified": True, "has_inbox_seat": True, "app": app}


def contact(account: Account, request: Request, id: str) -> Object:
    """A contact. Raises IntercomError without one."""
    if id not in account.contacts:
        raise missing("User")
    return account.contacts[id]


def read(account: Account, request: Request, id: str) -> Object:
    """A conversation with its newest parts. Raises IntercomError without one."""
    conversation = _found(account, id)
    written = _plain if request.params.get("display_as") == "plaintext" else str
    parts = [{**one, "body": one["body"] and written(one["body"])} for one in account.parts[id][-MOST_PARTS:]]
    listed = {"type": "conversation_part.list", "conversation_parts": parts, "total_count": len(account.parts[id])}
    source = conversation["source"]
    return {**conversation, "source": {**source, "body": written(source["body"])}, "conversation_parts": listed}


def reply(account: Account, request: Request, id: str) -> Object:
    """Write a comment or a note as a teammate. An e-mail is sent only if the workspace's setting allows it."""
    conversation, given = _found(account, id), request.json
    kind = given.get("message_type")
    if given.get("type") != "admin" or kind not in ("comment", "note"):
        raise IntercomError(400, "parameter_invalid", "type must be admin and message_type comment or note")
    if not str(given.get("body") or "").strip():
        raise IntercomError(400, "parameter_not_found", "body is missing")
    _admin(given)
    is_email = conversation["source"]["type"] == "email"
    sent = kind == "comment" and (not is_email or account.settings.email_replies)
    author = admin_of(ADMIN, "bot" if is_email and kind == "comment" and not sent else "admin")
    part = account.part(id, kind, author, given["body"], notified=sent, by_api=True)
    if kind == "comment":
        conversation["waiting_since"] = None
    account.effects.append({"kind": "conversation.reply", "id": id, "type": kind, "body": given["body"], "sent": sent})
    topic = "conversation.admin.noted" if kind == "note" else "conversation.admin.replied"
    account.waiting.append(deliveries.delivery(account, topic, id, part))
    return read(account, Request("GET", ""), id)


def manage(account: Account, request: Request, id: str) -> Object:
    """Assign or close a conversation."""
    conversation, given = _found(account, id), request.json
    _admin(given)
    match given.get("message_type"):
        case "assignment":
            assignee, kind = str(given.get("assignee_id")), given.get("type")
            if assignee not in ("0", *({"admin": (ADMIN, TEAMMATE), "team": (TEAM,)}.get(str(kind), ()))):
                raise IntercomError(404, "assignee_not_found", "Assignee Not Found")
            value = None if assignee == "0" else int(assignee) if kind == "admin" else assignee
            conversation["admin_assignee_id" if kind == "admin" else "team_assignee_id"] = value
            topic, part_type = "conversation.admin.assigned", "assignment"
        case "close":
            conversation |= {"open": False, "state": "closed"}
            topic, part_type = "conversation.admin.closed", "close"
        case _:
            raise IntercomError(400, "parameter_invalid", "message_type must be assignment or close")
    part = account.part(id, part_type, admin_of(ADMIN), None, notified=False, by_api=True)
    account.effects.append({"kind": f"conversation.{given['message_type']}", "id": id})
    account.waiting.append(deliveries.delivery(account, topic, id, part))
    return read(account, Request("GET", ""), id)


def create_tag(account: Account, request: Request) -> Object:
    """The tag of a name, new or known; names are compared in small letters."""
    name = request.json.get("name")
    if not isinstance(name, str) or not name.strip():
        raise IntercomError(400, "parameter_invalid", "name is missing")
    found = account.tags.setdefault(name.lower(), account.new_id())
    return {"type": "tag", "id": found, "name": name}


def tag(account: Account, request: Request, id: str) -> Object:
    """Tag a conversation; once, however often."""
    conversation, given = _found(account, id), request.json
    _admin(given)
    name = next((name for name, found in account.tags.items() if found == given.get("id")), None)
    if name is None:
        raise missing("Tag")
    made = {"type": "tag", "id": given["id"], "name": name}
    tags = conversation["tags"]["tags"]
    if made not in tags:
        tags.append(made)
        account.effects.append({"kind": "conversation.tag", "id": id, "tag": name})
    return made


def _found(account: Account, id: str) -> Object:
    if id not in account.conversations:
        raise missing("Resource")
    return account.conversations[id]


def _admin(given: Object) -> None:
    if given.get("admin_id") not in (ADMIN, TEAMMATE):
        raise IntercomError(403, "admin_not_found", "Admin Not Found")


def _plain(text: str) -> str:
    return html.unescape(_MARKUP.sub("", _LINES.sub("\n", text))).strip()
