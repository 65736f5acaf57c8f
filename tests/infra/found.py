"""What a test loops over: at least one, or the test would show nothing."""

from dataclasses import replace

from hookline.validation.discovery import Project, discover
from infra import naming
from infra.templates import Deployed, Resource


def every(deployed: Deployed, type: str) -> list[Resource]:
    """The resources of a type."""
    found = deployed.all(type)
    assert found, f"no {type} is deployed"
    return found


def declared_project() -> Project:
    """Everything that can be deployed: no connector that no agent uses."""
    project = discover()
    used = {name: one for name, one in project.connectors.items() if project.callers_of(name)}
    assert project.agents and project.sources and used
    return replace(project, connectors=used)


def managers() -> list[str]:
    """The names of the managers."""
    found = [name for name, agent in declared_project().agents.items() if agent.workflow]
    assert found, "no manager is declared"
    return found


def clocks() -> list[str]:
    """The names of the roles under which EventBridge Scheduler acts."""
    return [naming.REVIEW_CLOCK, *map(naming.clock, managers())]
