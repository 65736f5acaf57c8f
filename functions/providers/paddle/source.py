"""Paddle as a source."""

from functions.api.source import (
    Label,
    OneTenant,
    PublishedAddresses,
    Reading,
    SignatureScheme,
    SignedId,
    SourceManifest,
)

# https://developer.paddle.com/webhooks/signature-verification; its SDK allows 5 s, too short for a
# delivery that a relay and a cold start delay: 30 s.
SIGNATURE = SignatureScheme(
    header="paddle-signature",
    signs="{timestamp}:{body}",
    prefix="h1=",
    several=";",
    timestamp=Label("ts="),
    tolerance=30,
)

MANIFEST = SourceManifest(
    name="paddle",
    owner="payments-risk",
    documents="https://developer.paddle.com/webhooks/signature-verification",
    secret="Developer Tools > Notifications > the destination > Edit destination > Secret key",
    signature=SIGNATURE,
    reading=Reading(
        type=["event_type"],
        identity=SignedId(["event_id"]),
        tenant=OneTenant("the secret is that of one destination"),
        time="occurred_at",
    ),
    largest_body=None,
    address_check=None,
    # The live system's, until the published list is fetched.
    addresses=[
        "34.195.105.136/32",
        "34.212.5.7/32",
        "34.232.58.13/32",
        "34.237.3.244/32",
        "35.155.119.135/32",
        "52.11.166.252/32",
    ],
    published=PublishedAddresses("https://api.paddle.com/ips", path="data.ipv4_cidrs"),
)
