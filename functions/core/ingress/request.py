"""Reads a delivery from a request of the HTTP API, in payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from functions.core.ingress.delivery import Delivery


def delivery_of(request: Mapping[str, Any], url: str) -> Delivery:
    """The delivery in a request to `url`; only API Gateway's own field counts for the sender's address."""
    http = request["requestContext"]["http"]
    query = f"?{request['rawQueryString']}" if request.get("rawQueryString") else ""
    return Delivery(
        method=http["method"],
        url=url + query,
        headers={name.lower(): value for name, value in request.get("headers", {}).items()},
        body=_body(request),
        address=http["sourceIp"],
        changed=_changed(request),
    )


def _changed(request: Mapping[str, Any]) -> bool:
    """Whether the gateway has changed the body: it hands over a compressed one as text if it is called JSON or text."""
    headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
    encoding = headers.get("content-encoding", "").strip().lower()
    return encoding not in ("", "identity") and bool(request.get("body")) and not request.get("isBase64Encoded")


def _body(request: Mapping[str, Any]) -> bytes:
    text: str = request.get("body") or ""
    if not request.get("isBase64Encoded"):
        return text.encode()
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
