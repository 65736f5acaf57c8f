"""GitHub as a source."""

from functions.api.source import (
    BodyDigest,
    DeliveryId,
    PublishedAddresses,
    Reading,
    SignatureScheme,
    SourceManifest,
    Tenant,
)

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
    reading=Reading(
        # The action, which some events do not have, is signed; the event's name is not.
        type=["header:x-github-event", "action|"],
        # The same for a repository's webhook and an App's; bodies that are equal weeks apart are two happenings.
        identity=DeliveryId(otherwise=BodyDigest(window=24 * 3600)),
        # An App's secret serves every account that installs it; ids of repositories are unique across them.
        tenant=Tenant("installation", "installation.id", own="own", global_ids=True),
        time="pull_request.updated_at",
        form="payload",
    ),
    largest_body=25_000_000,
    address_check="a signed ping when the webhook is made; it becomes no event",
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
    names={
        "pull_request": "the delivery is about it, and its repository's webhook or App reports it",
        "commit": "the head of the pull request, as its repository reports it",
    },
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
)
