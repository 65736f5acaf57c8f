"""Control requests: what customers and agents do at Zendesk, and how the sandbox behaves.

    POST tickets    {"subject", "text", "email", "name", "verified", "channel", "tags"}: a customer opens a ticket; the
                    answer has "ticket" and "requester". {"ticket", "requester"} are ids of one's own
    POST tickets/N  {"action": "comment", "text", "author": "customer" | "agent", "public", "trusted", "email", "name"},
                    {"action": "status", "status"}, {"action": "merge", "into"}, or {"action": "spam" | "delete"}
    POST settings   see `Settings`
    GET deliveries  what the API's own updates cause and was not yet asked for
    GET state, DELETE state

What causes webhooks is answered with the deliveries to send.
"""

import re
from dataclasses import fields, replace

from functions.api.sandbox import BadControl, Response, json_object, no_such_control, one_of, parse_json, take
from functions.providers.zendesk.sandbox import deliveries
from functions.providers.zendesk.sandbox.account import AGENT, Account, Object, Settings

LONGEST_TEXT = 60_000
ACTIONS = ("comment", "status", "merge", "spam", "delete")
STATUSES = ("open", "pending", "hold", "solved", "closed")


def respond(account: Account, method: str, path: str, body: bytes) -> Response:
    """Respond to a control request. Raises BadControl. The caller holds the account's lock."""
    number = re.fullmatch(r"tickets/([0-9]{1,12})", path)
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
    if path == "tickets":
        return _open(account, given)
    if number:
        return _act(account, int(number[1]), given)
    return no_such_control()


def _settings(account: Account, given: Object) -> Response:
    kinds = {field.name: type(getattr(account.settings, field.name)) for field in fields(Settings)}
    for name, value in given.items():
        if type(value) is not kinds.get(name) or not 0 <= value <= 10**6:
            raise BadControl(f"settings: {name} is unknown, or its value is")
    account.settings = replace(account.settings, **given)
    return Response.json(200, {"set": given})


def _open(account: Account, given: Object) -> Response:
    requester = _customer(account, given)
    subject, text = take(given, "subject", str, "A question"), _text(given)
    channel, tags = take(given, "channel", str, "web"), given.pop("tags", [])
    number = take(given, "ticket", int, 0, 0, 10**12)
    _no_more(given)
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise BadControl("tags must be a list of strings")
    if number in account.tickets:
        raise BadControl(f"there is a ticket {number}")
    ticket = account.open(requester, subject, text, channel, tags, number)
    sent = deliveries.created(account, ticket)
    return Response.json(200, {"ticket": ticket["id"], "requester": requester, "deliveries": sent})


def _act(account: Account, number: int, given: Object) -> Response:
    if number not in account.tickets:
        raise BadControl(f"there is no ticket {number}")
    ticket, action = account.tickets[number], one_of(given.pop("action", ""), ACTIONS, "action")
    before = dict(ticket)
    match action:
        case "comment":
            sent = _comment(account, ticket, given)
        case "status":
            ticket["status"] = one_of(given.pop("status", ""), STATUSES, "status")
            account.comment(number, AGENT, None, public=True, channel="web")
            sent = deliveries.changed(account, ticket, before, AGENT, "web", None)
        case "merge":
            into = take(given, "into", int, 0, 1, 10**12)
            if into not in account.tickets:
                raise BadControl(f"there is no ticket {into}")
            ticket["status"] = "closed"
            sent = deliveries.ended(account, ticket, "merged", {"target_ticket_id": str(into)})
        case _:
            ticket["status"] = "deleted"
            event = "marked_as_spam" if action == "spam" else "soft_deleted"
            sent = deliveries.ended(account, ticket, event, {})
    _no_more(given)
    return Response.json(200, {"ticket": number, "deliveries": sent})


def _comment(account: Account, ticket: Object, given: Object) -> list[Object]:
    """A comment. That of a customer reopens a solved ticket, as at Zendesk."""
    by = one_of(given.pop("author", "customer"), ("customer", "agent"), "author")
    other = "email" in given
    public, trusted = take(given, "public", bool, True), take(given, "trusted", bool, True)
    author = AGENT if by == "agent" else _customer(account, given) if other else ticket["requester_id"]
    before, channel = dict(ticket), take(given, "channel", str, "web")
    comment = account.comment(ticket["id"], author, _text(given), public=public, channel=channel, trusted=trusted)
    if by == "customer" and ticket["status"] in ("pending", "hold", "solved"):
        ticket["status"] = "open"
    return deliveries.changed(account, ticket, before, author, channel, comment)


def _customer(account: Account, given: Object) -> int:
    email, name = take(given, "email", str, "ada@example.com"), take(given, "name", str, "Ada")
    own = take(given, "requester", int, 0, 0, 10**15)
    return account.user_of(email, name, take(given, "verified", bool, True), own)


def _text(given: Object) -> str:
    value = given.pop("text", "Please help.")
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        raise BadControl(f"text must be a string of 1 to {LONGEST_TEXT} characters")
    return value


def _no_more(given: Object) -> None:
    if given:
        raise BadControl(f"unknown field {next(iter(given))!r}")
