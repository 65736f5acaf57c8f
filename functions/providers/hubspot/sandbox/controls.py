"""Control requests: what people do at HubSpot, and how the sandbox behaves.

POST contacts      {"email", "properties", "at", "withheld"}: a contact is created, at that unix second; the answer has
                   its id, and the deliveries of its webhook
POST unsubscribe   {"email"}: a person unsubscribes from everything
POST owners        {"email", "archived"}: an owner leaves or comes back
POST settings      see `Settings`
GET state, DELETE state
"""

from dataclasses import fields, replace

from functions.api.sandbox import BadControl, Response, json_object, no_such_control, parse_json, take
from functions.providers.hubspot.sandbox.account import Account, Object, Settings


def respond(account: Account, method: str, path: str, body: bytes) -> Response:
    """Respond to a control request. Raises BadControl. The caller holds the account's lock."""
    if (method, path) == ("GET", "state"):
        return Response.json(200, account.state())
    if (method, path) == ("DELETE", "state"):
        account.clear()
        return Response.json(200, {"emptied": True})
    acts = {"contacts": _contact, "unsubscribe": _unsubscribe, "owners": _owner, "settings": _settings}
    if method != "POST" or path not in acts:
        return no_such_control()
    return acts[path](account, json_object(parse_json(body), "the body"))


def _contact(account: Account, given: Object) -> Response:
    email, properties = take(given, "email", str, "").lower(), json_object(given.pop("properties", {}), "properties")
    at, withheld = take(given, "at", int, 0), take(given, "withheld", bool, False)
    _no_more(given)
    if not email or not all(isinstance(value, str) for value in properties.values()):
        raise BadControl("a contact has an email, and properties that are strings")
    before = len(account.sent)
    found = account.contact_of(email) or account.put_contact({"email": email}, at=at)
    found["properties"] |= properties
    deliveries = [] if withheld else [[event] for event in account.sent[before:]]
    return Response.json(200, {"contact": found["id"], "deliveries": deliveries})


def _unsubscribe(account: Account, given: Object) -> Response:
    account.unsubscribed.add(take(given, "email", str, "").lower())
    _no_more(given)
    return Response.json(200, {"unsubscribed": sorted(account.unsubscribed)})


def _owner(account: Account, given: Object) -> Response:
    email, archived = take(given, "email", str, ""), take(given, "archived", bool, False)
    _no_more(given)
    found = [owner for owner in account.owners if owner["email"] == email]
    if not found:
        raise BadControl(f"there is no owner {email}")
    found[0]["archived"] = archived
    return Response.json(200, {"owner": found[0]["id"]})


def _settings(account: Account, given: Object) -> Response:
    known = {field.name for field in fields(Settings)}
    for name, value in given.items():
        if name not in known or type(value) is not int or not 0 <= value <= 10**6:
            raise BadControl(f"settings: {name} is unknown, or its value is")
    account.settings = replace(account.settings, **given)
    return Response.json(200, {"set": given})


def _no_more(given: Object) -> None:
    if given:
        raise BadControl(f"unknown field {next(iter(given))!r}")
