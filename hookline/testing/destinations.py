"""Binds every destination, so that tests synthesize each agent independently of the operator's settings."""

import re

from hookline.validation.discovery import Project

_PARAMETER = re.compile(r"{\w+}")


def every_destination(project: Project) -> str:
    """The context `destinations` with an example entity, in the form of its operations, for each declared name."""
    return ",".join(
        f"{name}={_PARAMETER.sub('EXAMPLE', operation.entity)}"
        for agent in project.agents.values()
        for use in agent.uses
        for name in use.to
        for operation in project.connectors[use.connector].operations
        if operation.name in use.operations
    )
