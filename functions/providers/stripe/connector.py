"""Stripe as a connector (https://docs.stripe.com/api)."""

from functions.api.connector import (
    Bearer,
    ConnectorManifest,
    LastId,
    Listing,
    Money,
    Number,
    Operation,
    Paging,
    ReadBack,
    State,
    TenantHeader,
    Text,
)

# As in currencies.py, which the verifier has. A manifest may import the API alone, and a test compares the two.
EXPONENTS = {"ISK": 2, "UGX": 2, "MGA": 0}

MANIFEST = ConnectorManifest(
    name="stripe",
    owner="payments-risk",
    hosts=["api.stripe.com"],
    base="https://api.stripe.com/",
    credential=Bearer(),
    replayed="Idempotent-Replayed",  # https://docs.stripe.com/error-low-level#idempotency
    # https://docs.stripe.com/connect/authentication; `own` as in source.py.
    tenant_header=TenantHeader("Stripe-Account", own="own"),
    # Pinned: an upgrade in Stripe's dashboard must not change the shape of an answer.
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
            encoding="form",
            idempotency="key",
            read_back=ReadBack("review.retrieve", proof={"open": False, "reason": "approved"}),
            state=State("review.retrieve", fields=["open", "reason", "charge"]),
        ),
        # A refund names its charge in the body, and has the ledger's key as metadata, so that its read-back finds it.
        Operation(
            "refund.create",
            kind="effect",
            entity="stripe:charge/{charge}",
            method="POST",
            path="/v1/refunds",
            takes={
                "amount": Number(lowest=1),
                "reason": Text(choices=("duplicate", "fraudulent", "requested_by_customer")),
            },
            encoding="form",
            idempotency="key",
            sends={"metadata": {"hookline": "{key}"}},
            read_back=ReadBack("refund.list", items="items", proof={"metadata.hookline": "{key}"}),
            state=State("charge.retrieve", fields=["amount", "amount_refunded", "currency", "disputed", "paid"]),
            money=Money(["amount", "amount_refunded"], currency="currency", exponents=EXPONENTS),
        ),
        Operation(
            "refund.list",
            kind="read",
            entity="stripe:charge/{charge}",
            method="GET",
            path="/v1/refunds",
            sends={"limit": 100},
            paging=Paging(LastId("starting_after", "id", "has_more"), items="data"),
        ),
    ],
    listings=[
        # Of the last 30 days, newest first. https://docs.stripe.com/api/events/list#list_events-delivery_success
        Listing(
            "event.list",
            path="/v1/events",
            takes={"starting_after": Text(longest=255)},
            sends={"limit": 100, "delivery_success": False},
        ),
    ],
)
