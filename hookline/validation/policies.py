"""Checks an agent's policy.cedar at synth; each finding has its line."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cedarpy import policies_to_json_str, validate_policies

from functions.core.gate.policy import FILE, Policy, annotation_findings
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.arguments import Argument, Object
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.errors import ConfigurationError
from hookline.validation.cedar_text import Statement, Token, named, place_of, statements, syntax_error
from hookline.validation.findings import Finding, hint
from hookline.validation.policy_schema import DESTINATION, Act, acts_of, schema

_OF_POLICY = "for policy `policy0`, "
_NO_ACTION = "unable to find an applicable action given the policy scope constraints"


def check_policy(agent: AgentManifest, connectors: Mapping[str, ConnectorManifest], folder: Path) -> list[Finding]:
    """The findings in the policies of an agent."""
    where = f"functions/agents/{agent.name}/{FILE}"
    file = folder / agent.name / FILE
    if not file.is_file():
        used = " and ".join(agent.connectors)
        lacks = f"is missing, so {used} would deny every call: write one (docs/policies.md)"
        return [Finding(where, 1, lacks)] if agent.uses else []
    try:
        text = file.read_text("utf-8")
    except ValueError:
        return [Finding(where, 1, "is not UTF-8 text")]
    known = acts_of(connectors.values())
    declared = {(use.connector, name) for use in agent.uses for name in use.operations}
    acts = [act for act in known if (act.connector, act.operation.name) in declared]
    complete = len(acts) == len({*declared})  # otherwise an operation is a finding of the manifest
    check = Check(agent.name, acts, known, text, complete)
    return [Finding(where, line, what) for line, what in check.findings()]


def check_policy_text(agent: str, folder: Path) -> list[Finding]:
    """The findings in the policies of an agent without a readable manifest: those that do not depend on it."""
    try:
        text = (folder / agent / FILE).read_text("utf-8")
    except OSError:
        return []
    except ValueError:
        return [Finding(f"functions/agents/{agent}/{FILE}", 1, "is not UTF-8 text")]
    found = Check(agent, [], [], text, complete=False).findings()
    return [Finding(f"functions/agents/{agent}/{FILE}", line, what) for line, what in found]


class Check:
    """Checks the policies of `agent` against `acts`, which its manifest declares; `known` are all acts.

    If `acts` are not `complete`, only that is checked which does not depend on them.
    """

    def __init__(self, agent: str, acts: Sequence[Act], known: Sequence[Act], text: str, complete: bool = True) -> None:
        self._agent = agent
        self._complete = complete
        self._acts = acts
        self._known = {str(act): act for act in known}
        self._schema = schema(acts)
        self._text = text

    def findings(self) -> list[tuple[int, str]]:
        """Each finding with its line."""
        found: list[tuple[int, str]] = []
        good: list[tuple[Statement, Mapping[str, Any]]] = []
        for statement in statements(self._text):
            if unreadable := syntax_error(statement):
                found.append(unreadable)
                continue
            parsed = json.loads(policies_to_json_str(statement.text))
            if parsed["templates"]:
                found.append((statement.line, "a template has no effect: remove ?principal or ?resource"))
                continue
            good.append((statement, parsed["staticPolicies"]["policy0"]))
        for statement, body in good:
            found += [*_annotations(statement, body), *self._principals(statement)]
            if self._complete:
                found += [*self._typing(statement), *self._asked_for(statement, body)]
        found += _same_ids(good)
        if not self._complete:
            return found
        return found or self._unmatched([body for _, body in good]) or self._as_a_whole()

    def _principals(self, statement: Statement) -> Iterator[tuple[int, str]]:
        """No other agent is a principal of these policies."""
        tokens = statement.tokens
        for kind, sign, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if (kind.text, sign.text) == ("Agent", "::") and name.name != self._agent:
                yield name.line, f'Agent::{name.text} is another agent: this file is for Agent::"{self._agent}"'

    def _typing(self, statement: Statement) -> list[tuple[int, str]]:
        errors = list(dict.fromkeys(self._errors(statement.text)))
        if len(errors) > 1:  # what is not recognized is not applicable either
            errors = [error for error in errors if error != _NO_ACTION]
        return [(self._place(statement, error).line, self._explained(error)) for error in errors]

    def _place(self, statement: Statement, error: str) -> Token:
        if error == _NO_ACTION:
            return named(statement.tokens, "`action`") or statement.tokens[0]
        return place_of(statement, error, self._errors)

    def _errors(self, text: str) -> list[str]:
        return [error.error.removeprefix(_OF_POLICY) for error in validate_policies(text, self._schema).errors]

    def _explained(self, error: str) -> str:
        quoted = error.split("`")[1] if "`" in error else ""
        if error == _NO_ACTION:
            pairs = ", ".join(f"{act} on {act.resource}" for act in self._acts)
            return f"no operation that the agent uses has this action and resource; it uses {pairs or 'nothing'}"
        if error.startswith("unrecognized action"):
            return error + self._other_action(quoted)
        if error.startswith("unrecognized entity type"):
            return error + hint(quoted, ["Agent", *{act.resource for act in self._acts}])
        if error.startswith("attribute") and " in context " in error:
            return error + hint(f"context.{quoted}", _paths(self._acts))
        if "optional attribute" in error:
            holder, _, name = quoted.rpartition(".")
            return f"{error}: write 'context.{holder} has {name} &&' before it"
        return error

    def _other_action(self, action: str) -> str:
        if act := self._known.get(action):
            name = act.operation.name
            return f": the manifest does not declare {name!r}; add it to uses of {act.connector!r}, or remove it here"
        return hint(action, [str(act) for act in self._acts])

    def _asked_for(self, statement: Statement, body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        """`has` accepts any name; with an unknown one the condition is always false, which Cedar does not report."""
        acts = [act for act in self._acts if covers(body, act)]
        for path in _asked(body["conditions"]):
            if acts and path not in (there := _paths(acts)):
                name = path.rpartition(".")[2]
                at = named(statement.tokens, f"`has {name}`") or statement.tokens[0]
                yield at.line, f"{path!r} does not exist{hint(path, there)}"

    def _unmatched(self, bodies: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
        permits = [body for body in bodies if body["effect"] == "permit" and is_enforced(body)]
        return [
            (1, f"no policy permits {act}, which the manifest declares: permit it, or remove it from uses")
            for act in self._acts
            if not any(covers(body, act) for body in permits)
        ]

    def _as_a_whole(self) -> list[tuple[int, str]]:
        """The findings of the whole file, read as the connector reads it, if its parts have none."""
        try:
            Policy(self._text)
        except ConfigurationError as error:
            return [(1, str(error))]
        return [(1, error) for error in self._errors(self._text)]


def _annotations(statement: Statement, body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    for name, finding in annotation_findings(body):
        at = named(statement.tokens, f"`{name}`") or statement.tokens[0]
        yield at.line, finding


def _same_ids(policies: Iterable[tuple[Statement, Mapping[str, Any]]]) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for statement, body in policies:
        id = body.get("annotations", {}).get("id")
        if id in first:
            yield statement.line, f'@id("{id}") is already the id of the policy on line {first[id]}'
        elif id:
            first[id] = statement.line


def is_enforced(body: Mapping[str, Any]) -> bool:
    """Whether a policy, in Cedar's JSON, counts: one in shadow permits and forbids nothing."""
    return "shadow" not in body.get("annotations", {})


def covers(body: Mapping[str, Any], act: Act) -> bool:
    """Whether the head of a policy, in Cedar's JSON, matches `act`."""
    action, resource = body["action"], body["resource"]
    named_actions = action.get("entities") or [action.get("entity")]
    uid = {"type": f"{act.connector}::Action", "id": act.operation.name}
    named_type = resource.get("entity_type") or resource.get("entity", {}).get("type")
    return (action["op"] == "All" or uid in named_actions) and (resource["op"] == "All" or named_type == act.resource)


def _paths(acts: Iterable[Act]) -> list[str]:
    """The paths of the context that these operations provide."""
    arguments = {name: kind for act in acts for name, kind in act.operation.arguments.items()}
    return ["context.arguments", *_within("context.arguments", Object(arguments)), f"context.{DESTINATION}"]


def _within(path: str, kind: Argument) -> Iterator[str]:
    """The paths of an object's fields, at any depth; items of a list have none."""
    for name, field in kind.fields.items() if isinstance(kind, Object) else ():
        yield f"{path}.{name}"
        yield from _within(f"{path}.{name}", field)


def _asked(expression: Any) -> Iterator[str]:
    """The paths that `has` tests, anywhere in an expression in Cedar's JSON."""
    if isinstance(expression, list):
        for part in expression:
            yield from _asked(part)
    if isinstance(expression, dict):
        for sign, part in expression.items():
            if sign == "has":
                yield _path(part)
            yield from _asked(part)


def _path(expression: Mapping[str, Any]) -> str:
    """The path of an attribute in Cedar's JSON; "…" replaces other expressions."""
    if "Var" in expression:
        return str(expression["Var"])
    attribute = expression.get(".", expression)
    return f"{_path(attribute['left'])}.{attribute['attr']}" if "attr" in attribute else "…"
