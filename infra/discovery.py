"""Finds every agent, source and connector: a folder is a plugin, and its name is its name.

All mistakes are reported together, each with the file and the line that it is on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from functions.core.errors import ManifestError
from functions.core.manifest.agent import AgentManifest
from functions.core.manifest.checks import require_name
from functions.core.manifest.connector import ConnectorManifest
from functions.core.manifest.source import SourceManifest
from infra.checks.agent_words import Words
from infra.checks.kinds import KINDS, Kind
from infra.checks.manifests import Declared, read_manifest
from infra.checks.mistakes import Mistake, meant
from infra.checks.modules import Modules
from infra.checks.plugin_code import Folder
from infra.checks.policies import check_policy
from infra.checks.policy_schema import check_connector
from infra.checks.references import check_agent, check_source, publishers

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
    mistakes: list[Mistake] = []
    modules = Modules(functions)
    found = [_find(functions / name, kind, modules, mistakes) for name, kind in KINDS.items()]
    mistakes += _beside_each_other(*found, functions)
    wrong = {mistake.folder for mistake in mistakes}
    sound = (
        {name: one.manifest for name, one in those.items() if one and f"functions/{kind}/{name}" not in wrong}
        for kind, those in zip(KINDS, found, strict=True)
    )
    return House(*sound), sorted(set(mistakes))


def _find(folder: Path, kind: Kind, modules: Modules, mistakes: list[Mistake]) -> Found:
    found: Found = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and not _is_empty(path)):
        where = f"functions/{folder.name}/{place.name}"
        wrong = list(_mistakes_of(where, place, kind, modules))
        mistakes += wrong
        found[place.name] = None
        if any(mistake.file.endswith(("/manifest.py", "/__init__.py")) for mistake in wrong):
            continue
        read = read_manifest(where, place, kind.manifest)
        if isinstance(read, Mistake):
            mistakes.append(read)
            continue
        if read.manifest.name != place.name:
            name = read.manifest.name
            mistakes.append(read.mistake(f"is named {name!r}, its folder {place.name!r}", "name", name))
            read = replace(read, manifest=replace(read.manifest, name=place.name))  # the rest of it is checked too
        found[place.name] = read
    return found


def _is_empty(place: Path) -> bool:
    """Whether nothing is left of a folder but bytecode, as git leaves it behind."""
    return place.name == "__pycache__" or all(path.name == "__pycache__" for path in place.iterdir())


def _mistakes_of(where: str, place: Path, kind: Kind, modules: Modules) -> Iterator[Mistake]:
    try:
        require_name("folder", place.name)
    except ManifestError as error:
        yield Mistake(f"{where}/manifest.py", 1, str(error))
        return
    for name in kind.files:
        if not (place / name).is_file():
            what = f"is missing: a folder of {place.parent.name} holds {', '.join(kind.files)} ({kind.page})"
            yield Mistake(f"{where}/{name}", 1, what)
    yield from Folder(where, place, modules, kind.around).mistakes()


def _beside_each_other(agents: Found, sources: Found, connectors: Found, functions: Path) -> Iterator[Mistake]:
    """What is wrong with manifests that are good by themselves."""
    sound = {}
    for name, connector in connectors.items():
        if connector:
            wrong = check_connector(connector)
            yield from wrong
            sound |= {} if wrong else {name: connector.manifest}
    for source in filter(None, sources.values()):
        yield from check_source(source)
    for agent in filter(None, agents.values()):
        yield from check_agent(agent, publishers(agents, sources), connectors)
        yield from check_policy(agent.manifest, sound, functions / "agents")
        name = agent.manifest.name
        yield from Words(agent.manifest, sound).mistakes(f"functions/agents/{name}", functions / "agents" / name)
