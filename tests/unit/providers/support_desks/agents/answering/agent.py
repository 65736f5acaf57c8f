"""The agent."""

from functions.api.agent import Done, Event, Outcome, Tools


def run(event: Event, tools: Tools) -> Outcome:
    """Answer the ticket once; if its subject says so, another one."""
    ticket = "1" if event.data["subject"] == "another" else event.data["ticket"]
    if event.entities[0].startswith("zendesk:"):
        read = tools.zendesk.ticket_read(ticket=ticket)
        stamp = read["updated_at"]
        tools.zendesk.ticket_update(ticket=ticket, comment="Hello.", additional_tags=["seen"], updated_stamp=stamp)
    else:
        tools.intercom.conversation_reply(conversation=ticket, message_type="note", body="Hello.")
        tools.intercom.conversation_tag(conversation=ticket, name="seen")
    return Done("answered")
