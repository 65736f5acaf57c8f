"""Deliveries that `verify` accepts, for tests that change one thing."""

import hmac
from typing import Any

from hookline.testing.signing import prepare, schemes, sign

NOW = 1_700_000_000
URL = "https://hooks.example.com/in"
SECRET = "s3cret"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WHPK = "whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g="
BODY = b'{"id":"evt_1"}'

IN_HEADERS = [source for source, row in schemes().items() if isinstance(row.header, str)]
SHARED = [  # whose secret is any text
    source for source, row in schemes().items() if row.key == "text" and row.algorithm != "equality"
]


def delivery(source: str, secret: str = SECRET, body: bytes = BODY, **changed: Any) -> dict[str, Any]:
    """The arguments by which `verify` accepts a delivery of this source, but for what is changed."""
    url, body = prepare(source, url=URL, body=body, secret=secret, now=NOW)
    headers = sign(source, method="POST", url=url, headers={}, body=body, secret=secret, now=NOW)
    good = {"method": "POST", "url": url, "headers": headers, "body": body, "secrets": [secret], "now": NOW}
    return good | changed


def unsigned() -> dict[str, Any]:
    return {"method": "POST", "url": URL, "body": BODY, "secrets": [SECRET], "now": NOW}


def with_header(source: str, header: str, value: str, secret: str = SECRET) -> dict[str, Any]:
    good = delivery(source, secret)
    return good | {"headers": good["headers"] | {header: value}}


def mac(key: bytes, message: bytes) -> str:
    return hmac.digest(key, message, "sha256").hex()
