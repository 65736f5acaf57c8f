"""Microsoft Graph as a source."""

from functions.api.source import Field, Reading, SignatureScheme, SourceManifest

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
    reading=Reading(type=["changeType|lifecycleEvent"], items="value", window=60),
    hides=["clientState"],
)
