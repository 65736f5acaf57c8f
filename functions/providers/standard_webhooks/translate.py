"""Events of the operator's own product as domain events.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure
"""

import re

from functions.api.source import (
    LONGEST_LINE,
    LONGEST_WORD,
    Fields,
    RawEvent,
    Translation,
    address_of,
    flag,
    name,
    text,
    whole,
)

_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_UTM = ("source", "medium", "campaign", "term", "content")
_line, _word = text(LONGEST_LINE), text(LONGEST_WORD)


def translate(raw_event: RawEvent) -> Translation | None:
    """A raw event with a `data.id` as a product.event; None without one, or for a type of another form.

    "invoice.item.paid" names the entity "invoice_item/<data.id>". Raises UnreadableBody if the id is malformed.
    """
    if not _TYPE.fullmatch(raw_event.raw_type):
        return None
    said = Fields(raw_event.body).part("data")
    subject = said.key("id", name)
    if subject is None:
        return None
    own = f"standard_webhooks:{raw_event.raw_type.rpartition('.')[0].replace('.', '_')}/{subject}"
    email = said.may("email", _line)
    address = address_of(email)
    data = {
        "name": raw_event.raw_type,
        "subject": subject,
        "email": email,
        "address": address and address.email,
        "person": address and address.mailbox,
        "meant": (address and address.meant) or None,
        "full_name": said.may("name", _line),
        "company": said.may("company", _line),
        "size": _size(said),
        "country": said.may("country", _word),
        "product": said.may("product", _word),
        "consent": _consent(said.part("consent")),
        "utm": _campaign(said.part("utm")),
        "plan": said.may("plan", _word),
    }
    entities = [own, *(address.entities if address else ())]
    return Translation(type="product.event", subject=own, entities=entities, data=data)


def _size(said: Fields) -> str | None:
    """The number of employees, which products write as a number or as a text."""
    number = said.may("employees", whole)
    return said.may("employees", _word) if number is None else str(number)


def _consent(part: Fields) -> dict[str, object] | None:
    given = part.may("given", flag)
    return None if given is None else {"given": given, "text": part.may("text", _line), "at": part.may("at", _word)}


def _campaign(part: Fields) -> dict[str, str | None] | None:
    found = {one: part.may(one, _word) for one in _UTM}
    return found if any(found.values()) else None
