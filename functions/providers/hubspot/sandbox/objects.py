"""The operations on contacts, tasks and owners, as HubSpot's API performs them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from functions.api.sandbox import Request, Response
from functions.providers.hubspot.sandbox.account import PORTAL, Account, Object
from functions.providers.hubspot.sandbox.errors import invalid, missing

KEY_PROPERTY = "hookline_key"  # the property of tasks with unique values that the set-up creates
CONTACT_PROPERTIES = {
    *("email", "firstname", "lastname", "company", "numberofemployees", "country", "phone", "website"),
    *("lifecyclestage", "hs_lead_status", "hubspot_owner_id", "hs_email_optout"),
}
TASK_PROPERTIES = {
    *("hs_task_subject", "hs_task_body", "hubspot_owner_id", "hs_timestamp", "hs_task_priority", "hs_task_status"),
    *("hs_task_type", KEY_PROPERTY),
}


def details(account: Account, request: Request) -> Object:
    """The portal of the token."""
    place = {"timeZone": "UTC", "utcOffset": "+00:00", "utcOffsetMilliseconds": 0, "dataHostingLocation": "eu1"}
    money = {"companyCurrency": "EUR", "additionalCurrencies": []}
    own = {"portalId": PORTAL, "accountType": "DEVELOPER_TEST", "uiDomain": "app-eu1.hubspot.com"}
    return {**own, **place, **money}


def read(account: Account, request: Request, id: str) -> Object:
    """A contact, by its id or its address, with the properties that are asked for."""
    query = request.params
    found = _contact(account, id, query.get("idProperty", ""))
    names = query.get("properties", "email,firstname,lastname").split(",")
    return {**found, "properties": {name: found["properties"].get(name) for name in names}}


def update(account: Account, request: Request, id: str) -> Object:
    """Change properties of a contact."""
    found = _contact(account, id, request.params.get("idProperty", ""))
    properties = _properties(account, request.json.get("properties"), CONTACT_PROPERTIES)
    found["properties"] |= properties
    account.effects.append({"kind": "contact.update", "id": found["id"], "properties": properties})
    return found


def upsert_contacts(account: Account, request: Request) -> Object | Response:
    """Create contacts, or change them, by their address."""

    def one(given: Object) -> Object:
        # "Partial upserts are not supported when using email as the idProperty."
        properties = _properties(account, given.get("properties"), CONTACT_PROPERTIES)
        if given.get("idProperty") != "email" or properties.get("email", "").lower() != str(given.get("id")).lower():
            raise invalid("the address must be among the properties")
        properties["email"] = properties["email"].lower()
        found = account.contact_of(properties["email"])
        if found is None:
            found = account.put_contact(properties)
            account.effects.append({"kind": "contact.create", "id": found["id"], "properties": dict(properties)})
            return {**found, "new": True}
        found["properties"] |= properties
        account.effects.append({"kind": "contact.update", "id": found["id"], "properties": properties})
        return {**found, "new": False}

    return _batch(account, request, one)


def upsert_tasks(account: Account, request: Request) -> Object | Response:
    """Create tasks, or change them, by a property with unique values."""

    def one(given: Object) -> Object:
        properties = _properties(account, given.get("properties"), TASK_PROPERTIES)
        if given.get("idProperty") != KEY_PROPERTY or properties.get(KEY_PROPERTY) != given.get("id"):
            raise invalid("a task is upserted by a property with unique values")
        if not properties.get("hs_timestamp", "").isdecimal():
            raise invalid("hs_timestamp is required")
        held = (one for one in account.tasks.values() if one["properties"].get(KEY_PROPERTY) == given["id"])
        if found := next(held, None):
            found["properties"] |= properties
            return {**_shown(found), "new": False}
        found = account.put_task(properties)
        account.effects.append({"kind": "task.create", "id": found["id"], "key": given["id"], "properties": properties})
        return {**_shown(found), "new": True}

    return _batch(account, request, one)


def associate(account: Account, request: Request, task: str, contact: str) -> Object:
    """Put a task on a contact's timeline; the same again changes nothing."""
    if task not in account.tasks or contact not in account.contacts:
        raise missing()
    account.tasks[task]["contact"] = contact
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}  # of a task to a contact
    return _complete(account, [{"from": {"id": task}, "to": {"id": contact}, "associationSpec": kind}])


def search(account: Account, request: Request) -> Object:
    """The contacts to which all filters of the one group apply, by their ids."""
    given = request.json
    if lacking := sorted({"after", "filterGroups", "limit", "properties", "sorts"} - set(given)):
        raise invalid(f"{lacking[0]} is required")
    (group,) = given["filterGroups"]
    found = sorted(account.contacts.values(), key=lambda one: int(one["id"]))
    found = [one for one in found if all(_applies(filter, one) for filter in group["filters"])]
    more = len(found) > given["limit"]
    results = [{**one, "properties": {"createdate": one["createdAt"]}} for one in found[: given["limit"]]]
    paging = {"paging": {"next": {"after": str(given["limit"])}}} if more else {}
    return {"total": len(found), "results": results, **paging}


def _applies(filter: Object, contact: Object) -> bool:
    created = datetime.fromisoformat(contact["createdAt"]).timestamp()
    held = {"createdate": int(created * 1000), "hs_object_id": int(contact["id"])}
    value, limit = held[filter["propertyName"]], int(filter["value"])
    return {"GTE": value >= limit, "LT": value < limit, "GT": value > limit}[filter["operator"]]


def owners(account: Account, request: Request) -> Object:
    """A page of the owners."""
    query = request.params
    start, size = int(query.get("after", "0")), int(query.get("limit", "100"))
    found, more = account.owners[start : start + size], start + size < len(account.owners)
    at = {"createdAt": _time(0), "updatedAt": _time(0), "type": "PERSON"}
    return {
        "results": [{**one, **at} for one in found],
        **({"paging": {"next": {"after": str(start + size)}}} if more else {}),
    }


def statuses(account: Account, request: Request, email: str) -> Object:
    """What the person chose, by subscription."""
    status = "UNSUBSCRIBED" if email.lower() in account.unsubscribed else "NOT_SPECIFIED"
    subscription = {"subscriptionId": 1, "subscriptionName": "Marketing", "source": "Form"}
    return _complete(account, [{**_choice(account, email, status), **subscription}])


def from_all(account: Account, request: Request, email: str) -> Object:
    """Whether the person unsubscribed from everything: nothing is listed of one who did not."""
    if email.lower() not in account.unsubscribed:
        return _complete(account, [])
    return _complete(account, [{**_choice(account, email, "UNSUBSCRIBED"), "wideStatusType": "PORTAL_WIDE"}])


def _choice(account: Account, email: str, status: str) -> Object:
    return {"channel": "EMAIL", "status": status, "subscriberIdString": email, "timestamp": _time(account.now())}


def _complete(account: Account, results: list[Object], **more: Any) -> Object:
    at = _time(account.now())
    return {"status": "COMPLETE", "startedAt": at, "completedAt": at, "results": results, **more}


def _shown(task: Object) -> Object:
    return {name: value for name, value in task.items() if name != "contact"}


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _contact(account: Account, id: str, by: str) -> Object:
    found = account.contact_of(id) if by == "email" else account.contacts.get(id)
    if found is None:
        raise missing()
    return found


def _batch(account: Account, request: Request, one: Callable[[Object], Object]) -> Object | Response:
    inputs = request.json.get("inputs")
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= 100 or not all(isinstance(i, dict) for i in inputs):
        raise invalid("inputs must be a list of 1 to 100 objects")
    if account.settings.half_failures:
        account.settings.half_failures -= 1
        told = {"category": "VALIDATION_ERROR", "message": "a property of an input is not valid", "status": "error"}
        errors = [{**told, "context": {}, "errors": [], "links": {}}] * len(inputs)
        return Response.json(207, _complete(account, [], numErrors=len(inputs), errors=errors))
    return _complete(account, [one(given) for given in inputs])


def _properties(account: Account, given: Any, known: set[str]) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise invalid("properties must be an object of strings")
    if unknown := sorted(set(given) - known):
        raise invalid(f"Property {unknown[0]!r} does not exist")
    owner = given.get("hubspot_owner_id")
    if owner and owner not in {one["id"] for one in account.owners if not one["archived"]}:
        raise invalid("Owner does not exist")
    return dict(given)
