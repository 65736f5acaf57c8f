"""The single requests that HubSpot's operations are made of."""

from collections.abc import Mapping

from functions.api.connector import NextCursor, Operation, Paging

OBJECTS = "/crm/objects/2026-09"
STATUSES = "/communication-preferences/2026-09/statuses/{email}"
_ADDRESS, _CONTACT, _ACCOUNT = "person:email/{email}", "hubspot:contact/{id}", "hubspot:account/{own}"
# What belongs to no entity is named by its path.
_BATCH = "hubspot:batch/{does}"


def _read(name: str, entity: str, path: str, sends: Mapping[str, str] | None = None) -> Operation:
    return Operation(name, kind="read", entity=entity, method="GET", path=path, sends=sends or {})


def _write(name: str, entity: str, method: str, path: str) -> Operation:
    # Natural: an upsert under one id, the same properties, or the same association again change nothing more.
    return Operation(name, kind="effect", entity=entity, method=method, path=path, idempotency="natural")


# https://developers.hubspot.com/docs/api-reference/account-account-info-v3/guide
ACCOUNT = _read("account.read", _ACCOUNT, "/account-info/v3/{own}")
BY_ADDRESS = _read("contact.find", _ADDRESS, f"{OBJECTS}/contacts/{{email}}")
BY_ID = _read("contact.read", _CONTACT, f"{OBJECTS}/contacts/{{id}}")
UPSERT = _write("contact.upsert", _BATCH, "POST", f"{OBJECTS}/contacts/batch/{{does}}")
UPDATE = _write("contact.update", _CONTACT, "PATCH", f"{OBJECTS}/contacts/{{id}}")
TASK_UPSERT = _write("task.upsert", _BATCH, "POST", f"{OBJECTS}/tasks/batch/{{does}}")
# https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
ASSOCIATE = _write(
    "task.associate",
    "hubspot:task/{task}/{id}",
    "PUT",
    "/crm/v4/objects/tasks/{task}/associations/default/contacts/{id}",
)
# https://developers.hubspot.com/docs/api-reference/communication-preferences-v4/guide
STATUS = _read("statuses.read", _ADDRESS, STATUSES, sends={"channel": "EMAIL"})
FROM_ALL = _read("from_all.read", _ADDRESS, f"{STATUSES}/unsubscribe-all", sends={"channel": "EMAIL"})
# Of the token's portal: HubSpot knows no parameter for it.
OWNERS = Operation(
    "owners.read",
    kind="read",
    entity=_ACCOUNT,
    method="GET",
    path="/crm/owners/{own}",
    sends={"limit": 100},
    paging=Paging(NextCursor("after", "paging.next.after"), items="results"),
    keeps=["id", "email", "firstName", "lastName", "archived"],
)
# https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
SEARCH = Operation(
    "contacts.search", kind="read", entity=_BATCH, method="POST", path=f"{OBJECTS}/contacts/{{does}}", encoding="json"
)
