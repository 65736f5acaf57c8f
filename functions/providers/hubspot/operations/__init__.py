"""HubSpot's operations."""

from functions.providers.hubspot.operations.provider import HubSpot, performer

__all__ = ["HubSpot", "performer"]
