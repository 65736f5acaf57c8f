"""Stripe as a connector (https://docs.stripe.com/api)."""

from functions.core.manifest import ConnectorManifest, Operation

MANIFEST = ConnectorManifest(
    name="stripe",
    owner="payments-risk",
    hosts=["api.stripe.com"],
    base="https://api.stripe.com/",
    credential="bearer",
    # Pinned: an answer's shape must not change because somebody clicked "upgrade" in Stripe's dashboard.
    headers={"Stripe-Version": "2025-09-30.clover"},
    operations=[
        Operation(
            "charge.retrieve", kind="read", entity="stripe:charge/{charge}", method="GET", path="/v1/charges/{charge}"
        ),
        Operation(
            "review.retrieve", kind="read", entity="stripe:review/{review}", method="GET", path="/v1/reviews/{review}"
        ),
        Operation(
            "review.approve",
            kind="effect",
            entity="stripe:review/{review}",
            method="POST",
            path="/v1/reviews/{review}/approve",
            idempotency="key",
        ),
    ],
)
