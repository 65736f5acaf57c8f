"""What Zendesk must be told to send, and what is missing of it in what Zendesk's API answers. Pure.

https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/,
https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

TRIGGERS = Path(__file__).parent / "triggers"
EVENTS = "zen:event-type:ticket."
CONDITIONAL = "conditional_ticket_events"  # the subscription of a webhook that triggers notify
NOTIFY = "notification_webhook"

STEPS = (
    "1. Create a webhook in Admin Center > Apps and integrations > Webhooks: POST, JSON, no authentication. Connect it",
    "   to Zendesk events, and subscribe to those of 'hookline sources show zendesk'; or connect it to triggers, and",
    "   create those of functions/providers/zendesk/triggers/, each with the webhook's id in place of WEBHOOK:",
    "     for file in functions/providers/zendesk/triggers/*.json; do sed s/WEBHOOK/$ID/ $file |",
    "       curl -u $EMAIL/token:$TOKEN -H 'Content-Type: application/json' -d @- $ZENDESK/api/v2/triggers; done",
    "2. Store its signing secret: hookline secrets set zendesk",
    "3. Fetch what Zendesk has, and check it:",
    "     curl -u $EMAIL/token:$TOKEN $ZENDESK/api/v2/webhooks/$ID > webhook.json",
    '     curl -u $EMAIL/token:$TOKEN "$ZENDESK/api/v2/triggers?page[size]=100" > triggers.json',
    "     hookline sources setup zendesk webhook.json triggers.json",
)


def missing(found: Mapping[str, Any], address: str, raw_types: Sequence[str]) -> list[str]:
    """What is missing, a sentence each; none if deliveries arrive and can be read.

    `found` is what Zendesk's API answers for the webhook, with its triggers if it is connected to them. `address` is
    the source's URL, "" if it is not known, and `raw_types` are those that the source translates.
    """
    webhook = found.get("webhook")
    if not isinstance(webhook, Mapping):
        return ['there is no "webhook" in it: give the answer of GET /api/v2/webhooks/ID']
    listed = webhook.get("subscriptions")
    subscribed = listed if isinstance(listed, list) else []
    reasons = list(_of_webhook(webhook, address))
    if CONDITIONAL in subscribed:
        if not isinstance(found.get("triggers"), list):
            return [*reasons, 'there are no "triggers" in it: give the answer of GET /api/v2/triggers too']
        return [*reasons, *_of_triggers(_rows(found["triggers"]), str(webhook.get("id")))]
    wanted = [one for one in raw_types if one.startswith(EVENTS) and one not in subscribed]
    return [*reasons, *(f"the webhook is not subscribed to {one}" for one in wanted)]


def _of_webhook(webhook: Mapping[str, Any], address: str) -> Iterator[str]:
    if webhook.get("status") != "active":
        yield f"the webhook is {webhook.get('status')}: activate it"
    if webhook.get("http_method") != "POST" or webhook.get("request_format") != "json":
        yield "the webhook does not send a POST with JSON: change its method and its format"
    if address and webhook.get("endpoint") != address:
        yield f"the webhook sends to {webhook.get('endpoint')}, and not to {address}"


def _of_triggers(triggers: Sequence[Mapping[str, Any]], webhook: str) -> Iterator[str]:
    """What is missing of the shipped triggers, and which others notify the webhook: their bodies cannot be read."""
    shipped = {file.stem: json.loads(file.read_text())["trigger"] for file in sorted(TRIGGERS.glob("*.json"))}
    bodies = {one["actions"][0]["value"][1]: name for name, one in shipped.items()}
    seen = set()
    for trigger in triggers:
        for body in _sent_to(trigger, webhook):
            name = bodies.get(body.replace("\r\n", "\n").strip())
            if name is None:
                yield f"trigger {trigger.get('title')!r} sends a body that is none of ours: it is refused as unreadable"
                continue
            seen.add(name)
            if trigger.get("active") is not True:
                yield f"trigger {trigger.get('title')!r} is not active"
            if not _conditions(shipped[name]) <= _conditions(trigger):
                lacks = ", ".join(sorted(field for field, *_ in _conditions(shipped[name]) - _conditions(trigger)))
                yield f"trigger {trigger.get('title')!r} lacks a condition of triggers/{name}.json: {lacks}"
    for name in sorted(set(shipped) - seen):
        yield f"no trigger notifies the webhook as triggers/{name}.json does"


def _sent_to(trigger: Mapping[str, Any], webhook: str) -> Iterator[str]:
    """The bodies that a trigger sends to the webhook."""
    for action in _rows(trigger.get("actions")):
        value = action.get("value") if action.get("field") == NOTIFY else None
        if isinstance(value, list) and len(value) == 2 and value[0] == webhook:
            yield str(value[1])


def _conditions(trigger: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """The conditions that must all hold."""
    found = trigger.get("conditions")
    rows = _rows(found.get("all") if isinstance(found, Mapping) else None)
    return {(str(one.get("field")), str(one.get("operator")), str(one.get("value"))) for one in rows}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, none if it is not a list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
