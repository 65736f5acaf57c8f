"""HubSpot as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="hubspot",
    owner="growth",
    documents="https://developers.hubspot.com/docs/guides/crm/private-apps/webhooks",
    secret="The developer account > the app > Auth > Client secret",
    reading=Reading(
        type=["subscriptionType"],
        # HubSpot does not promise that an eventId is unique; of two events that share one, another part differs.
        id=["portalId", "subscriptionId", "eventId", "occurredAt", "objectId|"],
        time="occurredAt",
        items="",
    ),
)
