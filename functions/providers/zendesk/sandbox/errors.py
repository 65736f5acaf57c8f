"""The errors of Zendesk's API (https://developer.zendesk.com/api-reference/introduction/requests/#response-format)."""

from collections.abc import Mapping
from typing import Any

from functions.api.sandbox import ApiError, Response


class ZendeskError(ApiError):
    """An error as Zendesk's API reports it."""

    def __init__(
        self, status: int, error: str, description: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(Response.json(status, {"error": error, "description": description, **more}, headers))


def missing() -> ZendeskError:
    """The error for what the account does not have."""
    return ZendeskError(404, "RecordNotFound", "Not found")


def invalid(field: str, description: str) -> ZendeskError:
    """The error for a value that a record cannot have."""
    details = {field: [{"description": description}]}
    return ZendeskError(422, "RecordInvalid", "Record validation errors", details=details)
