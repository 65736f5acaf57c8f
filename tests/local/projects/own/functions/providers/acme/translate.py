"""Acme's notes as domain events."""

from functions.api.source import LONGEST_TEXT, Fields, RawEvent, Translation, name, text, translated


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event, or None if its type has none."""
    return translated(raw_event, {"note.created": _created})


def _created(body: Fields) -> Translation:
    note = body.need("note.id", name)
    data = {"note": note, "text": body.need("note.text", text(LONGEST_TEXT))}
    return Translation(type="note.taken", subject=f"acme:note/{note}", entities=[f"acme:note/{note}"], data=data)
