"""The requests that a provider's sandbox received, with the fields of their bodies.

Headers are not recorded, because they hold the credential. A body that is neither a form nor JSON is not recorded.
"""

import json
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from functions.api.sandbox import Request

MOST = 500  # requests of a provider that are kept; older ones are only counted
LARGEST = 20_000  # bytes of a query or a body whose fields are kept


class RequestLog:
    """The last requests of one provider, oldest first, and how many there were. Several threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[Mapping[str, Any]] = deque(maxlen=MOST)
        self._received = 0

    def add(self, request: Request, status: int | None) -> None:
        """Record a request; `status` is that of its response, None if the connection was dropped."""
        entry = {
            "method": request.method,
            "path": request.path,
            "query": fields(request.query.encode(), form=True),
            "body": fields(request.body, form="json" not in request.headers.get("content-type", "")),
            "status": status,
        }
        with self._lock:
            self._requests.append(entry)
            self._received += 1

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._requests.clear()
            self._received = 0

    def content(self) -> dict[str, Any]:
        """All requests that are kept, and how many were received since the start."""
        with self._lock:
            return {"received": self._received, "requests": list(self._requests)}


def fields(content: bytes, form: bool) -> Any:
    """The fields of a query, a form or a JSON body; None if it is empty, and a text that says why it is not shown."""
    if not content:
        return None
    if len(content) > LARGEST:
        return f"{len(content)} bytes, which are not kept"
    try:
        if form and not content.lstrip().startswith((b"{", b"[")):
            found: dict[str, list[str]] = {}
            for name, value in parse_qsl(content.decode(), keep_blank_values=True, strict_parsing=True):
                found.setdefault(name, []).append(value)
            return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
        return json.loads(content)
    except (ValueError, RecursionError):
        return f"{len(content)} bytes that are neither a form nor JSON"
