"""HubSpot's new contacts as domain events (https://developers.hubspot.com/docs/guides/crm/private-apps/webhooks)."""

from collections.abc import Callable, Mapping

from functions.api.source import LONGEST_WORD, Fields, RawEvent, Translation, name, text, translated

_CONTACTS = "0-1"  # the objectTypeId that generic subscriptions give contacts


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _contact_created(event: Fields) -> Translation:
    contact = event.need("objectId", name)
    entity = f"hubspot:contact/{contact}"
    data: dict[str, object] = {
        "lead": contact,
        "channel": "crm",
        "origin": event.may("changeSource", text(LONGEST_WORD)),
        # HubSpot sends the contact's id and nothing else.
        "email": None,
        "answers": [],
    }
    return Translation(type="lead.captured", subject=entity, entities=[entity], data=data)


def _object_created(event: Fields) -> Translation | None:
    return _contact_created(event) if event.need("objectTypeId", name) == _CONTACTS else None


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation | None]] = {
    "contact.creation": _contact_created,
    "object.creation": _object_created,
}
