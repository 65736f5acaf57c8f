"""The bindings of destinations to entities on the local stack.

In order of precedence: `hookline up --bind`, of this or an earlier `up`; the stage `local` of cdk.json; the default
entity of the connector's sandbox.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator.errors import OperatorError
from hookline.validation.discovery import Project
from hookline.validation.findings import hint
from infra.deployable import deployable
from infra.interpreters import ROOT


def bindings(project: Project, given: Mapping[str, str], state: Path, root: Path = ROOT) -> dict[str, str]:
    """The entity of each declared destination that is bound; `given` is stored in `state` for later calls.

    An empty entity forgets what an earlier call stored. Raises OperatorError if `given` names a destination that no
    agent declares, and ManifestError, having stored nothing, if an entity does not fit the operations.
    """
    declared = {name: use.connector for agent in project.agents.values() for use in agent.uses for name in use.to}
    for name in given:
        if name not in declared:
            raise OperatorError(f"no agent declares destination {name!r}{hint(name, declared)}")
    kept = {name: entity for name, entity in {**remembered(state), **given}.items() if entity}
    bound = bound_locally(project, kept, local_stage(root))
    deployable(project, bound)
    _file(state).write_text(json.dumps(kept))
    return bound


def bound_locally(
    project: Project,
    kept: Mapping[str, str],
    stage: Mapping[str, Any],
    offered_by: Callable[[str], str] = lambda connector: _offered(connector),
) -> dict[str, str]:
    """The entity of each declared destination that is bound: as `kept`, by the stage `local`, or by the sandbox.

    `offered_by` is the entity that the sandbox of a connector offers, "" for none.
    """
    declared = {name: use.connector for agent in project.agents.values() for use in agent.uses for name in use.to}
    offered = {name: offered_by(connector) for name, connector in declared.items()}
    found = {**offered, **stage.get("destinations", {}), **kept}
    return {name: found[name] for name in declared if found.get(name)}


def local_stage(root: Path = ROOT) -> dict[str, Any]:
    """The settings of the stage `local` in cdk.json, {} if it is missing."""
    stage: dict[str, Any] = cdk_context(root).get("stages", {}).get("local", {})
    return stage


def cdk_context(root: Path = ROOT) -> dict[str, Any]:
    """The context in cdk.json, which the CDK CLI passes to the app."""
    context: dict[str, Any] = json.loads((root / "cdk.json").read_text()).get("context", {})
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


def _offered(connector: str) -> str:
    sandbox = sandbox_providers().get(connector)
    return sandbox.destination if sandbox else ""


def remembered(state: Path) -> dict[str, str]:
    """What earlier calls of `hookline up --bind` stored."""
    keep = _file(state)
    return json.loads(keep.read_text()) if keep.is_file() else {}


def _file(state: Path) -> Path:
    return state / "destinations.json"
