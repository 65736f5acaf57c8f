"""What Typeform's webhooks should have sent: the responses to the forms that have our webhook.

https://www.typeform.com/developers/responses/reference/retrieve-responses/

The API does not return the id of a webhook's event. A response is submitted once, so its form and its token identify it
in both.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.api.reconcile import Page, ReconcileManifest, Sent, UnreadableBody, Window, at

MANIFEST = ReconcileManifest(
    name="typeform",
    listing="response.list",
    keeps=29 * 24 * 3600,
    lag=3600,  # responses of the last 30 minutes may be left out, as Typeform documents
)
# What a response has and its webhook's body has too; https://www.typeform.com/developers/webhooks/example-payload/
_SAME = ("landed_at", "submitted_at", "hidden", "calculated", "variables")


def arguments(window: Window, after: str) -> Mapping[str, Any]:
    """Every page: form by form, the newest response first."""
    times = {"since": int(window.since), "until": int(window.until)}
    return {**times, "after": after} if after else times


def page(answer: Any, window: Window) -> Page:
    """The responses of one page with the bodies of their webhooks.

    What was submitted before the form had the webhook was never to be sent.
    """
    form, items, after = at(answer, "form"), at(answer, "items"), at(answer, "after")
    if not isinstance(items, list) or not isinstance(after, str) or (items and not isinstance(form, Mapping)):
        raise UnreadableBody("a page has a form, items and the next cursor")
    begins = _unix(at(answer, "ours")) if at(answer, "ours") else 0.0
    sent, unreadable = [], []
    for item in items:
        moment, token = _unix(at(item, "submitted_at")), at(item, "token") or at(item, "response_id")
        if moment is None or not isinstance(token, str) or not isinstance(at(form, "id"), str):
            unreadable.append("a response has no token or no time at which it was submitted")
        elif moment >= (begins or 0.0):
            sent.append(Sent(moment, _body(form, token, item)))
    return Page(sent, after, unreadable)


def _body(form: Mapping[str, Any], token: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the webhook, without the event's id. The questions are those that the form has now."""
    response = {
        "form_id": form["id"],
        "token": token,
        **{name: item[name] for name in _SAME if item.get(name) is not None},
        "definition": {"id": form["id"], "title": form.get("title") or "", "fields": form.get("fields") or []},
        "answers": item.get("answers") or [],
    }
    return {"event_type": "form_response", "form_response": response}


def _unix(value: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
