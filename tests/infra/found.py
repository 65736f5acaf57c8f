"""What a test loops over: at least one, or the test would show nothing."""

from dataclasses import replace
from functools import cache

from hookline.validation.discovery import Project
from infra import naming
from infra.templates import Deployed, Resource
from tests.declared import PROJECT


def every(deployed: Deployed, type: str) -> list[Resource]:
    """The resources of a type."""
    found = deployed.all(type)
    assert found, f"no {type} is deployed"
    return found


@cache
def declared_project() -> Project:
    """Everything that can be deployed: no connector that no agent uses."""
    used = {name: one for name, one in PROJECT.connectors.items() if PROJECT.callers_of(name)}
    assert PROJECT.agents and PROJECT.sources and used
    return replace(PROJECT, connectors=used)


def managers() -> list[str]:
    """The names of the managers."""
    found = [name for name, agent in declared_project().agents.items() if agent.workflow]
    assert found, "no manager is declared"
    return found


def clocks() -> list[str]:
    """The names of the roles under which EventBridge Scheduler acts."""
    return [naming.REVIEW_CLOCK, *map(naming.clock, managers())]
