"""Canonical JSON and its digest: what signatures, audit chains and approvals are made over."""

import hashlib
import json
from typing import Any


def digest(value: Any) -> str:
    """SHA-256, in hex, of bytes, or of a value's canonical JSON."""
    data = value if isinstance(value, bytes) else canonical(value)
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """The canonical JSON of a value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def compact(value: Any) -> str:
    """A value's JSON without spaces, in as few bytes as UTF-8 takes; half of a surrogate pair stays escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text if _is_unicode(text) else json.dumps(value, separators=(",", ":"))


def _is_unicode(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False
