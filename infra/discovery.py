"""Finds every agent, source and connector: a folder is a plugin, and its name is its name.

All mistakes are reported together, each with the file that it is in.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from functions.core.errors import ManifestError
from functions.core.manifest.agent import AgentManifest
from functions.core.manifest.connector import ConnectorManifest
from functions.core.manifest.source import SourceManifest
from functions.core.reviews import SOURCE as REVIEW_DESK
from functions.core.signature_schemes import SCHEMES
from functions.taxonomy.catalogue import EVENTS
from functions.taxonomy.unmapped import Unmapped
from infra.policies import check_policy
from infra.policy_schema import check_connector

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"


@dataclass(frozen=True)
class House:
    """Everything that is declared, by name."""

    agents: dict[str, AgentManifest] = field(default_factory=dict)
    sources: dict[str, SourceManifest] = field(default_factory=dict)
    connectors: dict[str, ConnectorManifest] = field(default_factory=dict)

    def listened_to(self, also: Sequence[str] = ()) -> list[SourceManifest]:
        """The sources to deploy: those that an agent hears, and those named in `also`.

        Raises ManifestError for a name in `also` that no source has.
        """
        if unknown := [name for name in also if name not in self.sources]:
            raise ManifestError(f"there is no source {', '.join(unknown)}; there is: {', '.join(self.sources)}")
        heard = {source for agent in self.agents.values() for heard in agent.hears for source in heard.sources}
        return [source for name, source in self.sources.items() if name in also or source.identity in heard]

    def callers_of(self, connector: str) -> list[AgentManifest]:
        """The agents that declare the use of `connector`."""
        return [agent for agent in self.agents.values() if agent.use_of(connector)]


def discover(functions: Path = FUNCTIONS) -> House:
    """Read every manifest. Raises ManifestError that lists all that is wrong, a line each."""
    mistakes: list[str] = []
    house = House(
        agents=_manifests(functions / "agents", AgentManifest, ("agent.py", "handler.py"), mistakes),
        sources=_manifests(functions / "sources", SourceManifest, (), mistakes),
        connectors=_manifests(functions / "connectors", ConnectorManifest, ("handler.py",), mistakes),
    )
    mistakes += [mistake for agent in house.agents.values() for mistake in check_agent(agent, house)]
    wrong = {name: check_connector(connector) for name, connector in house.connectors.items()}
    mistakes += [mistake for found in wrong.values() for mistake in found]
    sound = {name: connector for name, connector in house.connectors.items() if not wrong[name]}
    for agent in house.agents.values():
        mistakes += check_policy(agent, sound, functions / "agents")
    mistakes += [
        f"functions/sources/{name}/manifest.py: functions/core/signature_schemes.py has no scheme {name!r}"
        for name in house.sources
        if name not in SCHEMES
    ]
    if mistakes:
        raise ManifestError("\n".join(mistakes))
    return house


def check_agent(agent: AgentManifest, house: House) -> list[str]:
    """What is wrong with an agent's manifest beside the others."""
    where = f"functions/agents/{agent.name}/manifest.py"
    mistakes = []
    everybody = (*house.sources.values(), *house.agents.values())
    known = {REVIEW_DESK, *(somebody.identity for somebody in everybody)}
    for heard in agent.hears:
        unmapped = {f"{source.removeprefix('webhook.')}.{Unmapped.detail_type}" for source in heard.sources}
        if heard.detail_type not in EVENTS and {heard.detail_type} != unmapped:
            mistakes.append(f"{where}: hears {heard.detail_type!r}, which the taxonomy does not have")
        unknown = [source for source in heard.sources if source not in known]
        mistakes += [f"{where}: hears from {source!r}, which nobody is" for source in unknown]
    mistakes += [
        f"{where}: says {said!r}, which the taxonomy does not have" for said in agent.says if said not in EVENTS
    ]
    for use in agent.uses:
        connector = house.connectors.get(use.connector)
        if connector is None:
            mistakes.append(f"{where}: uses connector {use.connector!r}, which does not exist")
            continue
        mistakes += [
            f"{where}: uses {use.connector} {name!r}, which that connector does not declare"
            for name in use.operations
            if connector.operation(name) is None
        ]
    return mistakes


def _manifests(folder: Path, kind: type[Any], files: tuple[str, ...], mistakes: list[str]) -> dict[str, Any]:
    found = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"):
        where = f"functions/{folder.name}/{place.name}"
        missing = [name for name in ("__init__.py", "manifest.py", *files) if not (place / name).is_file()]
        if missing:
            mistakes.append(f"{where}: has no {', '.join(missing)}")
            continue
        try:
            manifest = importlib.import_module(f"functions.{folder.name}.{place.name}.manifest").MANIFEST
        except ManifestError as error:
            mistakes.append(f"{where}/manifest.py: {error}")
            continue
        except Exception as error:  # noqa: BLE001 - whatever a manifest's code does wrong, the others are still read
            mistakes.append(f"{where}/manifest.py: {type(error).__name__}: {error}")
            continue
        if not isinstance(manifest, kind):
            mistakes.append(f"{where}/manifest.py: MANIFEST is not a {kind.__name__}")
        elif manifest.name != place.name:
            mistakes.append(f"{where}/manifest.py: is named {manifest.name!r}, its folder {place.name!r}")
        else:
            found[manifest.name] = manifest
    return found
