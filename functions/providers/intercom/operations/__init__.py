"""Intercom's operations, which are more than one request."""

from functions.providers.intercom.operations.provider import Intercom, performer

__all__ = ["Intercom", "performer"]
