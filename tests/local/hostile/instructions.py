"""Instructions to the hostile agent, as tests/local/hostile/agent.py reads them.

`overrides` replace what an honest runtime puts into a request or an event.
"""

import json
from typing import Any


def tools(operation: str, arguments: dict[str, Any], connector: str = "stripe", **more: Any) -> dict[str, Any]:
    """Call an operation through the agent's tools."""
    return {"by": "tools", "connector": connector, "operation": operation, "arguments": arguments, **more}


def request(operation: str, arguments: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    """Invoke a connector directly."""
    return {"by": "connector", "operation": operation, "arguments": arguments, **overrides}


def aws(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """Call AWS under the agent's role."""
    return {"by": "aws", "service": service, "operation": operation, **parameters}


def http(method: str, url: str, body: str = "", **headers: str) -> dict[str, Any]:
    """Send an HTTP request."""
    return {"by": "http", "method": method, "url": url, "body": body, "headers": headers}


def hand_off(**overrides: Any) -> dict[str, Any]:
    """Publish the event that wakes the accomplice."""
    return {"by": "publish", "types": {"agent.hostile": "payment.approved"}, "raw": raw(), **overrides}


def raw(*instructions: Any) -> dict[str, Any]:
    """A raw event that carries instructions to the agent that receives it."""
    return {"type": "none", "body": {"do": list(instructions)}}


def altered(grant: str | None = None, **changes: Any) -> dict[str, Any]:
    """The place of a grant (by default the event's own) with changes and its old signature."""
    return {"$": "altered", "with": changes, **({"grant": grant} if grant else {})}


def instructed(event: dict[str, Any], instructions: Any) -> dict[str, Any]:
    """Put instructions into a field of Stripe's event that the provider's customers can write."""
    event["data"]["object"]["metadata"] = {"do": json.dumps(instructions)}
    return event
