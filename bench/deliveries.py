"""Deliveries of a given size, signed like their providers' and with the headers of API Gateway."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from hookline.testing.signing import prepare, schemes, sign

# API Gateway converts the names of headers to lower case.
USUAL_HEADERS = {
    "accept": "*/*",
    "accept-encoding": "gzip",
    "host": "hooks.example.com",
    "user-agent": "Provider/1.0 (+https://provider.example.com/webhooks)",
    "x-amzn-trace-id": "Root=1-69b3f3c0-5f3f5a5e1c0d4b6d8e9f0a1b",
    "x-forwarded-for": "192.0.2.7",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}


@dataclass(frozen=True)
class Delivery:
    """One signed delivery, and the secret that signs it."""

    source: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    secret: str


def delivery(source: str, size: int, now: float) -> Delivery:
    """A delivery of `source`, signed at `now`, with a body of `size` bytes (or more if the provider adds to it)."""
    secret = _secret(schemes()[source].key)
    is_form = source == "twilio"
    raw = form(size) if is_form else event(size, int(now))
    url, body = prepare(source, url=f"https://hooks.example.com/webhooks/{source}", body=raw, secret=secret, now=now)
    kind = "application/x-www-form-urlencoded" if is_form else "application/json"
    headers = {**USUAL_HEADERS, "content-type": kind, "content-length": str(len(body)), "x-github-event": "push"}
    id = "evt_0f6d2c1e9b7a4c3d"
    signed = sign(source, method="POST", url=url, headers=headers, body=body, secret=secret, now=now, delivery_id=id)
    return Delivery(source, url, headers | signed, body, secret)


def event(size: int, now: int) -> bytes:
    """A Stripe event as JSON of `size` bytes, also used for the other providers with JSON bodies."""
    metadata: dict[str, str] = {}
    charge = {
        "id": "ch_3PExample",
        "object": "charge",
        "amount": 4200,
        "currency": "usd",
        "created": now,
        "customer": "cus_Example",
        "review": "prv_Example",
        "payment_method_details": {"card": {"country": "US", "fingerprint": "fp_Example"}},
        "outcome": {"risk_level": "normal", "risk_score": 12},
        "metadata": metadata,
        "note": "",
    }
    content = {
        "id": "evt_1PExample",
        "object": "event",
        "api_version": "2026-01-28",
        "created": now,
        "type": "charge.succeeded",
        "data": {"object": charge},
    }
    # Many short members instead of one long text, because they cost a parser time.
    line = len(', "line_0000": "4200 usd for one of the lines of this order"')
    for number in range((size - len(json.dumps(content))) // line):
        metadata[f"line_{number:04}"] = "4200 usd for one of the lines of this order"
    charge["note"] = "x" * (size - len(json.dumps(content)))
    return json.dumps(content).encode()


def form(size: int) -> bytes:
    """A message as Twilio posts it, with a text that extends it to `size` bytes."""
    fields = {
        "ToCountry": "US",
        "ToState": "CA",
        "SmsMessageSid": "SM0123456789abcdef0123456789abcdef",
        "NumMedia": "0",
        "ToCity": "SAN FRANCISCO",
        "FromZip": "94105",
        "SmsStatus": "received",
        "FromCity": "SAN FRANCISCO",
        "FromCountry": "US",
        "To": "+14155550100",
        "NumSegments": "1",
        "AccountSid": "AC0123456789abcdef0123456789abcdef",
        "From": "+14155550101",
        "ApiVersion": "2010-04-01",
        "Body": "",
    }
    start = urlencode(fields)
    words = "one+of+the+words+of+a+message+"
    return (start + (words * (size // len(words) + 1))[: size - len(start)]).encode()


def _secret(key: str) -> str:
    material = b"a secret of the bench, 32 bytes."
    return f"whsec_{base64.b64encode(material).decode()}" if key == "whsec" else material.decode().replace(" ", "-")
