"""Zendesk's operations that are more than one request."""

from functions.providers.zendesk.operations.provider import Zendesk, performer

__all__ = ["Zendesk", "performer"]
