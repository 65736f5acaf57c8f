"""The errors of Intercom's API (https://developers.intercom.com/docs/references/rest-api/errors/error-objects)."""

from collections.abc import Mapping

from functions.api.sandbox import Response


class IntercomError(Exception):
    """An error, and the response with which Intercom's API reports it."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        errors = [{"code": code, "message": message}]
        self.response = Response.json(
            status, {"type": "error.list", "request_id": "req_sandbox", "errors": errors}, headers
        )


def missing(what: str) -> IntercomError:
    """The error for what the workspace does not have."""
    return IntercomError(404, "not_found", f"{what} Not Found")
