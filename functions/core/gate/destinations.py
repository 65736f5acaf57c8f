"""Destinations: entities that the operator lets an agent act on, whatever its event names.

An agent's manifest declares them by name, the operator's settings bind each name to an entity, and the connector holds
the bindings as configuration. A destination is valid only for the agent and the operations whose use declares it. It
replaces the entity in a grant, never the grant.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.operation import TO, Operation
from functions.core.platform.errors import ConfigurationError, Denied, PermanentError


@dataclass(frozen=True)
class Destinations:
    """The entities that the names of destinations are bound to, in this deployment."""

    bound: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Destinations":
        """Read them from the connector's environment. Raises ConfigurationError if they are malformed."""
        try:
            bound = json.loads(text or "{}")
        except ValueError:
            bound = None
        if not isinstance(bound, dict) or not all(isinstance(entity, str) for entity in bound.values()):
            raise ConfigurationError("the bindings of destinations are not a JSON object of names and entities")
        return cls(bound)

    def resolved(
        self, agent: AgentManifest, connector: str, operation: Operation, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The arguments with the parameters of the destination's entity in place of its name.

        Unchanged if no destination is named. Raises Denied if the agent does not declare it for this operation or it is
        not bound, PermanentError if an entity is named too.
        """
        if TO not in arguments:
            return arguments
        name = arguments[TO]
        if any(parameter in arguments for parameter in operation.parameters):
            raise PermanentError(f"{operation.name}: give {TO!r} or {', '.join(operation.parameters)}, not both")
        use = agent.use_of(connector, operation.name)
        if use is None or not isinstance(name, str) or name not in use.to:
            raise Denied(f"agent {agent.name} does not declare this destination for {operation.name}")
        entity = self.bound.get(name)
        if entity is None:
            raise Denied(f"destination {name} is not bound")
        parameters = parameters_of(operation, entity)
        if parameters is None:
            raise Denied(f"destination {name} is bound to {entity}, which {operation.name} does not touch")
        return {**{given: value for given, value in arguments.items() if given != TO}, **parameters}

    def name_of(self, agent: AgentManifest, connector: str, operation: Operation, entity: str) -> str:
        """The name of the destination that is bound to the entity for this agent and operation, "" if none is."""
        use = agent.use_of(connector, operation.name)
        names = use.to if use else ()
        return next((name for name in names if self.bound.get(name) == entity), "")


def parameters_of(operation: Operation, entity: str) -> dict[str, str] | None:
    """The parameters with which the operation's template gives `entity`, None if it cannot give it.

    It cannot give one by a name where the operation declares the form of the ids.
    """
    parts = re.split(r"{(\w+)}", operation.entity)
    literals, names = parts[::2], parts[1::2]
    value = "([^/]+)" if len(names) > 1 else "(.+)"
    pattern = "".join(
        re.escape(literal) + (value if number < len(names) else "") for number, literal in enumerate(literals)
    )
    found = re.fullmatch(pattern, entity)
    given = dict(zip(names, found.groups(), strict=True)) if found else {}
    by_id = all(re.fullmatch(form, given.get(name, "")) for name, form in operation.ids.items())
    return given if found and by_id else None
