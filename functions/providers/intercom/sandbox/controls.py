"""Control requests: what customers and teammates do at Intercom, and how the sandbox behaves.

    POST conversations    {"text", "subject", "email", "name", "channel": "conversation" | "email"}: a customer begins a
                          conversation; the answer has "conversation" and "contact". {"conversation", "contact"}
                          are ids of one's own
    POST conversations/N  {"action": "reply", "text", "author": "customer" | "admin"}, {"action": "note", "text"}, or
                          {"action": "close" | "open"}
    POST settings         see `Settings`
    GET deliveries        what the API's own requests cause and was not yet asked for
    GET state, DELETE state

What causes webhooks is answered with the deliveries to send.
"""

import html
import re
from dataclasses import fields, replace

from functions.api.sandbox import BadControl, Response, json_object, no_such_control, one_of, parse_json, take
from functions.providers.intercom.sandbox.account import TEAMMATE, Account, Object, Settings, admin_of, person_of
from functions.providers.intercom.sandbox.deliveries import delivery

LONGEST_TEXT = 60_000


def respond(account: Account, method: str, path: str, body: bytes) -> Response:
    """Respond to a control request. Raises BadControl. The caller holds the account's lock."""
    number = re.fullmatch(r"conversations/([0-9]{1,18})", path)
    if (method, path) == ("GET", "state"):
        return Response.json(200, account.state())
    if (method, path) == ("DELETE", "state"):
        account.clear()
        return Response.json(200, {"emptied": True})
    if (method, path) == ("GET", "deliveries"):
        waiting, account.waiting = account.waiting, []
        return Response.json(200, {"deliveries": waiting})
    if method != "POST":
        return no_such_control()
    given = json_object(parse_json(body), "the body") if body else {}
    if path == "settings":
        return _settings(account, given)
    if path == "conversations":
        return _open(account, given)
    if number:
        return _act(account, number[1], given)
    return no_such_control()


def _settings(account: Account, given: Object) -> Response:
    kinds = {field.name: type(getattr(account.settings, field.name)) for field in fields(Settings)}
    for name, value in given.items():
        if type(value) is not kinds.get(name) or not 0 <= value <= 10**6:
            raise BadControl(f"settings: {name} is unknown, or its value is")
    account.settings = replace(account.settings, **given)
    return Response.json(200, {"set": given})


def _open(account: Account, given: Object) -> Response:
    email, name = take(given, "email", str, "ada@example.com"), take(given, "name", str, "Ada")
    contact = account.contact_of(email, name, take(given, "contact", str, ""))
    channel = one_of(given.pop("channel", "conversation"), ("conversation", "email"), "channel")
    subject, text = take(given, "subject", str, ""), _text(given)
    id = take(given, "conversation", str, "") or account.new_id()
    _no_more(given)
    account.open(id, contact, channel, subject, text)
    sent = [delivery(account, "conversation.user.created", id)]
    return Response.json(200, {"conversation": id, "contact": contact, "deliveries": sent})


def _act(account: Account, id: str, given: Object) -> Response:
    if id not in account.conversations:
        raise BadControl(f"there is no conversation {id}")
    conversation = account.conversations[id]
    action = one_of(given.pop("action", ""), ("reply", "note", "close", "open"), "action")
    by_customer = one_of(given.pop("author", "customer"), ("customer", "admin"), "author") == "customer"
    text = _text(given) if action in ("reply", "note") else None
    _no_more(given)
    if action == "reply" and by_customer:
        author = person_of(account.contacts[conversation["contacts"]["contacts"][0]["id"]])
        # A reply opens a closed or snoozed conversation.
        conversation |= {"open": True, "state": "open", "waiting_since": int(account.now())}
        topic = "conversation.user.replied"
    else:
        author = admin_of(TEAMMATE)
        words = {"reply": "replied", "note": "noted", "close": "closed", "open": "opened"}
        topic = f"conversation.admin.{words[action]}"
    if action in ("close", "open"):
        conversation |= {"open": action == "open", "state": "open" if action == "open" else "closed"}
    kind = {"reply": "comment"}.get(action, action)
    part = account.part(id, kind, author, text, notified=action == "reply")
    return Response.json(200, {"conversation": id, "deliveries": [delivery(account, topic, id, part)]})


def _text(given: Object) -> str:
    value = given.pop("text", "Please help.")
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        raise BadControl(f"text must be a string of 1 to {LONGEST_TEXT} characters")
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in value.split("\n"))


def _no_more(given: Object) -> None:
    if given:
        raise BadControl(f"unknown field {next(iter(given))!r}")
