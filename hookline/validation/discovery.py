"""Finds every agent, source, connector and event: a folder is a plugin, and its name is its name.

All mistakes are reported together, each with the file and the line that it is on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.checks import require_name
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.places import ROOMS
from functions.core.manifests.source import SourceManifest
from functions.core.platform.errors import ManifestError
from hookline.validation.agent_words import Words
from hookline.validation.events import check_events
from hookline.validation.kinds import CONNECTOR, KINDS, Kind
from hookline.validation.manifests import Declared, read_manifest
from hookline.validation.mistakes import Mistake, meant
from hookline.validation.modules import Modules
from hookline.validation.plugin_code import Folder
from hookline.validation.policies import check_policy
from hookline.validation.policy_schema import check_connector
from hookline.validation.references import check_agent, publishers

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"


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
        for name in also:
            if name not in self.sources:
                raise ManifestError(f"there is no source {name!r}{meant(name, self.sources)}")
        heard = {source for agent in self.agents.values() for heard in agent.hears for source in heard.sources}
        return [source for name, source in self.sources.items() if name in also or source.identity in heard]

    def callers_of(self, connector: str) -> list[AgentManifest]:
        """The agents that declare the use of `connector`."""
        return [agent for agent in self.agents.values() if agent.use_of(connector)]


# A folder whose manifest cannot be read is there all the same: who names it makes no mistake.
Found = dict[str, Declared | None]


def discover(functions: Path | None = None) -> House:
    """Read every manifest, and the code beside it. Raises ManifestError that lists all that is wrong, a line each."""
    house, mistakes = look(functions)
    refuse(mistakes)
    return house


def refuse(mistakes: Sequence[Mistake]) -> None:
    """Raises ManifestError that lists `mistakes`, where there are any."""
    if mistakes:
        raise ManifestError("\n".join(["functions/ has mistakes:", *map(str, mistakes)]))


def look(functions: Path | None = None) -> tuple[House, list[Mistake]]:
    """What is declared without a mistake, and the mistakes of all that is left out, in their files' order."""
    functions = functions or FUNCTIONS
    mistakes = list(check_events(functions / "events"))
    modules = Modules(functions)
    found: dict[str, Found] = {part: {} for kind in KINDS.values() for part in kind.parts}
    for name, kind in KINDS.items():
        for place in _folders(functions / name):
            _read(place, kind, modules, found, mistakes)
    _own_connectors(functions, found["connectors"])
    agents, sources, connectors = found["agents"], found["sources"], found["connectors"]
    mistakes += _beside_each_other(agents, sources, connectors, functions)
    wrong = {mistake.folder for mistake in mistakes}
    sound = (
        {name: one.manifest for name, one in those.items() if one and one.folder not in wrong}
        for those in (agents, sources, connectors)
    )
    return House(*sound), sorted(set(mistakes))


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not _is_empty(path))


def _is_empty(place: Path) -> bool:
    """Whether nothing is left of a folder but bytecode, as git leaves it behind."""
    return place.name == "__pycache__" or all(path.name == "__pycache__" for path in place.iterdir())


def _read(place: Path, kind: Kind, modules: Modules, found: dict[str, Found], mistakes: list[Mistake]) -> None:
    """Read the manifests of one folder into `found`, and what is wrong with it into `mistakes`."""
    where = f"functions/{place.parent.name}/{place.name}"
    wrong = list(_mistakes_of(where, place, kind, modules))
    mistakes += wrong
    spoilt = {mistake.file.rpartition("/")[2] for mistake in wrong}
    for name, part in kind.parts.items():
        if not (place / part.file).is_file() and part.file not in kind.files:
            continue
        found[name][place.name] = None
        if {part.file, "__init__.py"} & spoilt:
            continue
        read = read_manifest(where, place, part.file, part.manifest)
        if isinstance(read, Mistake):
            mistakes.append(read)
            continue
        if read.manifest.name != place.name:
            named = read.manifest.name
            mistakes.append(read.mistake(f"is named {named!r}, its folder {place.name!r}", "name", named))
            read = replace(read, manifest=replace(read.manifest, name=place.name))  # the rest of it is checked too
        found[name][place.name] = read


def _mistakes_of(where: str, place: Path, kind: Kind, modules: Modules) -> Iterator[Mistake]:
    try:
        require_name("folder", place.name)
    except ManifestError as error:
        yield Mistake(f"{where}/__init__.py", 1, str(error))
        return
    pages = " or ".join(dict.fromkeys(part.page for part in kind.parts.values()))
    for name in kind.files:
        if not (place / name).is_file():
            what = f"is missing: a folder of {place.parent.name} holds {', '.join(kind.files)} ({pages})"
            yield Mistake(f"{where}/{name}", 1, what)
    manifests = [part.file for part in kind.parts.values()]
    if not any((place / name).is_file() for name in manifests) and manifests[0] not in kind.files:
        what = f"is missing, and so is {manifests[1]}: a provider has one or both ({pages})"
        yield Mistake(f"{where}/{manifests[0]}", 1, what)
    yield from Folder(where, place, modules, kind.around).mistakes()


def _own_connectors(functions: Path, found: Found) -> None:
    """The connectors that the engine's own rooms open to agents."""
    for room in ROOMS:
        read = read_manifest(f"functions/core/{room}", functions / "core" / room, CONNECTOR.file, CONNECTOR.manifest)
        if isinstance(read, Mistake):
            raise ManifestError(str(read))
        found[room] = read


def _beside_each_other(agents: Found, sources: Found, connectors: Found, functions: Path) -> Iterator[Mistake]:
    """What is wrong with manifests that are good by themselves."""
    sound = {}
    for name, connector in connectors.items():
        if connector:
            wrong = check_connector(connector)
            yield from wrong
            sound |= {} if wrong else {name: connector.manifest}
    for agent in filter(None, agents.values()):
        yield from check_agent(agent, publishers(agents, sources), connectors)
        yield from check_policy(agent.manifest, sound, functions / "agents")
        name = agent.manifest.name
        yield from Words(agent.manifest, sound).mistakes(f"functions/agents/{name}", functions / "agents" / name)
