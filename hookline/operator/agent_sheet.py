"""Everything that one agent can do, as data: from the synthesized template, not from its manifest."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cedarpy

from functions.core.manifests.agent import AgentManifest, Use
from functions.core.manifests.connector import ConnectorManifest
from hookline.local.toolchain import ROOT
from hookline.operator import known
from hookline.operator.errors import OperatorError
from hookline.operator.synthesis import synthesize
from infra import naming
from infra.templates import Deployed, Permission, Resource, UnknownInTemplate, alternatives, function_of

Sheet = dict[str, Any]


def sheet(manifest: AgentManifest, deployed: Deployed, connectors: Mapping[str, ConnectorManifest]) -> Sheet:
    """What an auditor wants to know of an agent, ready for JSON.

    Permissions and queues come from the template. What connectors enforce comes from where they read it: operations and
    budget from the manifests, policies from the agent's policy.cedar if it has one.
    """
    function = deployed.functions[naming.agent(manifest.name)]
    (role,) = (role for role in deployed.roles.values() if role.arn == function.properties["Role"])
    permissions = deployed.may(function.name)
    return {
        "agent": manifest.name,
        "identity": manifest.identity,
        "owner": manifest.owner,
        "purpose": manifest.purpose,
        "role": role.name,
        "tags": {tag["Key"]: tag["Value"] for tag in role.properties["Tags"]},
        "function": {
            "name": function.name,
            "runtime": function.properties["Runtime"],
            "memory_mb": function.properties["MemorySize"],
            "timeout_seconds": function.properties["Timeout"],
        },
        "queue": _queue(deployed, function.name),
        "may": _rows(permissions),
        "boundary": {"name": naming.boundary("REGION"), "may": _rows(deployed.boundary)},
        "publishes": _publishes(permissions),
        "connectors": [
            _connector(manifest, permission, connectors, deployed) for permission in permissions if _invokes(permission)
        ],
        "policies": policies_of(manifest.name),
        "budget": asdict(manifest.budget),
    }


def synthesized(name: str) -> Sheet:
    """The sheet of an agent, by the templates as they are synthesized now, which takes seconds. Raises UnknownName."""
    found, manifest = known.find(), known.agent(name)
    return sheet(manifest, synthesize(lambda _: None, without=found.broken), found.project.connectors)


def policies(cedar: str | None) -> list[dict[str, Any]] | None:
    """The policies in the text of a policy.cedar, each with its id; None if the file is missing.

    Raises OperatorError if the text is not Cedar.
    """
    if cedar is None:
        return None
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(cedar))["staticPolicies"]
    except ValueError as error:
        raise OperatorError(f"policy.cedar: {error}") from None
    return [
        {
            "id": policy["annotations"].get("id", ""),
            "effect": policy["effect"],
            "text": _cedar(policy),
            "enforced": "shadow" not in policy["annotations"],
        }
        for policy in parsed.values()
    ]


def policies_of(agent: str) -> list[dict[str, Any]]:
    """The policies of an agent's file, none if it is missing. Raises OperatorError if it is not Cedar."""
    return policies(_policy_file(agent)) or []


def _policy_file(agent: str) -> str | None:
    file = Path(ROOT, "functions", "agents", agent, "policy.cedar")
    return file.read_text() if file.is_file() else None


def _cedar(policy: Mapping[str, Any]) -> str:
    alone = {"templates": {}, "staticPolicies": {"policy": policy}, "templateLinks": []}
    return cedarpy.format_policies(cedarpy.policies_from_json_str(json.dumps(alone)))


def _rows(permissions: Iterable[Permission]) -> list[dict[str, str]]:
    return [{"action": p.action, "resource": p.resource, "condition": p.condition} for p in permissions]


def _queue(deployed: Deployed, name: str) -> Sheet:
    mappings = deployed.all("AWS::Lambda::EventSourceMapping")
    (mapping,) = (one for one in mappings if function_of(one.properties["FunctionName"]) == name)
    queue = deployed.queues[mapping.properties["EventSourceArn"]]
    redrive = queue.properties["RedrivePolicy"]
    dead = deployed.queues[redrive["deadLetterTargetArn"]]
    return {
        "name": queue.name,
        "messages_at_a_time": mapping.properties["BatchSize"],
        "kept_seconds": queue.properties["MessageRetentionPeriod"],
        "hidden_seconds": queue.properties["VisibilityTimeout"],
        "tries": redrive["maxReceiveCount"],
        "filled_by": _rules(deployed, queue),
        "resource_policies": [str(p) for p in deployed.resource_policies if p.resource == queue.arn],
        "identities_that_may_send": sorted(deployed.identities_with(queue.arn, "sqs:SendMessage".__eq__)),
        "others_that_may_invoke": _invokers(deployed, name),
        "dead_letters": {
            "name": dead.name,
            "kept_seconds": dead.properties["MessageRetentionPeriod"],
            "resource_policies": [str(p) for p in deployed.resource_policies if p.resource == dead.arn],
            "identities_that_may_send": sorted(deployed.identities_with(dead.arn, "sqs:SendMessage".__eq__)),
        },
    }


def _invokers(deployed: Deployed, name: str) -> list[str]:
    """The identities and the principals in the function's own policy; its event source mapping needs neither."""
    arn = deployed.functions[name].arn
    identities = deployed.identities_with(arn, "lambda:InvokeFunction".__eq__)
    return sorted(
        identities
        | {str(p) for p in deployed.resource_policies if p.resource == name and p.action.startswith("lambda:")}
    )


def _rules(deployed: Deployed, queue: Resource) -> list[Sheet]:
    filling = [
        rule
        for rule in deployed.all("AWS::Events::Rule")
        if queue.arn in (target["Arn"] for target in rule.properties["Targets"])
    ]
    return [
        {"rule": rule.id, "bus": rule.properties["EventBusName"], "pattern": pattern}
        for rule in filling
        for pattern in alternatives(rule.properties["EventPattern"])
    ]


def _publishes(permissions: Iterable[Permission]) -> list[Sheet]:
    """Each permission to publish: the bus and the conditions."""
    return [
        {"bus": permission.resource.rpartition("/")[2], "when": permission.when}
        for permission in permissions
        if permission.action == "events:PutEvents"
    ]


def _invokes(permission: Permission) -> bool:
    return permission.action == "lambda:InvokeFunction"


def _connector(
    manifest: AgentManifest,
    permission: Permission,
    connectors: Mapping[str, ConnectorManifest],
    deployed: Deployed,
) -> Sheet:
    """What the agent can do through an alias that IAM lets it invoke: the gate applies the agent's manifest."""
    function, alias = permission.resource.split(":")[6:8]
    found = [one for name, one in connectors.items() if naming.connector(name) == function]
    if not found:
        raise UnknownInTemplate(f"{manifest.identity} may invoke {permission.resource}, which is not a connector")
    (connector,) = found
    uses = [use for use in manifest.uses if use.connector == connector.name]
    operations = [connector.operation(name) for use in uses for name in use.operations]
    return {
        "name": connector.name,
        "alias": f"{function}:{alias}",
        "reason": "; ".join(use.reason for use in uses),
        "hosts": list(connector.hosts),
        "destinations": _destinations(uses, deployed.functions[function]),
        "operations": [
            {
                "name": operation.name,
                "kind": operation.kind,
                "entity": operation.entity,
                "request": f"{operation.method} {operation.path}".strip(),
            }
            for operation in operations
            if operation
        ],
    }


def _destinations(uses: Iterable[Use], connector: Resource) -> list[Sheet]:
    """Each destination with its operations, and the entity in the connector's configuration."""
    variables = connector.properties["Environment"]["Variables"]
    bound = json.loads(variables.get("HOOKLINE_DESTINATIONS", "{}"))
    return [
        {"name": name, "entity": bound.get(name), "operations": list(use.operations)} for use in uses for name in use.to
    ]
