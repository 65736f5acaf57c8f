"""Finds what an operator named, though one agent's folder may be broken."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from functions.core.errors import ManifestError
from functions.core.manifest.agent import AgentManifest
from functions.core.manifest.source import SourceManifest
from hookline.errors import OperatorError
from infra import discovery
from infra.discovery import House

_OF_AGENT = re.compile(r"functions/agents/([^/:]+)[/:]")
_OF_ANYTHING = re.compile(r"functions/[a-z_]+/")


@dataclass(frozen=True)
class Found:
    """What is declared without a mistake, and of each agent that is not the first one, by name."""

    house: House
    broken: dict[str, str]


def find() -> Found:
    """Read every manifest, and leave out the agents that have mistakes: they must not keep anybody from the others.

    Raises ManifestError where a mistake is a source's or a connector's.
    """
    broken: dict[str, str] = {}
    while True:
        try:
            return Found(_house(broken), dict(sorted(broken.items())))
        except ManifestError as error:
            more = _agents_of(str(error))
            if not more:
                raise
            broken |= more


def agent(name: str) -> AgentManifest:
    """The manifest of an agent. Raises OperatorError, with its mistake or the names that there are, where none is."""
    found = find()
    if name in found.broken:
        raise OperatorError(found.broken[name])
    if name not in found.house.agents:
        raise OperatorError(f"there is no agent {name!r}; there is: {', '.join(found.house.agents) or 'none yet'}")
    return found.house.agents[name]


def source(name: str) -> SourceManifest:
    """The manifest of a source. Raises OperatorError, with the names that there are, where there is none."""
    known = find().house.sources
    if name not in known:
        raise OperatorError(f"there is no source {name!r}; there is: {', '.join(known)}")
    return known[name]


def _house(without: Collection[str]) -> House:
    if not without:
        return discovery.discover(discovery.FUNCTIONS)
    # What is discovered is what a folder holds, so the broken ones are left out of one.
    with TemporaryDirectory() as place:
        sound = Path(place)
        for kind in ("sources", "connectors"):
            (sound / kind).symlink_to(discovery.FUNCTIONS / kind)
        (sound / "agents").mkdir()
        for folder in (discovery.FUNCTIONS / "agents").iterdir():
            if folder.name not in without:
                (sound / "agents" / folder.name).symlink_to(folder)
        return discovery.discover(sound)


def _agents_of(mistakes: str) -> dict[str, str]:
    """The first line of each agent's mistakes; none where anybody else has one too."""
    lines = [line for line in mistakes.splitlines() if _OF_ANYTHING.match(line)]
    named = [(_OF_AGENT.match(line), line) for line in lines]
    if not all(match for match, _ in named):
        return {}
    return {match[1]: line for match, line in reversed(named) if match}
