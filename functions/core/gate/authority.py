"""Whose grant: what the verified delivery, or a person's approval, lets the caller act on."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.authority import grants
from functions.core.authority.grants import Grant
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import KINDS, ConnectorManifest, Operation
from functions.core.platform.errors import Denied, PermanentError

LARGEST_NUMBER = 2**63 - 1  # a policy's numbers have 64 bits


def whose_grant(request: Request, keys: Sequence[str], now: float) -> Grant:
    """The grant that the request stands on. Raises Denied where it is none of ours, expired or of another event."""
    grant = grants.check(request.grant, keys, now)
    if grant.correlation != request.correlation:
        raise Denied("the grant belongs to another event")
    return grant


def declared(agent: AgentManifest, connector: ConnectorManifest, name: str) -> Operation:
    """The operation `name` of `connector`. Raises Denied where the agent's manifest does not declare its use."""
    use = agent.use_of(connector.name)
    operation = connector.operation(name)
    if use is None or name not in use.operations or operation is None:
        raise Denied(f"agent {agent.name} does not declare {connector.name} {name}")
    return operation


def check_arguments(operation: Operation, arguments: Mapping[str, Any]) -> None:
    """Raise PermanentError where an argument is unknown, missing, or not what the operation says that it takes."""
    if unknown := sorted(set(arguments) - {*operation.parameters, *operation.takes}):
        raise PermanentError(f"{operation.name} takes no {', '.join(unknown)}")
    if any(not isinstance(arguments.get(name), str) or not arguments[name] for name in operation.parameters):
        raise PermanentError(f"{operation.name} needs {', '.join(operation.parameters)}")
    if missing := [name for name in operation.needs if name not in arguments]:
        raise PermanentError(f"{operation.name} needs {', '.join(missing)}")
    for name, kind in operation.takes.items():
        if name in arguments and not _is_a(kind, arguments[name]):
            raise PermanentError(f"{operation.name}: {name} is no {kind}")


def _is_a(kind: str, value: Any) -> bool:
    # A bool is an int to Python, but not to a provider.
    return type(value) is KINDS[kind] and (kind != "number" or abs(value) <= LARGEST_NUMBER)


def granted_entity(operation: Operation, arguments: Mapping[str, Any], grant: Grant) -> str:
    """The entity that the operation would touch. Raises Denied where the grant does not name it."""
    # Else "a/b" and "c" would name what "a" and "b/c" do, and be another thing at the provider.
    if len(operation.parameters) > 1 and any("/" in arguments[name] for name in operation.parameters):
        raise Denied(f"none of {', '.join(operation.parameters)} may hold a slash")
    entity = operation.entity.format(**{name: arguments[name] for name in operation.parameters})
    if entity not in grant.entities:
        raise Denied(f"the grant does not name {entity}")
    return entity
