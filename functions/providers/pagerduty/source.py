"""PagerDuty as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://developer.pagerduty.com/docs/verifying-webhook-signatures
SIGNATURE = SignatureScheme(header="x-pagerduty-signature", prefix="v1=", several=",")

MANIFEST = SourceManifest(
    name="pagerduty",
    owner="engineering",
    documents="https://developer.pagerduty.com/docs/verifying-webhook-signatures",
    secret="Integrations > Generic Webhooks (v3) > the subscription: shown once, when it is made",
    signature=SIGNATURE,
    reading=Reading(type=["event.event_type"], id=["event.id"], time="event.occurred_at"),
    pings=["pagey.ping"],
)
