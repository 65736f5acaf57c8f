"""Control requests: what customers and agents do at Zendesk, and how the sandbox behaves.

    POST tickets    {"subject", "text", "email", "name", "verified", "channel", "tags"}: a customer opens a ticket; the
                    answer has "ticket" and "requester". {"ticket", "requester"} are ids of one's own
    POST tickets/N  {"action": "comment", "text", "author": "customer" | "agent", "public", "trusted", "email", "name"},
                    {"action": "status", "status"}, {"action": "merge", "into"}, or {"action": "spam" | "delete"}
    GET deliveries  what the API's own updates cause and was not yet asked for

What causes webhooks is answered with the deliveries to send.
"""

from functions.api.sandbox import BadControl, no_more, one_of, take
from functions.providers.zendesk.sandbox import deliveries
from functions.providers.zendesk.sandbox.account import AGENT, Account, Object

LONGEST_TEXT = 60_000
ACTIONS = ("comment", "status", "merge", "spam", "delete")
STATUSES = ("open", "pending", "hold", "solved", "closed")


def _waiting(account: Account, given: Object) -> Object:
    waiting, account.waiting = account.waiting, []
    return {"deliveries": waiting}


def _open(account: Account, given: Object) -> Object:
    requester = _customer(account, given)
    subject, text = take(given, "subject", str, "A question"), take(given, "text", str, "Please help.", 1, LONGEST_TEXT)
    channel, tags = take(given, "channel", str, "web"), given.pop("tags", [])
    number = take(given, "ticket", int, 0, 0, 10**12)
    no_more(given)
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise BadControl("tags must be a list of strings")
    if number in account.tickets:
        raise BadControl(f"there is a ticket {number}")
    ticket = account.open(requester, subject, text, channel, tags, number)
    sent = deliveries.created(account, ticket)
    return {"ticket": ticket["id"], "requester": requester, "deliveries": sent}


def _act(account: Account, given: Object, id: str) -> Object:
    number = int(id)
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
    no_more(given)
    return {"ticket": number, "deliveries": sent}


def _comment(account: Account, ticket: Object, given: Object) -> list[Object]:
    """A comment. That of a customer reopens a solved ticket, as at Zendesk."""
    by = one_of(given.pop("author", "customer"), ("customer", "agent"), "author")
    other = "email" in given
    public, trusted = take(given, "public", bool, True), take(given, "trusted", bool, True)
    author = AGENT if by == "agent" else _customer(account, given) if other else ticket["requester_id"]
    before, channel = dict(ticket), take(given, "channel", str, "web")
    comment = account.comment(
        ticket["id"],
        author,
        take(given, "text", str, "Please help.", 1, LONGEST_TEXT),
        public=public,
        channel=channel,
        trusted=trusted,
    )
    if by == "customer" and ticket["status"] in ("pending", "hold", "solved"):
        ticket["status"] = "open"
    return deliveries.changed(account, ticket, before, author, channel, comment)


def _customer(account: Account, given: Object) -> int:
    email, name = take(given, "email", str, "ada@example.com"), take(given, "name", str, "Ada")
    own = take(given, "requester", int, 0, 0, 10**15)
    return account.user_of(email, name, take(given, "verified", bool, True), own)


CONTROLS = (
    ("GET", "deliveries", _waiting),
    ("POST", "tickets", _open),
    ("POST", "tickets/([0-9]{1,12})", _act),
)
