"""Example settings, so that tests synthesize each agent independently of the operator's."""

import re

from functions.core.manifests.operation import Operation
from hookline.validation.discovery import Project

_EXAMPLES = ("EXAMPLE", "example@example.com", "1")


def every_destination(project: Project) -> str:
    """The context `destinations` with an example entity, in the form of its operations, for each declared name."""
    return ",".join(
        f"{name}={_example(operation)}"
        for agent in project.agents.values()
        for use in agent.uses
        for name in use.to
        for operation in project.connectors[use.connector].operations
        if operation.name in use.operations
    )


def _example(operation: Operation) -> str:
    """An entity of the operation. Raises StopIteration if no example is an id like those that it declares."""
    ids = {
        name: next(one for one in _EXAMPLES if re.fullmatch(operation.ids.get(name, ".*"), one))
        for name in operation.parameters
    }
    return operation.entity.format(**ids)


def every_tenant(project: Project) -> str:
    """The context `tenants` with an example of each part of a host that the connectors declare."""
    return ",".join(
        f"{connector.name}.{part}={'example.com' if f'{{{part}}}' in connector.hosts else 'example'}"
        for connector in project.connectors.values()
        for part in connector.tenant
    )
