"""The contacts that HubSpot's webhooks should have reported as new, by its search.

https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm

A contact is created once, so its portal and its id identify the event, as in source.py. Other events have no such
name: the ids of webhooks are in no API, neither in a contact's history nor in the webhooks journal
(https://developers.hubspot.com/docs/api-reference/latest/webhooks-journal/guide), which is another subscription.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.api.reconcile import Page, ReconcileManifest, Sent, UnreadableBody, Window, at

MANIFEST = ReconcileManifest(
    name="hubspot",
    listing="contact.list",
    keeps=29 * 24 * 3600,
    lag=900,  # a new contact takes a moment to be found, and a delivery may be under way
)


def arguments(window: Window, after: str) -> Mapping[str, Any]:
    """Every page of the contacts that were created in the window, by their ids."""
    times = {"since": int(window.since), "until": int(window.until) + 1}
    return {**times, "after": after} if after else times


def page(answer: Any, window: Window) -> Page:
    """The contacts of one page with the bodies of their webhooks, which say no more than which contact it is."""
    portal, contacts, after = at(answer, "portal"), at(answer, "contacts"), at(answer, "after")
    known = isinstance(contacts, list) and isinstance(after, str) and isinstance(portal, str) and portal.isdecimal()
    if not known:
        raise UnreadableBody("a page has the portal, contacts and the next cursor")
    sent, unreadable = [], []
    for contact in contacts:
        id, moment = at(contact, "id"), _unix(at(contact, "createdAt"))
        if moment is None or not isinstance(id, str) or not (id.isascii() and id.isdecimal()):
            unreadable.append("a contact has no id or no time at which it was created")
            continue
        body = {"subscriptionType": "contact.creation", "portalId": int(portal), "objectId": int(id)}
        sent.append(Sent(moment, {**body, "occurredAt": int(moment * 1000)}))
    return Page(sent, after, unreadable)


def _unix(value: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.timestamp() if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None
