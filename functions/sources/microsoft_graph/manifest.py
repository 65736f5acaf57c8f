"""Microsoft Graph as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="microsoft_graph",
    owner="platform",
    documents="https://learn.microsoft.com/graph/change-notifications-delivery-webhooks",
    secret="Yours: the clientState of the subscriptions that you create, long and random",
    reading=Reading(type=["changeType|lifecycleEvent"], items="value", window=60),
    hides=["clientState"],
)
