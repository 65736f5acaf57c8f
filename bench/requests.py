"""Requests of API Gateway to the verifier of Stripe (payload format 2.0)."""

import time
from typing import Any

from bench.deliveries import USUAL_HEADERS, event
from bench.fake_aws import SIGNING_SECRET
from functions.providers.stripe.source import MANIFEST
from hookline.testing.signing import sign


def request(size: int, secret: str = SIGNING_SECRET) -> dict[str, Any]:
    """A delivery with a body of `size` bytes, signed with `secret` at the current time."""
    now, url = time.time(), "https://hooks.example.com/webhooks/stripe"
    body = event(size, int(now))
    headers = {**USUAL_HEADERS, "content-type": "application/json", "content-length": str(size)}
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/stripe",
        "rawPath": "/webhooks/stripe",
        "rawQueryString": "",
        "headers": headers | sign("stripe", method="POST", url=url, headers=headers, body=body, secret=secret, now=now),
        "requestContext": {
            "http": {"method": "POST", "path": "/webhooks/stripe", "sourceIp": MANIFEST.addresses[0].partition("/")[0]}
        },
        "body": body.decode(),
        "isBase64Encoded": False,
    }
