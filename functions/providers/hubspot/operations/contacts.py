"""A contact, a task and a person's choices as an agent gets them, and what a request sends. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.api.performer import OutcomeUnknown, PermanentError, address_of

KEY_PROPERTY = "hookline_key"  # a property of tasks with unique values, which the operator creates
LONGEST_BODY = 10_000


def described(contact: Any, properties: Sequence[str]) -> dict[str, Any]:
    """The contact's id, and its properties that have a value. Raises OutcomeUnknown if there is none."""
    held = contact.get("properties") if isinstance(contact, Mapping) else None
    if not isinstance(held, Mapping) or not isinstance(contact.get("id"), str):
        raise OutcomeUnknown("hubspot answered without the contact")
    return {"id": contact["id"], "properties": {name: held[name] for name in properties if held.get(name)}}


def mailboxes(properties: Mapping[str, Any]) -> list[str]:
    """The person's mailbox, whatever follows a plus, as a list of one; empty without an address."""
    address = address_of(properties.get("email"))
    return [address.mailbox] if address else []


def filled(said: Mapping[str, Any], owner: str | None, held: Mapping[str, Any]) -> dict[str, Any]:
    """The properties to write: what is empty now. What a person or another form wrote stays."""
    new = {name: value for name, value in said.items() if value and not held.get(name)}
    if owner and not held.get("hubspot_owner_id"):
        new["hubspot_owner_id"] = owner
    return new


def upserted(answer: Any) -> Mapping[str, Any]:
    """The one result of a batch. Raises PermanentError if HubSpot refused it: a batch fails in part with a 2xx."""
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if isinstance(results, list) and len(results) == 1 and isinstance(results[0], Mapping) and results[0].get("id"):
        return results[0]
    errors = answer.get("errors") if isinstance(answer, Mapping) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        raise PermanentError(f"hubspot refused it: {str(errors[0].get('category', 'no category'))[:80]}")
    raise OutcomeUnknown("hubspot answered without a result")


def task(arguments: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The input of a task's upsert, which one key makes one task."""
    properties = {
        "hs_task_subject": arguments["subject"],
        "hs_task_body": arguments.get("body", ""),
        "hubspot_owner_id": arguments["owner"],
        "hs_timestamp": str(int(arguments["due"]) * 1000),
        "hs_task_priority": arguments.get("priority", "NONE"),
        "hs_task_status": "NOT_STARTED",
        "hs_task_type": "TODO",
        KEY_PROPERTY: key,
    }
    return {"id": key, "idProperty": KEY_PROPERTY, "properties": properties}


def choices(statuses: Any, from_all: Any) -> dict[str, Any]:
    """What the person chose. Raises OutcomeUnknown for answers that do not say it."""
    listed, all_ = ((answer.get("results") if isinstance(answer, Mapping) else None) for answer in (statuses, from_all))
    if not isinstance(listed, list) or not isinstance(all_, list):
        raise OutcomeUnknown("hubspot answered without the person's choices")
    return {
        "unsubscribed_from_all": any(one.get("status") == "UNSUBSCRIBED" for one in all_),
        "subscriptions": [
            {
                "subscriptionId": one.get("subscriptionId"),
                "name": one.get("subscriptionName"),
                "status": one.get("status"),
            }
            for one in listed
        ],
    }
