"""Faults on request: what goes wrong with the next requests that match."""

import fnmatch
import threading
from collections.abc import Sequence
from dataclasses import dataclass

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
    """What goes wrong with the next `times` requests that match.

    - `reset`: the connection is reset; the request never arrives.
    - `timeout`: no answer, until the faults are cleared or 30 s pass, and then a reset; it never arrives.
    - `redirect`: answers 302 to `location`, and does not act.
    - `slow`: waits `seconds` (or until the faults are cleared) and then acts and answers.
    - `after`: acts, and resets the connection in place of the answer.
    - `status`: answers `status`, with `Retry-After: <retry_after>` if given, and does not act. With `saved`
      it comes from the operation itself, so the provider keeps it under the request's idempotency key;
      without, from something in front of it, such as a rate limiter. By default 5xx are saved.

    `method` and `path` (the provider's own, empty for any) are globs; `*` stays within one segment.
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
        return self.kind in ("reset", "timeout", "redirect") or (self.kind == "status" and not self.saved)

    def matches(self, provider: str, request: Request) -> bool:
        # Segment by segment, so that a pattern of many stars cannot backtrack over a long path.
        patterns, segments = self.path.split("/"), request.path.split("/")
        same = len(patterns) == len(segments) and all(map(fnmatch.fnmatchcase, segments, patterns))
        return (
            provider == self.provider and fnmatch.fnmatchcase(request.method, self.method) and (same or not self.path)
        )

    @classmethod
    def parse(cls, body: bytes, providers: Sequence[str]) -> "Fault":
        """Reads a fault from a control request's JSON, or raises `BadControl`."""
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
    """The armed faults; each is met in the order in which it was armed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[list] = []  # [fault, times left]
        self._cleared = threading.Event()

    def arm(self, fault: Fault) -> int:
        with self._lock:
            self._armed.append([fault, fault.times])
            return len(self._armed)

    def clear(self) -> int:
        with self._lock:
            cleared, self._armed = len(self._armed), []
            self._cleared.set()
            self._cleared = threading.Event()
            return cleared

    def take(self, provider: str, request: Request, on_arrival: bool) -> tuple[Fault, threading.Event] | None:
        """Uses up one of the first matching fault, and gives it with the event that ends its waiting."""
        with self._lock:
            for entry in self._armed:
                if entry[0].on_arrival == on_arrival and entry[0].matches(provider, request):
                    entry[1] -= 1
                    if not entry[1]:
                        self._armed.remove(entry)
                    return entry[0], self._cleared
            return None


class RequestFaults:
    """One request's way past the faults."""

    def __init__(self, faults: Faults, provider: Provider, request: Request) -> None:
        self._faults, self._provider, self._request = faults, provider, request
        self.drops_response = False

    def arriving(self) -> Response | None:
        return self._meet(on_arrival=True)

    def acting(self) -> Response | None:
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
