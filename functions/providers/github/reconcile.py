"""What GitHub tried to deliver to the App's webhook and could not: https://docs.github.com/rest/apps/webhooks

GitHub tries once, lists its attempts for three days, and tries again when the App asks for it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.api.reconcile import Attempt, Page, ReconcileManifest, UnreadableBody, Window, at

MANIFEST = ReconcileManifest(
    name="github",
    listing="hook.deliveries",
    redelivers="hook.redeliver",
    keeps=3 * 24 * 3600,
    lag=120,  # GitHub waits ten seconds for an answer
)


def arguments(window: Window, after: str) -> Mapping[str, Any]:
    """Every page of the attempts, the newest first."""
    return {"cursor": after} if after else {}


def page(answer: Any, window: Window) -> Page:
    """The attempts of one page, without those of pings. The last page is that which reaches back enough."""
    items, after = at(answer, "items"), at(answer, "after")
    if not isinstance(items, list) or not isinstance(after, str):
        raise UnreadableBody("a list of deliveries has items and after")
    found, unreadable = [], []
    for one in items:
        if at(one, "event") == "ping":
            continue
        attempt = _attempt(one)
        if attempt:
            found.append(attempt)
        else:
            unreadable.append("a delivery has no id, guid, time or status")
    enough = bool(found) and min(one.at for one in found) < window.since
    return Page((), "" if enough else after, unreadable, found)


def _attempt(one: Any) -> Attempt | None:
    """An attempt; GitHub's status code is 0 if it got no answer. None if it is not as GitHub documents it."""
    number, code = at(one, "id"), at(one, "status_code")
    guid, sent, event = (at(one, name) for name in ("guid", "delivered_at", "event"))
    if type(number) is not int or type(code) is not int:
        return None
    if not isinstance(guid, str) or not isinstance(sent, str) or not isinstance(event, str):
        return None
    try:
        moment = datetime.fromisoformat(sent)
        when = moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        when = None
    if when is None or number < 1 or not guid:
        return None
    answer = str(code) if code else "no answer"
    return Attempt(when, guid, number, 200 <= code < 300, answer, {"x-github-event": event})
