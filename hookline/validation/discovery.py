"""Finds every agent, source, connector and event: each folder is one plugin of the same name.

All findings are reported together, each with its file and line.
"""

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.checks import is_name, require_name
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.places import ROOMS
from functions.core.manifests.reconcile import ReconcileManifest
from functions.core.manifests.source import SourceManifest
from functions.core.platform.errors import ManifestError
from hookline.validation.agent_code import DeclaredNames
from hookline.validation.collecting import well_typed
from hookline.validation.events import read_events
from hookline.validation.findings import Finding, hint
from hookline.validation.kinds import CONNECTOR, KINDS, Kind, Part
from hookline.validation.manifests import Declared, read_manifest
from hookline.validation.modules import Modules
from hookline.validation.plugin_code import Folder
from hookline.validation.policies import check_policy, check_policy_text
from hookline.validation.policy_schema import check_connector
from hookline.validation.reconciles import check_reconciles
from hookline.validation.references import check_agent, check_handoffs, check_source, publishers
from hookline.validation.typed_tools import check_tools
from hookline.validation.unused import unused
from hookline.validation.workflows import check_workflow

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"


@dataclass(frozen=True)
class Project:
    """Everything that is declared, by name."""

    agents: dict[str, AgentManifest] = field(default_factory=dict)
    sources: dict[str, SourceManifest] = field(default_factory=dict)
    connectors: dict[str, ConnectorManifest] = field(default_factory=dict)
    reconciles: dict[str, ReconcileManifest] = field(default_factory=dict)

    def deployed_sources(self, also: Sequence[str] = ()) -> list[SourceManifest]:
        """The sources to deploy: those that an agent subscribes to or waits for, and those named in `also`.

        Raises ManifestError for a name in `also` that no source has.
        """
        for name in also:
            if name not in self.sources:
                raise ManifestError(f"there is no source {name!r}{hint(name, self.sources)}")
        subscribed = {source for agent in self.agents.values() for one in agent.receives for source in one.sources}
        return [source for name, source in self.sources.items() if name in also or source.identity in subscribed]

    def callers_of(self, connector: str) -> list[AgentManifest]:
        """The agents that declare the use of `connector`."""
        return [agent for agent in self.agents.values() if connector in agent.connectors]


# A folder with an unreadable manifest still exists, so references to it are not findings.
Found = dict[str, Declared | None]


def discover(functions: Path | None = None) -> Project:
    """Read every manifest, and the code beside it. Raises ManifestError that lists all findings, a line each."""
    project, findings = read_project(functions)
    refuse(findings)
    return project


def refuse(findings: Sequence[Finding]) -> None:
    """Raises ManifestError that lists `findings`, if there are any."""
    if findings:
        raise ManifestError("\n".join(["functions/ has findings:", *map(str, findings)]))


@dataclass(frozen=True)
class Survey:
    """What was read: everything `project` declares without a finding, and the findings of the rest, sorted by file.

    `agents`, `sources` and `connectors` are all folders, None for one whose manifest cannot be compared with others.
    `types` are the detail types of the domain events, None if part of them cannot be read.
    """

    project: Project
    findings: list[Finding]
    agents: Found
    sources: Found
    connectors: Found
    types: Collection[str] | None


def read_project(functions: Path | None = None) -> tuple[Project, list[Finding]]:
    """What is declared without a finding, and the findings of the rest, in the order of their files."""
    read = survey(functions)
    return read.project, read.findings


def survey(functions: Path | None = None) -> Survey:
    """Read every folder."""
    functions = functions or FUNCTIONS
    modules = Modules(functions)
    types, findings = read_events(modules)
    found: dict[str, Found] = {part: {} for kind in KINDS.values() for part in kind.parts}
    for name, kind in KINDS.items():
        for place in _folders(functions / name):
            _read(place, kind, modules, found, findings)
    findings += _own_connectors(functions, found["connectors"])
    agents, sources, connectors = found["agents"], found["sources"], found["connectors"]
    findings += _cross_findings(agents, sources, connectors, types, functions)
    findings += check_reconciles(found["reconciles"], sources, connectors)
    wrong = {finding.folder for finding in findings}
    sound = (
        {name: one.manifest for name, one in those.items() if one and one.folder not in wrong}
        for those in (agents, sources, connectors, found["reconciles"])
    )
    return Survey(Project(*sound), sorted(set(findings)), agents, sources, connectors, types)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not _is_empty(path))


def _is_empty(place: Path) -> bool:
    """Whether a folder holds only bytecode, which git leaves behind."""
    return place.name == "__pycache__" or all(path.name == "__pycache__" for path in place.iterdir())


def _read(place: Path, kind: Kind, modules: Modules, found: dict[str, Found], findings: list[Finding]) -> None:
    """Read the manifests of one folder into `found`, and its findings into `findings`."""
    where = f"functions/{place.parent.name}/{place.name}"
    wrong = list(_findings_of(where, place, kind, modules))
    findings += wrong
    invalid_files = {finding.file.rpartition("/")[2] for finding in wrong}
    for name, part in kind.parts.items():
        if not (place / part.file).is_file() and part.file not in kind.files:
            continue
        found[name][place.name] = None
        if {part.file, "__init__.py"} & invalid_files:
            continue
        read, mistakes = read_manifest(where, place, part.file, part.manifest)
        findings += mistakes
        findings += _missing(where, place, part, read)
        if read is None or (mistakes and not (part.compared and well_typed(read.manifest, part.compared))):
            continue
        if (named := read.manifest.name) != place.name:
            if is_name(named):  # otherwise that is its finding
                findings.append(read.finding(f"is named {named!r}, its folder {place.name!r}", "name", named))
            read = replace(read, manifest=_named(read.manifest, place.name))  # the rest of it is checked too
        found[name][place.name] = read


def _missing(where: str, place: Path, part: Part, read: Declared | None) -> Iterator[Finding]:
    """The files that a manifest needs beside it, and that are not there."""
    for name in part.needs(read.manifest) if read else ():
        if not (place / name).is_file():
            yield Finding(f"{where}/{name}", 1, f"is missing: the manifest beside it needs it ({part.page})")


def _named(manifest: Any, name: str) -> Any:
    """A copy of a manifest with another name, also of one whose values are wrong."""
    renamed = copy(manifest)
    object.__setattr__(renamed, "name", name)
    return renamed


def _findings_of(where: str, place: Path, kind: Kind, modules: Modules) -> Iterator[Finding]:
    try:
        require_name("folder", place.name)
    except ManifestError as error:
        yield Finding(f"{where}/__init__.py", 1, str(error))
        return
    pages = " or ".join(dict.fromkeys(part.page for part in kind.parts.values()))
    for name in kind.files:
        if not (place / name).is_file():
            what = f"is missing: a folder of {place.parent.name} holds {', '.join(kind.files)} ({pages})"
            yield Finding(f"{where}/{name}", 1, what)
    manifests = [part.file for part in kind.parts.values()]
    if not any((place / name).is_file() for name in manifests) and manifests[0] not in kind.files:
        what = f"is missing, and so is {manifests[1]}: a provider has one or both ({kind.parts['sources'].page})"
        yield Finding(f"{where}/{manifests[0]}", 1, what)
    yield from unused(where, place, kind)
    yield from Folder(where, place, modules, kind.around).findings()


def _own_connectors(functions: Path, found: Found) -> Iterator[Finding]:
    """Put the connectors of the engine's own rooms into `found`; a provider's connector may not have their names."""
    for room in ROOMS:
        read, mistakes = read_manifest(
            f"functions/core/{room}", functions / "core" / room, CONNECTOR.file, CONNECTOR.manifest
        )
        if mistakes:
            raise ManifestError("\n".join(map(str, mistakes)))
        if room in found:
            what = f"the engine has a connector {room!r} of its own: give the folder another name"
            yield Finding(f"functions/providers/{room}/{CONNECTOR.file}", 1, what)
        found[room] = read


def _cross_findings(
    agents: Found, sources: Found, connectors: Found, types: Collection[str] | None, functions: Path
) -> Iterator[Finding]:
    """The findings in manifests that are valid by themselves, compared with each other."""
    sound: dict[str, ConnectorManifest] = {}
    for name, connector in connectors.items():
        if connector:
            wrong = check_connector(connector)
            yield from wrong
            sound |= {} if wrong else {name: connector.manifest}
    for source in filter(None, sources.values()):
        yield from check_source(source, types)
    yield from check_handoffs([agent for agent in agents.values() if agent])
    for name, unreadable in agents.items():
        if unreadable is None:
            yield from check_policy_text(name, functions / "agents")
    for agent in filter(None, agents.values()):
        yield from check_agent(agent, types, publishers(agents, sources), connectors)
        yield from check_workflow(agent, agents, types)
        yield from check_policy(agent.manifest, sound, functions / "agents")
        yield from check_tools(agent.manifest, sound, functions / "agents")
        name = agent.manifest.name
        yield from DeclaredNames(agent.manifest, sound).findings(
            f"functions/agents/{name}", functions / "agents" / name
        )
