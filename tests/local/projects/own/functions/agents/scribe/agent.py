"""The scribe."""

from functions.api.agent import Done, Event, Outcome, Tools


def run(event: Event, tools: Tools) -> Outcome:
    """Reply to a note; a star needs no reply."""
    if event.type == "acme.unmapped":
        return Done(f"woken by {event.raw_type}")
    tools.acme.note_reply(note=event.data["note"], reply={"text": "thanks", "tags": ["auto"]})
    return Done("replied")
