"""Binds every destination, so that tests synthesize each agent whatever the operator's settings bind."""

import re

from hookline.validation.discovery import Project

_PARAMETER = re.compile(r"{\w+}")


def every_destination(project: Project) -> str:
    """The context `destinations` with a made-up entity, of the operations that act on it, for each declared name."""
    return ",".join(
        f"{name}={_PARAMETER.sub('EXAMPLE', operation.entity)}"
        for agent in project.agents.values()
        for use in agent.uses
        for name in use.to
        for operation in project.connectors[use.connector].operations
        if operation.name in use.operations
    )
