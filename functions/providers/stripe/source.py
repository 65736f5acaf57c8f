"""Stripe as a source."""

from functions.api.source import Label, PublishedAddresses, Reading, SignatureScheme, SignedId, SourceManifest, Tenant

# https://docs.stripe.com/webhooks#verify-manually; v0 is a test signature and is ignored.
SIGNATURE = SignatureScheme(
    header="stripe-signature",
    signs="{timestamp}.{body}",
    prefix="v1=",
    several=",",
    timestamp=Label("t="),
    tolerance=300,
)

MANIFEST = SourceManifest(
    name="stripe",
    owner="payments-risk",
    documents="https://docs.stripe.com/webhooks",
    secret="Developers > Webhooks > the endpoint > Signing secret (whsec_…)",
    secret_prefix="whsec_",
    signature=SIGNATURE,
    reading=Reading(
        type=["type"],
        identity=SignedId(["id"]),
        # A Connect endpoint reports every connected account, and its live mode also test events.
        tenant=Tenant("account", "account", own="own", live="livemode", expected=["own", "own.*"]),
        time="created",
    ),
    largest_body=None,
    address_check=None,
    names={
        "charge": "the payment that the event is about",
        "customer": "the person who pays it",
        "review": "Radar's review of that payment",
        "dispute": "the dispute of that payment",
    },
    translates={
        "charge.succeeded": ["payment.succeeded", "payment.authorized"],
        "charge.captured": ["payment.succeeded", "payment.authorized"],
        "charge.failed": "payment.failed",
        "charge.refunded": ["payment.refunded", "payment.released"],
        "charge.expired": "payment.released",
        "charge.dispute.created": "payment.disputed",
        "radar.early_fraud_warning.created": "payment.suspected",
        "review.closed": "payment.review_closed",
        "customer.updated": "customer.updated",
        "customer.deleted": "customer.updated",
    },
    keys=["data.object.id", "data.object.charge", "data.object.customer", "data.object.review"],
    needs=[
        "data.object.amount",
        "data.object.amount_captured",
        "data.object.amount_refunded",
        "data.object.captured",
        "data.object.created",
        "data.object.currency",
    ],
    # Stripe's list of May 2026, until the published one is fetched.
    addresses=[
        "3.18.12.63/32",
        "3.69.109.8/32",
        "3.120.168.93/32",
        "3.130.192.231/32",
        "13.235.14.237/32",
        "13.235.122.149/32",
        "18.211.135.69/32",
        "35.154.171.200/32",
        "35.157.207.129/32",
        "52.15.183.38/32",
        "54.88.130.119/32",
        "54.88.130.237/32",
        "54.187.174.169/32",
        "54.187.205.235/32",
        "54.187.216.72/32",
    ],
    published=PublishedAddresses("https://stripe.com/files/ips/ips_webhooks.json", path="WEBHOOKS"),
    tolerance=300,
)
