"""The intake: a customer's message goes to the desk, what ends a case ends it, everything else wakes nobody further."""

from functions.agents.support_intake.tools import Tools
from functions.api.agent import Done, Emit, Event, Outcome
from functions.api.desk import cut, is_automatic, meaning


def run(event: Event, tools: Tools) -> Outcome:
    """Publish case.message or case.closed, or nothing."""
    data = event.data
    what, why = meaning(event.type, data)
    if what == "over":
        return Emit("case.closed", {"ticket": data["ticket"], "why": why}, why=f"the ticket is {why}")
    if what == "nothing":
        return Done(why)
    text = data["text"] or text_of(event, tools)
    if is_automatic(text):
        return Done("an automatic reply")
    message = {
        "ticket": data["ticket"],
        "requester": data["requester"],
        "first": event.type == "ticket.created",
        "subject": data["subject"],
        "text": cut(text),
        "channel": data["channel"],
    }
    return Emit("case.message", message, why=why)


def text_of(event: Event, tools: Tools) -> str:
    """The text of the message, read at Zendesk, whose triggers send none; "" if there is none to read."""
    ticket = event.data["ticket"]
    if event.source != "webhook.zendesk":
        return ""
    if event.type == "ticket.created":
        return tools.zendesk.ticket_read(ticket=ticket).get("description") or ""
    comments = tools.zendesk.comments_read(ticket=ticket)["items"]
    own = [one for one in comments if str(one.get("author_id")) == event.data["author"] and one.get("public")]
    return own[-1].get("plain_body") or "" if own else ""
