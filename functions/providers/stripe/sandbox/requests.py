"""Reads a request: its authentication, its parameters and its idempotency key.

What is refused here never begins to execute, so no idempotency key keeps it.
"""

import base64

from functions.api.sandbox import Request, same
from functions.providers.stripe.sandbox.errors import DOCS, StripeError

SANDBOX_API_KEY = "sk_test_hookline_sandbox"


def authenticate(authorization: str) -> None:
    """Raise StripeError unless the header presents the sandbox's key, as bearer or as basic user."""
    scheme, _, key = authorization.partition(" ")
    key = key.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except ValueError:
            key = ""
    if scheme.lower() not in ("bearer", "basic") or not key:
        how = "You need to provide your API key in the Authorization header, using Bearer auth"
        example = "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY')"
        more = f"See {DOCS}/api#authentication for details."
        raise StripeError(401, f"You did not provide an API key. {how} {example}. {more}")
    if not same(key, SANDBOX_API_KEY):
        end = key[-4:] if len(key) > 12 else ""  # what was sent may be a real key
        raise StripeError(401, f"Invalid API Key provided: ********{end}")


def parameters(request: Request) -> dict[str, str]:
    """The parameters in the query and in the form. Raises StripeError or Malformed if they cannot be read."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and request.body and content_type != "application/x-www-form-urlencoded":
        hint = "check that your POST content type is application/x-www-form-urlencoded"
        raise StripeError(400, f"Invalid request ({hint}).")
    params = request.form
    for name, value in params.items():
        if len(value) > 5000:
            raise StripeError(400, "Invalid string: must be at most 5000 characters", param=name)
    return params


def idempotency_key(request: Request) -> str | None:
    """The idempotency key of a POST, None if it has none. Raises StripeError if it is too long or empty."""
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":  # it has no effect on GET, as documented
        return None
    if not 1 <= len(key) <= 255:
        raise StripeError(400, "Idempotency keys have 1 to 255 characters.")
    return key
