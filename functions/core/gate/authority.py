"""Authority: what the verified delivery, or a person's approval, lets the caller act on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.core.authority import grants
from functions.core.authority.grants import Grant
from functions.core.authority.vouchers import Extension
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from functions.core.manifests.tenant import account_of, split
from functions.core.platform.errors import Denied


def check_grant(request: Request, keys: Sequence[str], now: float) -> Grant:
    """The grant of the request. Raises Denied if it was not minted here, has expired or belongs to another event."""
    grant = grants.check(request.grant, keys, now)
    if grant.correlation != request.correlation:
        raise Denied("the grant belongs to another event")
    return grant


def declared(agent: AgentManifest, connector: ConnectorManifest, name: str) -> Operation:
    """The operation `name` of `connector`. Raises Denied if the agent's manifest does not declare its use."""
    operation = connector.operation(name)
    if agent.use_of(connector.name, name) is None or operation is None:
        raise Denied(f"agent {agent.name} does not declare {connector.name} {name}")
    return operation


def entity_of(operation: Operation, arguments: Mapping[str, Any]) -> str:
    """The entity that the operation would touch. Raises Denied if its parts could name another one."""
    # "a/b" with "c" and "a" with "b/c" make one entity here, but are two different ones at the provider.
    if len(operation.parameters) > 1 and any("/" in arguments[name] for name in operation.parameters):
        raise Denied(f"none of {', '.join(operation.parameters)} may hold a slash")
    return operation.entity.format(**{name: arguments[name] for name in operation.parameters})


def allowed_entity(entity: str, grant: Grant, destination: str) -> str:
    """The entity as the grant names it, with its tenant; or itself, if it is the agent's `destination`.

    The caller names no tenant: it is that of the verified delivery. Raises Denied for any other entity.
    """
    if destination or entity in grant.entities:
        return entity
    named = [one for one in grant.entities if split(one)[0] == entity]
    if len(named) != 1:
        raise Denied(f"the grant does not name {entity}")
    return named[0]


def decided_entity(operation: Operation, grant: Grant) -> str:
    """The entity that an effect decides on, "" if it decides on none, or the grant names none or several."""
    named = [one for one in grant.entities if split(one)[0].partition("/")[0] == operation.decides]
    return named[0] if len(named) == 1 else ""


def reached_entity(
    entity: str, grant: Grant, destination: str, extension: Extension | None, action: str
) -> tuple[str, str]:
    """The entity as `allowed_entity` has it, and the entity of the grant whose link leads there, "" without a link.

    What neither the grant nor a destination allows, the caller's `extension` may, for the operations that it is for.
    """
    try:
        return allowed_entity(entity, grant, destination), ""
    except Denied:
        if extension is None or action not in extension.operations or extension.entity not in grant.entities:
            raise
        beyond = replace(grant, entities=frozenset(extension.entities))
        return allowed_entity(entity, beyond, ""), extension.entity


def check_also(operation: Operation, arguments: Mapping[str, Any], grant: Grant) -> None:
    """Raise Denied unless the grant names each further entity that is touched; no destination replaces one."""
    for template in operation.also:
        allowed_entity(template.format(**arguments), grant, "")


def declared_model(agent: AgentManifest, connector: str, model: str) -> None:
    """Raises Denied unless `model` is the one that the agent's manifest declares: no event names a model."""
    if (agent.model_connector, agent.model_id) != (connector, model):
        raise Denied(f"agent {agent.name} does not declare model {model} of {connector}")


def for_tenant(
    connector: ConnectorManifest, operation: Operation, arguments: Mapping[str, Any], entity: str
) -> tuple[Operation, Mapping[str, Any]]:
    """The operation and its arguments as they act on the tenant of `entity`.

    Raises Denied if the entity has a tenant and the connector does not declare how it acts for one: its credential
    would act on the tenant that it belongs to.
    """
    if operation.entity == f"{{{operation.parameters[0]}}}":  # it is given the whole entity, tenant included
        return operation, {**arguments, operation.parameters[0]: entity}
    tenant = account_of(split(entity)[1])
    if not tenant:
        return operation, arguments
    if connector.tenant_header is None:
        raise Denied(f"connector {connector.name} does not declare how it acts for {tenant}, whose {entity} is")
    own = tenant == connector.tenant_header.own
    return (operation if own else _with(operation, {connector.tenant_header.name: tenant})), arguments


def for_same_tenant(connector: ConnectorManifest, operation: Operation, read: Operation) -> Operation:
    """The read as it sees the tenant that `operation` acts on."""
    name = connector.tenant_header.name if connector.tenant_header else ""
    return _with(read, {name: operation.headers[name]}) if name in operation.headers else read


def _with(operation: Operation, headers: Mapping[str, str]) -> Operation:
    return replace(operation, headers={**operation.headers, **headers})
