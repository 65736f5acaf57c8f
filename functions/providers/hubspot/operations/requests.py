"""The single requests that HubSpot's operations are made of.

An upsert under one id, the same properties, or the same association again change nothing more.
"""

from functions.api.connector import NextCursor, Paging, Request

OBJECTS = "/crm/objects/2026-09"
STATUSES = "/communication-preferences/2026-09/statuses/{email}"
_BY_MAIL = {"channel": "EMAIL"}

# https://developers.hubspot.com/docs/api-reference/account-account-info-v3/guide
ACCOUNT = Request("account.read", path="/account-info/v3/details")
BY_ADDRESS = Request("contact.find", path=f"{OBJECTS}/contacts/{{email}}")
BY_ID = Request("contact.read", path=f"{OBJECTS}/contacts/{{id}}")
UPSERT = Request("contact.upsert", kind="effect", method="POST", path=f"{OBJECTS}/contacts/batch/upsert")
UPDATE = Request("contact.update", kind="effect", method="PATCH", path=f"{OBJECTS}/contacts/{{id}}")
TASK_UPSERT = Request("task.upsert", kind="effect", method="POST", path=f"{OBJECTS}/tasks/batch/upsert")
# https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
ASSOCIATE = Request(
    "task.associate",
    kind="effect",
    method="PUT",
    path="/crm/v4/objects/tasks/{task}/associations/default/contacts/{id}",
)
# https://developers.hubspot.com/docs/api-reference/communication-preferences-v4/guide
STATUS = Request("statuses.read", path=STATUSES, sends=_BY_MAIL)
FROM_ALL = Request("from_all.read", path=f"{STATUSES}/unsubscribe-all", sends=_BY_MAIL)
# Of the token's portal: HubSpot knows no parameter for it.
OWNERS = Request(
    "owners.read",
    path="/crm/owners/2026-09",
    sends={"limit": 100},
    paging=Paging(NextCursor("after", "paging.next.after"), items="results"),
    keeps=["id", "email", "firstName", "lastName", "archived"],
)
# https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
SEARCH = Request("contacts.search", method="POST", path=f"{OBJECTS}/contacts/search", encoding="json")
