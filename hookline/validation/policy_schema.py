"""The Cedar schema of the connectors' manifests: principals, actions, resources, and the types of arguments."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cedarpy import Schema

from functions.core.gate.policy import resource_type
from functions.core.manifests.arguments import Argument, Flag, Json, ListOf, Number, Object, Text
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from hookline.validation.findings import Finding
from hookline.validation.manifests import Declared

DESTINATION = "destination"  # in the context if the agent names one


@dataclass(frozen=True)
class Act:
    """One operation of a connector, in the terms of a policy."""

    connector: str
    operation: Operation

    def __str__(self) -> str:
        return f'{self.connector}::Action::"{self.operation.name}"'

    @property
    def resource(self) -> str:
        """The type of its resource."""
        return resource_type(self.operation)


def acts_of(connectors: Iterable[ConnectorManifest]) -> list[Act]:
    """All operations of the connectors."""
    return [Act(connector.name, operation) for connector in connectors for operation in connector.operations]


def schema(acts: Sequence[Act]) -> Schema:
    """The Cedar schema of these operations. Raises ValueError for a name that Cedar does not accept."""
    namespaces: dict[str, Any] = {"": {"entityTypes": {"Agent": {}, "Entity": {}}, "actions": {}}}
    for act in acts:
        provider, _, kind = act.resource.rpartition("::")
        _namespace(namespaces, provider)["entityTypes"].setdefault(kind, {})
        _namespace(namespaces, act.connector)["actions"][act.operation.name] = {
            "appliesTo": {
                "principalTypes": ["Agent"],
                "resourceTypes": [act.resource],
                "context": _record(
                    {
                        "arguments": {**_record(_attributes(act.operation)), "required": True},
                        DESTINATION: {"type": "String", "required": False},
                    }
                ),
            }
        }
    return Schema.from_json_str(json.dumps(namespaces))


def check_connector(connector: Declared) -> list[Finding]:
    """The findings in a connector's manifest: entities and names that a policy cannot use."""
    acts = acts_of([connector.manifest])
    findings = [
        connector.finding(
            f"entity {act.operation.entity!r} of {act.operation.name!r}: "
            "a policy cannot name it; write it like 'stripe:charge/{charge}' or '{entity}'",
            act.operation.name,
            act.operation.entity,
        )
        for act in acts
        if not act.resource
    ]
    if findings:
        return findings
    try:
        schema(acts)
    except ValueError as error:
        return [connector.finding(f"Cedar does not accept its names: {error}", "MANIFEST")]
    return []


def _namespace(namespaces: dict[str, Any], name: str) -> dict[str, Any]:
    namespace: dict[str, Any] = namespaces.setdefault(name, {"entityTypes": {}, "actions": {}})
    return namespace


def _attributes(operation: Operation) -> dict[str, Any]:
    seen = {name: kind for name, kind in operation.arguments.items() if not isinstance(kind, Json)}
    return {name: {**_type(kind), "required": name in operation.required} for name, kind in seen.items()}


def _type(kind: Argument) -> dict[str, Any]:
    """The Cedar type of an argument (https://docs.cedarpolicy.com/schema/json-schema.html)."""
    match kind:
        case Text():
            return {"type": "String"}
        case Number():
            return {"type": "Long"}
        case Flag():
            return {"type": "Boolean"}
        case ListOf():
            return {"type": "Set", "element": _type(kind.item)}
        case Object():
            return _record(
                {name: {**_type(field), "required": name in kind.needs} for name, field in kind.fields.items()}
            )
        case Json():
            raise ValueError("a document inside another argument has no type")  # its manifest is refused before


def _record(attributes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Record", "attributes": attributes}
