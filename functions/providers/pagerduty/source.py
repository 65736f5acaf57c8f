"""PagerDuty as a source."""

from functions.api.source import OneTenant, Reading, SignatureScheme, SignedId, SourceManifest

# https://developer.pagerduty.com/docs/verifying-webhook-signatures
SIGNATURE = SignatureScheme(header="x-pagerduty-signature", prefix="v1=", several=",")

MANIFEST = SourceManifest(
    name="pagerduty",
    owner="engineering",
    documents="https://developer.pagerduty.com/docs/verifying-webhook-signatures",
    secret="Integrations > Generic Webhooks (v3) > the subscription: shown once, when it is made",
    signature=SIGNATURE,
    reading=Reading(
        type=["event.event_type"],
        identity=SignedId(["event.id"]),
        tenant=OneTenant("the secret is that of one subscription"),
        time="event.occurred_at",
    ),
    largest_body=None,
    address_check="a signed pagey.ping, when a person sends a test event; it becomes no event",
    pings=["pagey.ping"],
)
