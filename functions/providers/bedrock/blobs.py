"""Converse's binary fields (images, documents), which are base64 text in JSON: the API's own wire format. Pure."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any


def decoded(shape: Any, value: Any) -> Any:
    """A request as botocore takes it; `shape` is that of botocore's service model. Raises ValueError for bad base64."""
    kind = shape.type_name
    if kind == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            raise ValueError("a binary field is not base64") from None
    if kind == "structure" and isinstance(value, Mapping) and not getattr(shape, "is_document_type", False):
        members = shape.members
        return {name: decoded(members[name], item) if name in members else item for name, item in value.items()}
    if kind == "list" and isinstance(value, list):
        return [decoded(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, Mapping):
        return {name: decoded(shape.value, item) for name, item in value.items()}
    return value


def encoded(value: Any) -> Any:
    """An answer of botocore as JSON holds it."""
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: encoded(item) for name, item in value.items()}
    return [encoded(item) for item in value] if isinstance(value, list | tuple) else value
