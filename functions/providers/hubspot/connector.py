"""HubSpot's CRM as a connector (https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide).

It acts on a contact by the address that a delivery names (`person:email`), or by HubSpot's own id (`hubspot:contact`).
"""

from collections.abc import Mapping

from functions.api.connector import (
    Bearer,
    Confirms,
    ConnectorManifest,
    Listing,
    NextCursor,
    Number,
    Object,
    Operation,
    Paging,
    RateLimit,
    TenantHeader,
    Text,
)

OBJECTS = "/crm/objects/2026-09"
ADDRESS, CONTACT, PORTAL = "person:email/{email}", "hubspot:contact/{contact}", "hubspot:portal/{portal}"
IDS = {"contact": "[0-9A-Za-z]+"}
PROPERTIES = (
    *("email", "firstname", "lastname", "company", "numberofemployees", "country", "phone", "website"),
    *("lifecyclestage", "hs_lead_status", "hubspot_owner_id", "hs_email_optout", "createdate", "lastmodifieddate"),
)
# What a form says of a person. The address is the entity's, and the owner has an argument of its own.
SAID = Object(
    {
        "firstname": Text(longest=200),
        "lastname": Text(longest=200),
        "company": Text(longest=200),
        "numberofemployees": Text(longest=20),
        "country": Text(longest=100),
        "phone": Text(longest=50),
        "website": Text(longest=500),
        "hs_lead_status": Text(choices=("NEW", "OPEN", "IN_PROGRESS", "UNQUALIFIED")),
    }
)
OWNER = Text(longest=20)
TASK: Mapping[str, Text | Number] = {
    "subject": Text(longest=500),
    "body": Text(longest=10_000, escape="html"),
    "owner": OWNER,
    "due": Number(lowest=0, highest=4_102_444_800),
    "priority": Text(choices=("LOW", "MEDIUM", "HIGH")),
}
READ = {"properties": ",".join(PROPERTIES)}


def _assign(name: str, entity: str, path: str) -> Operation:
    return Operation(
        name,
        kind="effect",
        entity=entity,
        method="PATCH",
        path=path,
        takes={"owner": OWNER},
        needs=["owner"],
        idempotency="natural",
    )


def _task(name: str, entity: str) -> Operation:
    # The performer upserts it under the ledger's key, which HubSpot keeps in a property with unique values.
    return Operation(
        name,
        kind="effect",
        entity=entity,
        method="POST",
        path=f"{OBJECTS}/tasks/batch/upsert",
        takes=TASK,
        needs=["subject", "owner", "due"],
        idempotency="key",
    )


MANIFEST = ConnectorManifest(
    name="hubspot",
    owner="growth",
    hosts=["api.hubapi.com"],
    base="https://api.hubapi.com/",
    credential=Bearer(),
    # No header of HubSpot's: the performer compares it with the portal of the token, and does not send it.
    tenant_header=TenantHeader("X-Portal-Id"),
    # https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines: 429, without a Retry-After;
    # the window is of ten seconds.
    rate_limit=RateLimit(
        429,
        remaining="X-HubSpot-RateLimit-Remaining",
        reset="X-HubSpot-RateLimit-Reset",
        words="RATE_LIMIT",
        seconds=10,
    ),
    operations=[
        # {"found": …, "contact": …}: an address that HubSpot does not know is an answer.
        Operation(
            "contact.find",
            kind="read",
            entity=ADDRESS,
            method="GET",
            path=f"{OBJECTS}/contacts/{{email}}",
            sends=READ | {"idProperty": "email"},
        ),
        Operation(
            "contact.read",
            kind="read",
            entity=CONTACT,
            ids=IDS,
            method="GET",
            path=f"{OBJECTS}/contacts/{{contact}}",
            sends=READ,
            # Anybody can write an address into a form, so nothing proves whose it is.
            confirms=Confirms("mailboxes", proven=False),
        ),
        # Creates the contact, or fills what is empty in it; what a person or another form wrote stays. The answer says
        # whether it is `new`.
        Operation(
            "contact.upsert",
            kind="effect",
            entity=ADDRESS,
            method="POST",
            path=f"{OBJECTS}/contacts/batch/upsert",
            takes={"said": SAID, "owner": OWNER},
            idempotency="natural",
        ),
        _assign("person.assign", ADDRESS, f"{OBJECTS}/contacts/{{email}}"),
        _assign("contact.assign", CONTACT, f"{OBJECTS}/contacts/{{contact}}"),
        _task("task.create", ADDRESS),
        _task("contact_task.create", CONTACT),
        # {"unsubscribed_from_all": …, "subscriptions": […]}
        Operation(
            "consent.read",
            kind="read",
            entity=ADDRESS,
            method="GET",
            path="/communication-preferences/2026-09/statuses/{email}",
            sends={"channel": "EMAIL"},
        ),
        Operation(
            "owners.list",
            kind="read",
            entity=PORTAL,
            method="GET",
            path="/crm/owners/2026-09",
            sends={"limit": 100},
            paging=Paging(NextCursor("after", "paging.next.after"), items="results"),
            keeps=["id", "email", "firstName", "lastName", "archived"],
        ),
    ],
    listings=[
        # {"portal", "contacts", "after"}: one page of the contacts that were created in a time, by their ids;
        # `after` is the id after which it begins.
        Listing(
            "contact.list",
            method="POST",
            path=f"{OBJECTS}/contacts/search",
            takes={"since": Number(lowest=0), "until": Number(lowest=0), "after": Text(longest=20)},
            needs=["since", "until"],
        ),
    ],
)
