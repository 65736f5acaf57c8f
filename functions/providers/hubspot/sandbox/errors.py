"""The errors of HubSpot's API (https://developers.hubspot.com/docs/api-reference/error-handling)."""

from collections.abc import Mapping

from functions.api.sandbox import ApiError, Response


class HubSpotError(ApiError):
    """An error as HubSpot's API reports it."""

    def __init__(self, status: int, category: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        body = {"status": "error", "category": category, "message": message, "correlationId": "sandbox"}
        super().__init__(Response.json(status, body, headers))


def missing() -> HubSpotError:
    """The error for what the portal does not have."""
    return HubSpotError(404, "OBJECT_NOT_FOUND", "resource not found")


def invalid(message: str) -> HubSpotError:
    """The error for a request or a property that is not valid."""
    return HubSpotError(400, "VALIDATION_ERROR", message)
