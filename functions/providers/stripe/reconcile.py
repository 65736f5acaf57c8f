"""What Stripe says it sent: its events whose deliveries have not succeeded.

https://docs.stripe.com/webhooks/process-undelivered-events, https://docs.stripe.com/api/events/list
"""

from collections.abc import Mapping
from typing import Any

from functions.api.reconcile import Page, ReconcileManifest, Sent, UnreadableBody, Window, at

MANIFEST = ReconcileManifest(
    name="stripe",
    listing="event.list",
    keeps=29 * 24 * 3600,
    lag=600,  # Stripe sends within seconds; what is older was tried at least once
)


def arguments(window: Window, after: str) -> Mapping[str, Any]:
    """Every page of the events that are not delivered, the newest first."""
    return {"starting_after": after} if after else {}


def page(answer: Any, window: Window) -> Page:
    """The events of one page, which are as their webhooks' bodies. The last page is that which reaches back enough."""
    data, more = at(answer, "data"), at(answer, "has_more")
    if not isinstance(data, list) or not isinstance(more, bool):
        raise UnreadableBody("a list has data and has_more")
    sent, unreadable = [], []
    for event in data:
        created = at(event, "created")
        if type(created) is int:
            sent.append(Sent(created, event))
        else:
            unreadable.append("an event has no time of creation")
    if not more or (sent and min(one.at for one in sent) < window.since):
        return Page(sent, unreadable=unreadable)
    last = at(data[-1], "id") if data else None
    if not isinstance(last, str) or not last:
        raise UnreadableBody("the last event of a page has no id, and there are more")
    return Page(sent, last, unreadable)
