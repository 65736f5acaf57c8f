"""An agent's tools as types, written from its manifest and those of its connectors: an editor completes them.

`tools.py` in an agent's folder is optional. Where there is one, it must be what this makes.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from functions.core.manifests.agent import AgentManifest, Use
from functions.core.manifests.arguments import Argument, Flag, ListOf, Number, Object, Text
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from hookline.validation.findings import Finding

FILE = "tools.py"
HEAD = '''\
"""The tools of agent {name}, made by 'hookline agents tools {name}' from its manifest. Do not edit."""

{sequence}from typing import {typing}

from functions.api.agent import Action, ApprovalNeeded, BudgetSoFar
'''
TYPING = ("Any", "Literal", "Protocol", "Required", "TypedDict", "overload")
TAIL = '''

class Tools(Protocol):
    """What run(event, tools) is given."""

{connectors}    budget: BudgetSoFar

    def perform(self, action: Action) -> Any:
        """Perform an action that the manifest declares."""

    def propose(self, action: Action) -> ApprovalNeeded:
        """What a person decides on: the connector's signed proposal."""
'''


def typed_tools(agent: AgentManifest, connectors: Mapping[str, ConnectorManifest]) -> str:
    """The text of the agent's tools.py."""
    writer = _Writer()
    classes = [writer.connector(agent, connectors[name]) for name in agent.connectors]
    members = "".join(f"    {name}: {_class_name(name)}\n" for name in agent.connectors)
    body = "".join([*writer.objects, *classes, TAIL.format(connectors=members)])
    used = ", ".join(name for name in TYPING if re.search(rf"\b{name}\b", body))
    sequence = "from collections.abc import Sequence\n" if "Sequence[" in body else ""
    return HEAD.format(name=agent.name, typing=used, sequence=sequence) + body


def check_tools(agent: AgentManifest, connectors: Mapping[str, ConnectorManifest], folder: Path) -> Iterator[Finding]:
    """A tools.py that is not what the manifests make; nothing where there is none, or a connector cannot be read."""
    file = folder / agent.name / FILE
    if not file.is_file() or any(name not in connectors for name in agent.connectors):
        return
    made = typed_tools(agent, connectors)
    try:
        same = ast.dump(ast.parse(file.read_bytes())) == ast.dump(ast.parse(made))
    except (SyntaxError, ValueError):
        same = False
    if not same:
        what = f"is not what the manifest makes: run 'hookline agents tools {agent.name}'"
        yield Finding(f"functions/agents/{agent.name}/{FILE}", 1, what)


@dataclass
class _Writer:
    """Collects the classes of nested objects as they are met."""

    objects: list[str] = field(default_factory=list)

    def connector(self, agent: AgentManifest, connector: ConnectorManifest) -> str:
        uses = [use for use in agent.uses if use.connector == connector.name]
        methods = [text for use in uses for name in use.operations for text in self._methods(use, connector, name)]
        return f"\n\nclass {_class_name(connector.name)}(Protocol):\n" + "\n".join(methods)

    def _methods(self, use: Use, connector: ConnectorManifest, name: str) -> Iterator[str]:
        operation = next(one for one in connector.operations if one.name == name)
        named = _class_name(f"{connector.name}_{name.replace('.', '_')}")
        kinds = {
            given: self._type(kind, _class_name(f"{named}_{given}")) for given, kind in operation.arguments.items()
        }
        with_entity = _method(operation, {**dict.fromkeys(operation.required), **dict.fromkeys(kinds)}, kinds)
        if not use.to:
            yield with_entity
            return
        to = f"Literal[{', '.join(map(repr, use.to))}]".replace("'", '"')
        kept = [given for given in kinds if given not in operation.parameters]
        ordered = {"to": None, **dict.fromkeys(operation.needs), **dict.fromkeys(kept)}
        yield f"    @overload\n{_method(operation, ordered, {'to': to, **kinds})}"
        yield f"    @overload\n{with_entity}"

    def _type(self, kind: Argument, name: str) -> str:
        match kind:
            case Text(choices=choices) if choices:
                return f"Literal[{', '.join(map(repr, choices))}]".replace("'", '"')
            case Text():
                return "str"
            case Number():
                return "int"
            case Flag():
                return "bool"
            case ListOf():
                return f"Sequence[{self._type(kind.item, f'{name}Item')}]"
            case Object():
                types = {part: self._type(one, f"{name}{_class_name(part)}") for part, one in kind.fields.items()}
                lines = (
                    f"    {part}: {f'Required[{type}]' if part in kind.needs else type}" for part, type in types.items()
                )
                self.objects.append(f"\n\nclass {name}(TypedDict, total=False):\n" + "\n".join(lines) + "\n")
                return name


def _method(operation: Operation, ordered: Mapping[str, None], kinds: Mapping[str, str]) -> str:
    required = {*operation.required, "to"}
    given = ", ".join(f"{name}: {kinds[name]}{'' if name in required else ' = ...'}" for name in ordered)
    says = f"{'Reads' if operation.kind == 'read' else 'Acts on'} {operation.entity}."
    return f'    def {operation.name.replace(".", "_")}(self, *, {given}) -> Any:\n        """{says}"""\n'


def _class_name(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
