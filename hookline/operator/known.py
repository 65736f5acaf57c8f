"""Finds what an operator named, though one agent's folder may be broken."""

from dataclasses import dataclass

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.source import SourceManifest
from hookline.operator.errors import OperatorError
from hookline.validation import discovery
from hookline.validation.discovery import Project
from hookline.validation.findings import meant

AGENTS = "functions/agents/"


@dataclass(frozen=True)
class Found:
    """What is declared without a finding, and of each agent that is not the first one, by name."""

    project: Project
    broken: dict[str, str]


def find() -> Found:
    """Read every manifest, and leave out the agents that have findings: they must not keep anybody from the others.

    Raises ManifestError where a finding is a source's or a connector's.
    """
    project, findings = discovery.look()
    discovery.refuse([finding for finding in findings if not finding.folder.startswith(AGENTS)])
    # The first of each; the others come once that is mended.
    return Found(project, {finding.folder.removeprefix(AGENTS): str(finding) for finding in reversed(findings)})


def agent(name: str) -> AgentManifest:
    """The manifest of an agent. Raises OperatorError, with its finding or the names that there are, where none is."""
    found = find()
    if name in found.broken:
        raise OperatorError(found.broken[name])
    if name not in found.project.agents:
        raise OperatorError(f"there is no agent {name!r}{meant(name, found.project.agents)}")
    return found.project.agents[name]


def source(name: str) -> SourceManifest:
    """The manifest of a source. Raises OperatorError, with the names that there are, where there is none."""
    known = find().project.sources
    if name not in known:
        raise OperatorError(f"there is no source {name!r}{meant(name, known)}")
    return known[name]


def connector(name: str) -> ConnectorManifest:
    """The manifest of a connector. Raises OperatorError, with the names that there are, where there is none."""
    known = find().project.connectors
    if name not in known:
        raise OperatorError(f"there is no connector {name!r}{meant(name, known)}")
    return known[name]
