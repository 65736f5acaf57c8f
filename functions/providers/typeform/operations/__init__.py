"""Typeform's listing."""

from functions.providers.typeform.operations.provider import Typeform, performer

__all__ = ["Typeform", "performer"]
