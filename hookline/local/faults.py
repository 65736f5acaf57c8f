"""Injects faults into the next requests to a sandbox that match."""

import fnmatch
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from functions.api.sandbox import (
    BadControl,
    Dropped,
    Provider,
    Request,
    Response,
    json_object,
    one_of,
    parse_json,
    take,
)

HOLD_SECONDS = 30
FAULT_KINDS = ("status", "timeout", "reset", "after", "slow", "redirect")


@dataclass(frozen=True)
class Fault:
    """A fault for the next `times` requests that match.

    - `reset`: the connection is reset; the provider does not receive the request.
    - `timeout`: no response until the faults are cleared or 30 s pass, then a reset; the provider does not
      receive the request.
    - `redirect`: responds with 302 to `location`, and does not act.
    - `slow`: waits `seconds` (or until the faults are cleared), then acts and responds.
    - `after`: acts, then resets the connection instead of responding.
    - `status`: responds with `status`, with `Retry-After: <retry_after>` if given, and does not act. With
      `saved` the response is the operation's, so the provider keeps it under the request's idempotency key;
      without, it is of a layer in front of it, such as a rate limiter. By default 5xx are saved.

    `method` and `path` (the provider's own, empty for any) are globs; `*` matches within one segment.
    """

    provider: str
    kind: str
    method: str
    path: str
    status: int
    retry_after: int | None
    times: int
    seconds: float
    saved: bool
    location: str = ""

    @property
    def on_arrival(self) -> bool:
        """Whether it happens before the provider handles the request."""
        return self.kind in ("reset", "timeout", "redirect") or (self.kind == "status" and not self.saved)

    def matches(self, provider: str, request: Request) -> bool:
        """Whether this request of `provider` has the fault."""
        # Segment by segment, so that a pattern of many stars cannot backtrack over a long path.
        patterns, segments = self.path.split("/"), request.path.split("/")
        same = len(patterns) == len(segments) and all(map(fnmatch.fnmatchcase, segments, patterns))
        return (
            provider == self.provider and fnmatch.fnmatchcase(request.method, self.method) and (same or not self.path)
        )

    @classmethod
    def parse(cls, body: bytes, providers: Sequence[str]) -> "Fault":
        """The fault in a control request's JSON. Raises `BadControl` if it is malformed."""
        given = json_object(parse_json(body), "a fault")
        match = json_object(given.pop("match", {}), "match")
        status = take(given, "status", int, 500, 400, 599)
        fault = cls(
            provider=one_of(given.pop("provider", None), providers, "provider"),
            kind=one_of(given.pop("fault", None), FAULT_KINDS, "fault"),
            method=take(match, "method", str, "*"),
            path=take(match, "path", str, ""),
            status=status,
            retry_after=take(given, "retry_after", int, None, 0, 3600) if "retry_after" in given else None,
            times=take(given, "times", int, 1, 1, 1000),
            seconds=take(given, "seconds", (int, float), 1, 0, HOLD_SECONDS),
            saved=take(given, "saved", bool, status >= 500),
            location=take(given, "location", str, ""),
        )
        if given or match:
            raise BadControl(f"unknown field {next(iter({**given, **match}))!r}")
        return fault


class Faults:
    """The armed faults, used in the order in which they were armed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[list[Any]] = []  # [fault, times left]
        self._cleared = threading.Event()

    def arm(self, fault: Fault) -> int:
        """Add a fault, and return the number of armed ones."""
        with self._lock:
            self._armed.append([fault, fault.times])
            return len(self._armed)

    def clear(self) -> int:
        """Remove all faults, release the requests that wait, and return the number of removed ones."""
        with self._lock:
            cleared, self._armed = len(self._armed), []
            self._cleared.set()
            self._cleared = threading.Event()
            return cleared

    def take(self, provider: str, request: Request, on_arrival: bool) -> tuple[Fault, threading.Event] | None:
        """Use the first matching fault once; returns it with the event that ends its wait, None if none matches."""
        with self._lock:
            for entry in self._armed:
                if entry[0].on_arrival == on_arrival and entry[0].matches(provider, request):
                    entry[1] -= 1
                    if not entry[1]:
                        self._armed.remove(entry)
                    return entry[0], self._cleared
            return None


class RequestFaults:
    """The faults of one request."""

    def __init__(self, faults: Faults, provider: Provider, request: Request) -> None:
        self._faults, self._provider, self._request = faults, provider, request
        self.drops_response = False

    def arriving(self) -> Response | None:
        """Apply a fault on arrival; returns its response, None without one. Raises `Dropped`."""
        return self._meet(on_arrival=True)

    def acting(self) -> Response | None:
        """Apply a fault of the operation; returns its response, None without one. Raises `Dropped`."""
        return self._meet(on_arrival=False)

    def _meet(self, on_arrival: bool) -> Response | None:
        taken = self._faults.take(self._provider.name, self._request, on_arrival)
        if taken is None:
            return None
        fault, cleared = taken
        if fault.kind == "status":
            return self._provider.failure(fault.status, fault.retry_after)
        if fault.kind == "redirect":
            return Response(302, b"", {"Location": fault.location})
        if fault.kind == "slow":
            cleared.wait(fault.seconds)
            return None
        if fault.kind == "after":
            self.drops_response = True
            return None
        if fault.kind == "timeout":
            cleared.wait(HOLD_SECONDS)
        raise Dropped
