"""Finds the agent, source or connector that an operator names, even if another agent's folder has findings."""

from dataclasses import dataclass

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.source import SourceManifest
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation import discovery
from hookline.validation.discovery import Project

AGENTS = "functions/agents/"


@dataclass(frozen=True)
class Found:
    """Everything declared without a finding, and the first finding of each other agent by its name."""

    project: Project
    broken: dict[str, str]


def find() -> Found:
    """Read every manifest, and leave out the agents that have findings, so that the others stay usable.

    Raises ManifestError if a source or a connector has a finding.
    """
    project, findings = discovery.read_project()
    discovery.refuse([finding for finding in findings if not finding.folder.startswith(AGENTS)])
    # The first of each agent; the others show once that is fixed.
    return Found(project, {finding.folder.removeprefix(AGENTS): str(finding) for finding in reversed(findings)})


def agent(name: str) -> AgentManifest:
    """The manifest of an agent. Raises OperatorError, with its finding or the known names, if there is none."""
    found = find()
    if name in found.broken:
        raise OperatorError(found.broken[name])
    if name not in found.project.agents:
        raise UnknownName("agent", name, found.project.agents)
    return found.project.agents[name]


def source(name: str) -> SourceManifest:
    """The manifest of a source. Raises OperatorError, with the known names, for an unknown one."""
    known = find().project.sources
    if name not in known:
        raise UnknownName("source", name, known)
    return known[name]


def connector(name: str) -> ConnectorManifest:
    """The manifest of a connector. Raises OperatorError, with the known names, for an unknown one."""
    known = find().project.connectors
    if name not in known:
        raise UnknownName("connector", name, known)
    return known[name]
