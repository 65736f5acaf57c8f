"""The statements of what connectors' manifests declare to do in AWS, and of the models that deployed agents declare."""

from collections.abc import Collection, Sequence

from aws_cdk import aws_iam as iam

from functions.core.gate.destinations import parameters_of
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.aws_access import AwsAccess
from functions.core.manifests.checks import placeholders
from functions.core.manifests.connector import ConnectorManifest
from infra.constructs import arns
from infra.constructs.function import may


def aws_access(
    connector: ConnectorManifest, callers: Sequence[AgentManifest], bound: Collection[str]
) -> list[iam.PolicyStatement]:
    """The statements for the role of `connector`, which `callers` use; `bound` are their destinations' entities."""
    found = [access for declared in connector.aws for access in _bound(declared, connector, bound)]
    found += [access for model in models_of(connector, callers) for access in connector.access(model) or []]
    once = [access for number, access in enumerate(found) if access not in found[:number]]
    return [_may(access) for access in once]


def _bound(access: AwsAccess, connector: ConnectorManifest, bound: Collection[str]) -> list[AwsAccess]:
    """The access for each entity whose parts it names; itself if it names none, and nothing without such an entity."""
    texts = (*access.resources, *access.when.values())
    names = {name for text in texts for name in placeholders(text)} - arns.OURS.keys()
    if not names:
        return [access]
    of_each = [parameters_of(operation, entity) for operation in connector.operations for entity in sorted(bound)]
    return [access.filled(parts) for parts in of_each if parts and names <= parts.keys()]


def models_of(connector: ConnectorManifest, callers: Sequence[AgentManifest]) -> list[str]:
    """The models of `connector` that `callers` declare, each once."""
    return sorted({agent.model_id for agent in callers if agent.model_connector == connector.name})


def _may(access: AwsAccess) -> iam.PolicyStatement:
    conditions: dict[str, object] = {key: arns.filled(pattern) for key, pattern in access.when.items()}
    on = [arns.filled(one) for one in access.resources]
    return may(*access.actions, on=on, when={"StringLike": conditions} if conditions else None)
