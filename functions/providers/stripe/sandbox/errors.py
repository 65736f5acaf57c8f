"""The errors of Stripe's API, https://docs.stripe.com/api/errors."""

from functions.api.sandbox import ApiError, Response

DOCS = "https://stripe.com/docs"


class StripeError(ApiError):
    """An error as Stripe's API reports it."""

    def __init__(self, status: int, message: str, *, code: str = "", param: str = "", kind: str = "") -> None:
        doc_url = f"{DOCS}/error-codes/{code.replace('_', '-')}" if code else ""
        error = {"code": code, "doc_url": doc_url, "message": message, "param": param}
        given = {name: value for name, value in error.items() if value}
        super().__init__(Response.json(status, {"error": {**given, "type": kind or "invalid_request_error"}}))
