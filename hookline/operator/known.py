"""Finds what an operator named, though one agent's folder may be broken."""

from dataclasses import dataclass

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.source import SourceManifest
from hookline.operator.errors import OperatorError
from hookline.validation import discovery
from hookline.validation.discovery import House
from hookline.validation.mistakes import meant

AGENTS = "functions/agents/"


@dataclass(frozen=True)
class Found:
    """What is declared without a mistake, and of each agent that is not the first one, by name."""

    house: House
    broken: dict[str, str]


def find() -> Found:
    """Read every manifest, and leave out the agents that have mistakes: they must not keep anybody from the others.

    Raises ManifestError where a mistake is a source's or a connector's.
    """
    house, mistakes = discovery.look()
    discovery.refuse([mistake for mistake in mistakes if not mistake.folder.startswith(AGENTS)])
    # The first of each; the others come once that is mended.
    return Found(house, {mistake.folder.removeprefix(AGENTS): str(mistake) for mistake in reversed(mistakes)})


def agent(name: str) -> AgentManifest:
    """The manifest of an agent. Raises OperatorError, with its mistake or the names that there are, where none is."""
    found = find()
    if name in found.broken:
        raise OperatorError(found.broken[name])
    if name not in found.house.agents:
        raise OperatorError(f"there is no agent {name!r}{meant(name, found.house.agents)}")
    return found.house.agents[name]


def source(name: str) -> SourceManifest:
    """The manifest of a source. Raises OperatorError, with the names that there are, where there is none."""
    known = find().house.sources
    if name not in known:
        raise OperatorError(f"there is no source {name!r}{meant(name, known)}")
    return known[name]
