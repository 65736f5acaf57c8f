"""The errors of HubSpot's API (https://developers.hubspot.com/docs/api-reference/error-handling)."""

from collections.abc import Mapping

from functions.api.sandbox import Response


class HubSpotError(Exception):
    """An error, and the response with which HubSpot's API reports it."""

    def __init__(self, status: int, category: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.response = Response.json(status, body(category, message), headers)


def body(category: str, message: str) -> dict[str, object]:
    """The body of an error, which is the same for a part of a batch."""
    return {"status": "error", "category": category, "message": message, "correlationId": "sandbox"}


def missing() -> HubSpotError:
    """The error for what the portal does not have."""
    return HubSpotError(404, "OBJECT_NOT_FOUND", "resource not found")


def invalid(message: str) -> HubSpotError:
    """The error for a request or a property that is not valid."""
    return HubSpotError(400, "VALIDATION_ERROR", message)
