"""Finds the agent, source or connector that an operator names, even if another agent's folder has findings."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.source import SourceManifest
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation import discovery
from hookline.validation.discovery import Project
from hookline.validation.kinds import KINDS

AGENTS = "functions/agents/"
_reading, _read = Lock(), dict[str, Any]()  # what was read last, and of which files


@dataclass(frozen=True)
class Found:
    """Everything declared without a finding, and the first finding of each other agent by its name."""

    project: Project
    broken: dict[str, str]


def find() -> Found:
    """Read every manifest, and leave out the agents that have findings, so that the others stay usable.

    They are read again when a file of a plugin has changed: a page of the console asks for them several times. Raises
    ManifestError if a source or a connector has a finding.
    """
    key = (discovery.read_project, discovery.FUNCTIONS, _stamp(discovery.FUNCTIONS))
    with _reading:
        if _read.get("key") != key:
            _read.update(found=_found(), key=key)
        found: Found = _read["found"]
        return found


def _found() -> Found:
    project, findings = discovery.read_project()
    discovery.refuse([finding for finding in findings if not finding.folder.startswith(AGENTS)])
    # The first of each agent; the others show once that is fixed.
    return Found(project, {finding.folder.removeprefix(AGENTS): str(finding) for finding in reversed(findings)})


def _stamp(functions: Path) -> tuple[tuple[str, int, int], ...]:
    """Each file of a plugin with when it was changed and its size."""
    folders = [str(functions / kind) for kind in KINDS]
    found = []
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders += [entry.path] if entry.name != "__pycache__" else []
                else:
                    at = entry.stat()
                    found.append((entry.path, at.st_mtime_ns, at.st_size))
    return tuple(sorted(found))


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


def first_events() -> dict[str, list[str]]:
    """The `sources`, and the `types` of the events that their deliveries become."""
    sources = find().project.sources
    types = {name for one in sources.values() for names in one.detail_types.values() for name in names}
    return {"sources": sorted(sources), "types": sorted(types)}
