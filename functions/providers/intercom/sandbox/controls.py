"""Control requests: what customers and teammates do at Intercom, and how the sandbox behaves.

    POST conversations    {"text", "subject", "email", "name", "channel": "conversation" | "email"}: a customer begins a
                          conversation; the answer has "conversation" and "contact". {"conversation", "contact"}
                          are ids of one's own
    POST conversations/N  {"action": "reply", "text", "author": "customer" | "admin"}, {"action": "note", "text"}, or
                          {"action": "close" | "open"}
    GET deliveries        what the API's own requests cause and was not yet asked for

What causes webhooks is answered with the deliveries to send.
"""

import html

from functions.api.sandbox import BadControl, no_more, one_of, take
from functions.providers.intercom.sandbox.account import TEAMMATE, Account, Object, admin_of, person_of
from functions.providers.intercom.sandbox.deliveries import delivery

LONGEST_TEXT = 60_000


def _waiting(account: Account, given: Object) -> Object:
    waiting, account.waiting = account.waiting, []
    return {"deliveries": waiting}


def _open(account: Account, given: Object) -> Object:
    email, name = take(given, "email", str, "ada@example.com"), take(given, "name", str, "Ada")
    contact = account.contact_of(email, name, take(given, "contact", str, ""))
    channel = one_of(given.pop("channel", "conversation"), ("conversation", "email"), "channel")
    subject, text = take(given, "subject", str, ""), _text(given)
    id = take(given, "conversation", str, "") or account.new_id()
    no_more(given)
    account.open(id, contact, channel, subject, text)
    sent = [delivery(account, "conversation.user.created", id)]
    return {"conversation": id, "contact": contact, "deliveries": sent}


def _act(account: Account, given: Object, id: str) -> Object:
    if id not in account.conversations:
        raise BadControl(f"there is no conversation {id}")
    conversation = account.conversations[id]
    action = one_of(given.pop("action", ""), ("reply", "note", "close", "open"), "action")
    by_customer = one_of(given.pop("author", "customer"), ("customer", "admin"), "author") == "customer"
    text = _text(given) if action in ("reply", "note") else None
    no_more(given)
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
    return {"conversation": id, "deliveries": [delivery(account, topic, id, part)]}


def _text(given: Object) -> str:
    text = take(given, "text", str, "Please help.", 1, LONGEST_TEXT)
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in text.split("\n"))


CONTROLS = (
    ("GET", "deliveries", _waiting),
    ("POST", "conversations", _open),
    ("POST", "conversations/([0-9]{1,18})", _act),
)
