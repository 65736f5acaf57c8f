"""Binds every destination, so that tests synthesize each agent independently of the operator's settings."""

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
