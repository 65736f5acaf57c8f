"""The bindings of destinations to entities on the local stack.

In order of precedence: `hookline up --bind`, of this or an earlier `up`; the stage `local` of cdk.json; an entity of
the connector's sandbox.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from functions.api.sandbox import Provider
from functions.core.gate.destinations import parameters_of
from functions.core.manifests.agent import Use
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation.discovery import Project
from infra.deployable import deployable
from infra.interpreters import ROOT


@dataclass(frozen=True)
class Binding:
    """A destination, the entity that it is bound to, the agents that declare it, and what binds it."""

    name: str
    entity: str
    agents: tuple[str, ...]
    by: Literal["--bind", "cdk.json", "sandbox"]

    def __str__(self) -> str:
        by = "its sandbox" if self.by == "sandbox" else self.by
        return f"destination {self.name} of {' and '.join(self.agents)} is bound to {self.entity}, by {by}"


def bindings(
    project: Project, given: Mapping[str, str], state: Path, live: Collection[str] = (), root: Path = ROOT
) -> list[Binding]:
    """The declared destinations that are bound; `given` is stored in `state` for later calls.

    An empty entity forgets what an earlier call stored. No sandbox plays the providers in `live`. Raises UnknownName if
    `given` names a destination that no agent declares, and ManifestError, having stored nothing, if an entity does not
    fit the operations.
    """
    declared = [name for agent in project.agents.values() for use in agent.uses for name in use.to]
    for name in given:
        if name not in declared:
            raise UnknownName("destination of any agent", name, declared)
    kept = {name: entity for name, entity in {**remembered(state), **given}.items() if entity}
    found = bound_locally(project, kept, local_stage(root), live)
    deployable(project, {one.name: one.entity for one in found})
    _file(state).write_text(json.dumps(kept))
    return found


def bound_locally(
    project: Project,
    kept: Mapping[str, str],
    stage: Mapping[str, Any],
    live: Collection[str] = (),
    sandboxes: Mapping[str, type[Provider]] | None = None,
) -> list[Binding]:
    """The declared destinations that are bound: as `kept`, by the stage `local`, or by the connector's sandbox.

    No sandbox plays the providers in `live`.
    """
    played = sandbox_providers() if sandboxes is None else sandboxes
    uses = [(agent.name, use) for agent in project.agents.values() for use in agent.uses]
    found = []
    declared = {name: one for _, one in uses for name in one.to}
    for name, use in declared.items():
        offered = "" if use.connector in live else sandbox_entity(project, use, played.get(use.connector))
        agents = tuple(dict.fromkeys(agent for agent, one in uses if name in one.to))
        if entity := kept.get(name):
            found.append(Binding(name, entity, agents, "--bind"))
        elif entity := stage.get("destinations", {}).get(name):
            found.append(Binding(name, entity, agents, "cdk.json"))
        elif offered:
            found.append(Binding(name, offered, agents, "sandbox"))
    return found


def sandbox_entity(project: Project, use: Use, sandbox: type[Provider] | None) -> str:
    """The entity of the connector's sandbox that all operations of `use` can touch, "" if it has none."""
    operations = [one for one in project.connectors[use.connector].operations if one.name in use.operations]
    fitting = (
        entity
        for entity in (sandbox.destinations if sandbox else ())
        if all(parameters_of(operation, entity) is not None for operation in operations)
    )
    return next(fitting, "")


def local_stage(root: Path = ROOT) -> dict[str, Any]:
    """The settings of the stage `local` in cdk.json, {} if it is missing. Raises OperatorError as `cdk_context`."""
    stages = cdk_context(root).get("stages", {})
    stage: Any = stages.get("local", {}) if isinstance(stages, dict) else None
    if not isinstance(stage, dict) or not isinstance(stage.get("destinations", {}), dict):
        raise OperatorError('cdk.json: "stages": {"local": {"destinations": {…}}} are objects')
    return stage


def cdk_context(root: Path = ROOT) -> dict[str, Any]:
    """The context in cdk.json, which the CDK CLI passes to the app. Raises OperatorError if it cannot be read."""
    try:
        content = json.loads((root / "cdk.json").read_text())
    except json.JSONDecodeError as error:
        raise OperatorError(f"cdk.json:{error.lineno}: is not JSON: {error.msg}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"cdk.json cannot be read: {error}") from None
    context: Any = content.get("context", {}) if isinstance(content, dict) else None
    if not isinstance(context, dict):
        raise OperatorError('cdk.json: it is an object, and so is its "context"')
    return context


def parse(pairs: tuple[str, ...]) -> dict[str, str]:
    """The entities by name, from the command line's `name=entity`. Raises OperatorError for any other form."""
    found = {}
    for pair in pairs:
        name, sign, entity = pair.partition("=")
        if not (name and sign):
            raise OperatorError(
                f"--bind {pair!r}: write NAME=ENTITY, for example alerts=slack:channel/C0123ABCD; NAME= forgets it"
            )
        found[name] = entity
    return found


def remembered(state: Path) -> dict[str, str]:
    """What earlier calls of `hookline up --bind` stored."""
    keep = _file(state)
    return json.loads(keep.read_text()) if keep.is_file() else {}


def _file(state: Path) -> Path:
    return state / "destinations.json"
