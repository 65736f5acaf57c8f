"""HubSpot's new contacts and forms as domain events .

https://developers.hubspot.com/docs/guides/crm/private-apps/webhooks:
it sends a contact's id and, of a property that changed, its value. The rest of the contact is read by a connector.
"""

from collections.abc import Callable, Mapping

from functions.api.source import (
    LONGEST_LINE,
    LONGEST_WORD,
    Fields,
    RawEvent,
    Translation,
    address_of,
    name,
    text,
    translated,
)

_CONTACTS = "0-1"  # the objectTypeId that generic subscriptions give contacts
_FORM = "FORM"  # the changeSource of what a form wrote
# The properties that a form writes: the address of a new contact, and the name of the form, each time.
# https://knowledge.hubspot.com/properties/hubspots-default-contact-properties
_EMAIL, _FORM_NAME = "email", "recent_conversion_event_name"
_UNKNOWN = dict.fromkeys(("full_name", "company", "size", "country", "product", "consent", "utm", "submitted"))


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _created(event: Fields) -> Translation:
    return _lead(event, "crm")


def _changed(event: Fields) -> Translation | None:
    """A form's completion; None for any other change."""
    if event.may("changeSource", text(LONGEST_WORD)) != _FORM:
        return None
    value = event.may("propertyValue", text(LONGEST_LINE))
    changed = event.may("propertyName", text(LONGEST_WORD))
    if changed == _EMAIL:
        return _lead(event, "form", email=value)
    return _lead(event, "form", form=value) if changed == _FORM_NAME else None


def _of_contact(translation: Callable[[Fields], Translation | None], event: Fields) -> Translation | None:
    return translation(event) if event.need("objectTypeId", name) == _CONTACTS else None


def _lead(event: Fields, channel: str, email: str | None = None, form: str | None = None) -> Translation:
    contact = event.need("objectId", name)
    own, address = f"hubspot:contact/{contact}", address_of(email)
    data: dict[str, object] = {
        **_UNKNOWN,
        "lead": contact,
        "channel": channel,
        "origin": event.may("changeSource", text(LONGEST_WORD)),
        "email": email,
        "address": address and address.email,
        "person": address and address.mailbox,
        "meant": (address and address.meant) or None,
        "answers": [],
        "form": form and form[:LONGEST_WORD],
        "hidden": [],
    }
    entities = [own, *(address.entities if address else ())]
    return Translation(type="lead.captured", subject=own, entities=entities, data=data)


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation | None]] = {
    "contact.creation": _created,
    "object.creation": lambda event: _of_contact(_created, event),
    "contact.propertyChange": _changed,
    "object.propertyChange": lambda event: _of_contact(_changed, event),
}
