"""PagerDuty as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="pagerduty",
    owner="engineering",
    documents="https://developer.pagerduty.com/docs/verifying-webhook-signatures",
    secret="Integrations > Generic Webhooks (v3) > the subscription: shown once, when it is made",
    reading=Reading(type=["event.event_type"], id=["event.id"], time="event.occurred_at"),
    pings=["pagey.ping"],
)
