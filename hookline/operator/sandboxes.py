"""What the sandboxes of providers received and hold, as data, without their control key."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.manifests.connector import ConnectorManifest
from hookline.local import stack
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator import known
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.running import running_stack

_PARAMETER = re.compile(r"{\w+}")
# What a provider's state lists beside the objects that it holds; the requests have more.
CALLS, EFFECTS = "calls", "effects"


def listed() -> list[dict[str, Any]]:
    """The sandboxes, each with its URL and the number of its requests and effects, all None if it does not run.

    None runs if the local stack is not up; one whose provider is newer than the stack runs after the next 'up'. A
    provider in `live` is called itself, so its sandbox receives nothing.
    """
    running = stack.find()
    rows = []
    requests = running.sandboxes.control("GET", "/_sandbox/requests") if running else {}
    for name in sandbox_providers():
        row: dict[str, Any] = {"sandbox": name, "url": None, "live": False, "requests": None, "effects": None}
        if running and name in running.sandboxes.urls:
            row |= {"url": running.sandboxes.urls[name], "live": name in running.live}
            state = running.sandboxes.control("GET", f"/_sandbox/{name}/state")
            row |= {"requests": requests[name]["received"], "effects": len(state.get(EFFECTS, ()))}
        rows.append(row)
    return rows


def content(name: str) -> dict[str, Any]:
    """The requests, effects and state of one provider's sandbox.

    `requests` are the last ones, oldest first, each with the operation of the connector that it is, "" for none;
    `received` is their number since the start. Raises UnknownName for a provider without a sandbox, and OperatorError
    if it does not run.
    """
    if name not in sandbox_providers():
        raise UnknownName("sandbox", name, sandbox_providers())
    running = running_stack()
    if name not in running.sandboxes.urls:
        raise OperatorError(f"the sandbox {name} is newer than the running sandboxes: run 'hookline up'")
    log = running.sandboxes.control("GET", "/_sandbox/requests")[name]
    state = running.sandboxes.control("GET", f"/_sandbox/{name}/state")
    connector = known.find().project.connectors.get(name)
    requests = [{"operation": operation_of(connector, request), **request} for request in log["requests"]]
    return {
        "sandbox": name,
        "live": name in running.live,
        "received": log["received"],
        "requests": requests,
        "effects": state.get(EFFECTS, []),
        "state": {kind: value for kind, value in state.items() if kind not in (CALLS, EFFECTS)},
    }


def operation_of(connector: ConnectorManifest | None, request: Mapping[str, Any]) -> str:
    """The operation with the request's method and path, "" if there is none, several with "or" between them."""
    found: Sequence[str] = [
        operation.name
        for operation in (connector.operations if connector else ())
        if operation.path and operation.method == request["method"] and _matches(operation.path, request["path"])
    ]
    return " or ".join(found)


def _matches(template: str, path: str) -> bool:
    literals = map(re.escape, _PARAMETER.split(template))
    return re.fullmatch("[^/]+".join(literals), path) is not None
