"""Zoom asks a URL to prove that it knows the secret token.

https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping

from functions.api.source import Delivery, Handshake, UnreadableBody

SIGNED = True

# The key that this answer uses also signs "v0:time:body": a text with colons is never signed on request.
_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{1,200}")


def answer(delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None:
    """The plainToken of an endpoint.url_validation with its HMAC under the newest secret; None for anything else.

    Raises UnreadableBody for one whose plainToken is not 1 to 200 letters, digits and "+/=_-".
    """
    try:
        body = json.loads(delivery.body)
    except (ValueError, RecursionError):
        return None  # the reader of deliveries refuses it
    if not isinstance(body, dict) or body.get("event") != "endpoint.url_validation":
        return None
    payload = body.get("payload")
    token = payload.get("plainToken") if isinstance(payload, dict) else None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise UnreadableBody("endpoint.url_validation without a plainToken as Zoom documents it")
    newest = next(iter(secrets.values()))
    proof = hmac.new(newest.encode(), token.encode(), hashlib.sha256).hexdigest()
    return Handshake(json.dumps({"plainToken": token, "encryptedToken": proof}), "application/json")
