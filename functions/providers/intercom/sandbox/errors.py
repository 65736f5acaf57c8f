"""The errors of Intercom's API (https://developers.intercom.com/docs/references/rest-api/errors/error-objects)."""

from collections.abc import Mapping

from functions.api.sandbox import ApiError, Response


class IntercomError(ApiError):
    """An error as Intercom's API reports it."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        errors = [{"code": code, "message": message}]
        body = {"type": "error.list", "request_id": "req_sandbox", "errors": errors}
        super().__init__(Response.json(status, body, headers))


def missing(what: str) -> IntercomError:
    """The error for what the workspace does not have."""
    return IntercomError(404, "not_found", f"{what} Not Found")
