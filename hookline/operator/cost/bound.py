"""The wiring of the deployed templates as a flow is deployed: its own agents, and destinations at the sandboxes."""

import json
from collections.abc import Mapping
from dataclasses import replace

from functions.core.platform.environment import PREFIX
from hookline.local.bindings import bound_locally
from hookline.simulation.wiring import FunctionSpec, Wiring
from hookline.validation.discovery import Project
from infra import naming
from infra.deployable import with_flows

DESTINATIONS = f"{PREFIX}DESTINATIONS"


def for_flow(wiring: Wiring, project: Project, flow: str) -> Wiring:
    """The wiring without the agents of other flows, and with each destination bound to an entity of its sandbox."""
    kept = with_flows(project, [flow])
    others = {naming.agent(name) for name in project.agents.keys() - kept.agents.keys()}
    bound = _bound(kept)
    return replace(
        wiring,
        functions=[_with(one, bound.get(one.name, {})) for one in wiring.functions if one.name not in others],
        mappings=[one for one in wiring.mappings if one.function not in others],
        rules=[one for one in wiring.rules if one.target not in others],
    )


def _bound(project: Project) -> Mapping[str, Mapping[str, str]]:
    """The bound destinations by name, of each connector's function."""
    entities = {one.name: one.entity for one in bound_locally(project, {}, {})}
    found: dict[str, dict[str, str]] = {}
    for agent in project.agents.values():
        for use in agent.uses:
            names = {name: entities[name] for name in use.to if name in entities}
            found.setdefault(naming.connector(use.connector), {}).update(names)
    return found


def _with(function: FunctionSpec, destinations: Mapping[str, str]) -> FunctionSpec:
    if not destinations:
        return function
    text = json.dumps(destinations, sort_keys=True)
    return replace(function, environment={**function.environment, DESTINATIONS: text})
