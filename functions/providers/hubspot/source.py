"""HubSpot as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

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
        # HubSpot does not guarantee that an eventId is unique; in two events that share one, another part differs.
        id=["portalId", "subscriptionId", "eventId", "occurredAt", "objectId|"],
        time="occurredAt",
        items="",
    ),
    # Objects other than contacts are unmapped.
    translates={"contact.creation": "lead.captured", "object.creation": "lead.captured"},
    keys=["objectId"],
    needs=["objectTypeId"],
)
