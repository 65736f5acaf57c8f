"""GET and POST /reviews/{token}: asks the review service, and renders its answers as pages.

It holds no key: the review service checks the links. Without a link it can do nothing.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from functions.core.platform.environment import ReviewLinksEnvironment
from functions.core.platform.errors import RetryableError
from functions.core.platform.platform import Handler, Platform
from functions.core.reviews import page

LONGEST_FORM = 16_000
LONGEST_TOKEN = 4096
FIELDS = ("form", "do", "note", "action", "state")


def start(platform: Platform) -> Handler:
    """The handler of the pages of review links."""
    environment = ReviewLinksEnvironment.read(platform.environ)
    invoker = platform.client("lambda")

    def handler(request: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request of the HTTP API (payload format 2.0). A GET changes nothing: mail scanners follow links."""
        token = request["pathParameters"]["token"]
        if len(token) > LONGEST_TOKEN:
            return _answer(404, page.not_found())
        shows = request["requestContext"]["http"]["method"] == "GET"
        said = service({**({"do": "show"} if shows else form_in(request)), "token": token})
        if "again" in said:
            return _answer(503, page.again())
        if not said:
            return _answer(404, page.not_found())
        return _answer(200, page.question(said["review"], said["form"]) if shows else page.decided(said["review"]))

    def service(payload: Mapping[str, str]) -> dict[str, Any]:
        """The review service's answer, {} if the link is not valid. Raises RetryableError if the service fails."""
        answer = invoker.invoke(FunctionName=environment.service_arn, Payload=json.dumps(payload))
        if "FunctionError" in answer:
            raise RetryableError(f"the review service failed: {answer['FunctionError']}")
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        return said

    return handler


def form_in(request: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the submitted form; any other body has none, and so decides nothing."""
    body = request.get("body") or ""
    try:
        text = base64.b64decode(body).decode() if request.get("isBase64Encoded") else body
        sent = parse_qs(text, max_num_fields=10) if len(text) <= LONGEST_FORM else {}
    except ValueError:
        sent = {}
    fields = {name: values[0] for name, values in sent.items() if name in FIELDS and len(values) == 1}
    # "show" is only for GET; a form decides.
    return {**fields, "do": fields["do"] if fields.get("do") in ("approve", "deny") else ""}


def _answer(status: int, body: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": page.HEADERS, "body": body}
