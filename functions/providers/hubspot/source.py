"""HubSpot as a source."""

from functions.api.source import Reading, SignatureScheme, SignedId, SourceManifest, Tenant

# https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
SIGNATURE = SignatureScheme(
    header="x-hubspot-signature-v3",
    signs="{method}{unescaped_url}{body}{timestamp}",
    encoding="base64",
    timestamp="x-hubspot-request-timestamp",
    clock="milliseconds",
    tolerance=300,
)

MANIFEST = SourceManifest(
    name="hubspot",
    owner="growth",
    documents="https://developers.hubspot.com/docs/guides/crm/private-apps/webhooks",
    secret="The developer account > the app > Auth > Client secret",
    signature=SIGNATURE,
    reading=Reading(
        type=["subscriptionType"],
        # HubSpot does not guarantee that an eventId is unique; in two events that share one, another part differs:
        # the object, or the two objects of an association.
        identity=SignedId(
            [
                *("portalId", "subscriptionId", "eventId", "occurredAt", "objectId|"),
                *("propertyName|", "fromObjectId|", "toObjectId|", "associationType|", "associationTypeId|"),
                *("associationCategory|", "associationRemoved|", "primaryObjectId|"),
            ],
            # A record is created once, and its search says when; the ids of its webhook's event are in no API. Both
            # kinds of subscription report the same: 0-1 is the objectTypeId of contacts.
            types={
                "contact.creation": ["portalId", "=0-1", "objectId"],
                "object.creation": ["portalId", "objectTypeId", "objectId"],
            },
        ),
        # The client secret is the app's, which any account can install.
        tenant=Tenant("portal", "portalId"),
        time="occurredAt",
        items="",
    ),
    largest_body=None,
    address_check=None,
    names={
        "contact": "the record that was created or filled in a form, in the portal that reports it",
        "person:email": "the address that a form wrote to a contact; a form does not prove whose it is",
        "person:mailbox": "the same, without what follows a plus",
    },
    # Objects other than contacts, and properties that no form wrote, are unmapped.
    translates={
        **dict.fromkeys(("contact.creation", "object.creation"), "lead.captured"),
        **dict.fromkeys(("contact.propertyChange", "object.propertyChange"), "lead.captured"),
    },
    keys=["objectId"],
    # The last is what the person's entities are made of.
    needs=["objectTypeId", "propertyName", "changeSource", "propertyValue"],
)
