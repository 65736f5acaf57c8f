"""What a test loops over: at least one, or the test would show nothing."""

from dataclasses import replace

from hookline.validation.discovery import Project, discover
from infra.deployable import with_flows
from infra.templates import Deployed, Resource


def every(deployed: Deployed, type: str) -> list[Resource]:
    """The resources of a type."""
    found = deployed.all(type)
    assert found, f"no {type} is deployed"
    return found


def declared_project() -> Project:
    """Everything that is deployed: no agent of a flow of the demo, and no connector that no agent uses."""
    project = with_flows(discover(), [])
    used = {name: one for name, one in project.connectors.items() if project.callers_of(name)}
    assert project.agents and project.sources and used
    return replace(project, connectors=used)
