"""The part of the project that the settings deploy.

An optional agent only if its destinations are bound, and an agent of a flow only with that flow.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from functions.core.gate.destinations import parameters_of
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import Project


def deployable(project: Project, destinations: Mapping[str, str], flows: Collection[str] = ()) -> Project:
    """The project without the optional agents whose destinations are not bound, and those of flows not in `flows`.

    Raises ManifestError, one line for each, if another agent's destination is not bound, or is bound to an entity that
    an operation does not act on.
    """
    kept = with_flows(project, flows).agents
    agents = {name: agent for name, agent in kept.items() if not is_left_out(agent, destinations)}
    wrong = [what for agent in agents.values() for _, what in unbound(agent, project, destinations)]
    if wrong:
        raise ManifestError("\n".join(wrong))
    return replace(project, agents=agents)


def with_flows(project: Project, flows: Collection[str]) -> Project:
    """The project without the agents of the flows that are not in `flows`."""
    agents = {name: agent for name, agent in project.agents.items() if not agent.flow or agent.flow in flows}
    return replace(project, agents=agents)


def every_flow(project: Project) -> list[str]:
    """The names of the flows that agents belong to."""
    return sorted({agent.flow for agent in project.agents.values() if agent.flow})


def is_left_out(agent: AgentManifest, destinations: Mapping[str, str]) -> bool:
    """Whether an agent is optional and one of its destinations is not bound."""
    return agent.optional and any(name not in destinations for name in agent.destinations)


def unbound(
    agent: AgentManifest, project: Project, destinations: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Each destination that is not bound, or not to an entity of its operations: its connector and name, and why."""
    for use in agent.uses:
        connector = project.connectors[use.connector]
        operations = [one for one in connector.operations if one.name in use.operations]
        for name in use.to:
            entity, like = destinations.get(name), " or ".join(sorted({one.entity for one in operations}))
            where = f"agent {agent.name}: destination {name!r}"
            if entity is None:
                yield (
                    (use.connector, name),
                    f'{where} is not bound. Bind it to an entity like {like}: "destinations": {{"{name}": …}} in '
                    f"cdk.json, -c destinations={name}=…, or 'hookline up --bind {name}=…' on the local stack",
                )
                continue
            for operation in operations:
                if parameters_of(operation, entity) is None:
                    what = f"{use.connector} {operation.name} acts on {operation.entity}"
                    forms = [f"{{{one}}} is an id like {form}, not a name" for one, form in operation.ids.items()]
                    yield (use.connector, name), ": ".join([f"{where} is bound to {entity}, but {what}", *forms])
