"""Microsoft Graph as a source."""

from functions.api.source import BodyDigest, Field, Reading, SignatureScheme, SourceManifest, Tenant

# https://learn.microsoft.com/graph/change-notifications-delivery-webhooks; nothing is signed, and every
# notification of a delivery must carry the clientState.
SIGNATURE = SignatureScheme(
    header=Field(("value", "*", "clientState")), algorithm="equality", signs="", encoding="text"
)

MANIFEST = SourceManifest(
    name="microsoft_graph",
    owner="platform",
    documents="https://learn.microsoft.com/graph/change-notifications-delivery-webhooks",
    secret="Yours: the clientState of the subscriptions that you create, long and random",
    signature=SIGNATURE,
    reading=Reading(
        type=["changeType|lifecycleEvent"],
        identity=BodyDigest(window=60),
        tenant=Tenant("tenant", "tenantId|organizationId"),
        items="value",
    ),
    largest_body=None,
    address_check="an unsigned, empty POST with a validationToken, which is repeated as plain text",
    hides=["clientState"],
)
