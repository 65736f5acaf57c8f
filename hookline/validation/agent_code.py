"""Compares the names in an agent's code with its manifest: with an unknown name, events end as dead letters.

Only literal names are found: tools.stripe.charge_retrieve(charge=…), Emit("payment.held", …),
Action("stripe", "review.approve", …), WaitFor("ticket.updated", f"zendesk:ticket/{…}", …).
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from functions.core.authority.grants import LIFETIME
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import RESERVED, ConnectorManifest
from functions.core.manifests.operation import TO, Operation
from hookline.validation.findings import Finding, hint
from hookline.validation.modules import bound, code_in, parse

WAIT_ARGUMENTS = ("event", "entity", "until")  # of WaitFor, in their order


@dataclass(frozen=True)
class DeclaredNames:
    """The names that the code of `agent` may use; `connectors` are those without findings, by name."""

    agent: AgentManifest
    connectors: Mapping[str, ConnectorManifest]

    def findings(self, where: str, place: Path) -> Iterator[Finding]:
        """The names in the code of the folder `where`, at `place`, that the manifest does not declare."""
        for path in code_in(place):
            try:
                tree = parse(path.read_bytes())
            except SyntaxError:
                continue  # already reported
            other_tools = "tools" in (bound(tree) or ())  # a module or a value of the agent's own
            for node in (node for node in ast.walk(tree) if isinstance(node, ast.expr)):
                for what in self._emitted(node) if other_tools else (*self._emitted(node), *self._called(node)):
                    yield Finding(f"{where}/{path.relative_to(place).as_posix()}", node.lineno, what)

    def _emitted(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Call(func=ast.Name("Emit"), args=[ast.Constant(str(said)), *_]) if (
                said not in self.agent.publishes
            ):
                yield f"emits {said!r}, which the manifest does not publish{hint(said, self.agent.publishes)}"
            case ast.Call(func=ast.Name("WaitFor")):
                yield from self._waited(node)
            case ast.Call(func=ast.Name("Action"), args=[ast.Constant(str(connector)), ast.Constant(str(name)), *_]):
                declared = self.agent.operations_of(connector)
                if not declared:
                    yield f"acts on {connector!r}, which the manifest does not use{hint(connector, self._uses)}"
                elif name not in declared:
                    yield f"performs {connector} {name!r}, which the manifest does not declare{hint(name, declared)}"

    def _waited(self, call: ast.Call) -> Iterator[str]:
        """What is wrong with a WaitFor: it would be refused, or nothing could ever match it."""
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        given |= dict(zip(WAIT_ARGUMENTS, call.args, strict=False))
        type, until = _text(given.get("event")), given.get("until")
        known = [one.detail_type for one in self.agent.waits]
        if type is not None and type not in known:
            yield f"waits for {type!r}, which is not in the manifest's waits{hint(type, known)}"
        sources = [source for one in self.agent.waits if one.detail_type == type for source in one.sources]
        provider, colon, _ = (_text(given.get("entity")) or "").partition(":")
        of_webhooks = sources and all(one.startswith("webhook.") for one in sources)
        if colon and of_webhooks and f"webhook.{provider}" not in sources:
            yield f"waits for {type!r} of an entity of {provider!r}, and {', '.join(sources)} names none"
        match until:
            case ast.Constant(int(seconds)) if seconds > LIFETIME:
                yield f"waits for {seconds} s, and a grant lives {LIFETIME} s: nothing can be done after it"

    def _called(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Attribute(ast.Name("tools"), connector) if connector not in (*RESERVED, *self._uses):
                yield f"calls tools.{connector}, which the manifest does not use{hint(connector, self._uses)}"
            case ast.Attribute(ast.Attribute(ast.Name("tools"), connector), call) if connector in self._uses:
                calls = self._calls(connector)
                if call not in calls:
                    yield f"calls tools.{connector}.{call}, which the manifest does not declare{hint(call, calls)}"
            case ast.Call(ast.Attribute(ast.Attribute(ast.Name("tools"), connector), call)) if connector in self._uses:
                name = self._calls(connector).get(call, "")
                manifest = self.connectors.get(connector)
                if operation := manifest and manifest.operation(name):
                    use = self.agent.use_of(connector, name)
                    yield from _arguments(node, f"tools.{connector}.{call}", operation, use.to if use else ())

    @property
    def _uses(self) -> list[str]:
        return list(self.agent.connectors)

    def _calls(self, connector: str) -> dict[str, str]:
        """The operations of a connector by their names in the tools."""
        return {name.replace(".", "_"): name for name in self.agent.operations_of(connector)}


def _text(node: ast.AST | None) -> str | None:
    """A literal text, or how one begins that is filled in; None for any other value."""
    match node:
        case ast.Constant(str(said)) | ast.JoinedStr(values=[ast.Constant(str(said)), *_]):
            return said
    return None


def _arguments(call: ast.Call, shown: str, operation: Operation, destinations: Sequence[str]) -> Iterator[str]:
    known = [*operation.arguments, *([TO] if destinations else [])]
    given = [keyword.arg for keyword in call.keywords if keyword.arg]
    if call.args:
        yield f"{shown} takes keyword arguments only: {', '.join(f'{name}=…' for name in known)}"
        return
    for name in given:
        if name not in known:
            yield f"{shown} does not take {name!r}{hint(name, known)}"
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg="to", value=ast.Constant(str(name))) if destinations and name not in destinations:
                near = hint(name, destinations)
                yield f"{shown} names destination {name!r}, which the manifest does not declare{near}"
    needed = operation.needs if TO in given else operation.required
    lacking = [name for name in needed if name not in given]
    if lacking and len(given) == len(call.keywords):  # otherwise ** may hold them
        yield f"{shown} needs {', '.join(f'{name}=…' for name in lacking)}"
