"""Records, and a chain as it is read: what the tests of this folder share beside their fixtures."""

from typing import Any

from functions.core.audit import chain
from hookline.operator.trail import Trail

AGENT, CONNECTOR = "agent.fraud", "connector.stripe"


def record(number: int, correlation: str = "stripe:evt_1", identity: str = AGENT) -> dict[str, Any]:
    at = f"2026-09-21T12:00:{number:02}.000000Z"
    said = {"kind": "decided", "correlation": correlation, "reason": "é"}
    return {"id": f"{identity}-{number}", "at": at, "identity": identity, **said}


def chained(trail: Trail, identity: str = AGENT) -> list[str]:
    """The ids of a chain's records, after it was verified against its head."""
    found = trail.of_identity(identity)
    end = chain.verify(found)
    assert end.seq == trail.length(identity) == len(found)
    return [item["id"] for item in found]
