"""GitHub as a source."""

from functions.api.source import PublishedAddresses, Reading, SignatureScheme, SourceManifest

# https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries; SHA-1 is refused.
SIGNATURE = SignatureScheme(
    header="x-hub-signature-256",
    prefix="sha256=",
    delivery_id="x-github-delivery",
)

MANIFEST = SourceManifest(
    name="github",
    owner="engineering",
    documents="https://docs.github.com/webhooks/webhook-events-and-payloads",
    secret="Yours: you type it in at the repository's, organization's or app's Settings > Webhooks > Secret",
    signature=SIGNATURE,
    # The action, which some events do not have, is signed; the event's name is not.
    reading=Reading(type=["header:x-github-event", "action|"], time="pull_request.updated_at"),
    translates={
        "pull_request.opened": "change.proposed",
        "pull_request.reopened": "change.proposed",
        "pull_request.ready_for_review": "change.proposed",
        "pull_request.synchronize": "change.updated",
        "pull_request.edited": "change.updated",
        "pull_request.closed": "change.closed",
    },
    keys=["repository.id", "number", "pull_request.head.sha"],
    needs=["action", "pull_request.number"],
    pings=["ping"],
    # Until the published list is fetched.
    addresses=[
        "192.30.252.0/22",
        "185.199.108.0/22",
        "140.82.112.0/20",
        "143.55.64.0/20",
        "2a0a:a440::/29",
        "2606:50c0::/32",
    ],
    published=PublishedAddresses("https://api.github.com/meta", path="hooks"),
    # GitHub sends up to 25 MB; the HTTP API accepts no more than this.
    max_bytes=4_400_000,
)
