"""Control requests: what people do at HubSpot, and how the sandbox behaves.

POST contacts      {"email", "properties", "at", "withheld"}: a contact is created, at that unix second; the answer has
                   its id, and the deliveries of its webhook
POST unsubscribe   {"email"}: a person unsubscribes from everything
POST owners        {"email", "archived"}: an owner leaves or comes back
"""

from functions.api.sandbox import BadControl, json_object, no_more, take
from functions.providers.hubspot.sandbox.account import Account, Object


def _contact(account: Account, given: Object) -> Object:
    email, properties = take(given, "email", str, "").lower(), json_object(given.pop("properties", {}), "properties")
    at, withheld = take(given, "at", int, 0), take(given, "withheld", bool, False)
    no_more(given)
    if not email or not all(isinstance(value, str) for value in properties.values()):
        raise BadControl("a contact has an email, and properties that are strings")
    before = len(account.sent)
    found = account.contact_of(email) or account.put_contact({"email": email}, at=at)
    found["properties"] |= properties
    deliveries = [] if withheld else [[event] for event in account.sent[before:]]
    return {"contact": found["id"], "deliveries": deliveries}


def _unsubscribe(account: Account, given: Object) -> Object:
    account.unsubscribed.add(take(given, "email", str, "").lower())
    no_more(given)
    return {"unsubscribed": sorted(account.unsubscribed)}


def _owner(account: Account, given: Object) -> Object:
    email, archived = take(given, "email", str, ""), take(given, "archived", bool, False)
    no_more(given)
    found = [owner for owner in account.owners if owner["email"] == email]
    if not found:
        raise BadControl(f"there is no owner {email}")
    found[0]["archived"] = archived
    return {"owner": found[0]["id"]}


CONTROLS = (("POST", "contacts", _contact), ("POST", "unsubscribe", _unsubscribe), ("POST", "owners", _owner))
