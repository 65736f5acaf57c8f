"""Finds uses that an agent's policies can never permit, whatever the request is."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cedarpy import policies_to_json_str

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from hookline.validation.cedar_text import statements
from hookline.validation.policies import covers, is_enforced
from hookline.validation.policy_schema import Act

_DESTINATION = {".": {"left": {"Var": "context"}, "attr": "destination"}}
_HAS_DESTINATION = {"has": {"left": {"Var": "context"}, "attr": "destination"}}


def never_permitted(
    agent: AgentManifest, connectors: Mapping[str, ConnectorManifest], text: str
) -> Iterator[tuple[int, str]]:
    """The lines and findings of operations that no request is permitted; `text` are policies without findings."""
    policies = [
        (statement.line, json.loads(policies_to_json_str(statement.text))["staticPolicies"]["policy0"])
        for statement in statements(text)
    ]
    for use in agent.uses:
        for name in use.operations:
            operation = connectors[use.connector].operation(name)
            act = Act(use.connector, operation) if operation else None
            heads = [(line, body) for line, body in policies if act and covers(body, act) and is_enforced(body)]
            held = [(line, body, _holds(body, use.to)) for line, body in heads]
            forbids = [line for line, body, holds in held if body["effect"] == "forbid" and holds is True]
            permits = [(line, holds) for line, body, holds in held if body["effect"] == "permit"]
            if forbids:
                yield (
                    forbids[0],
                    f"forbids {act} always, which the manifest declares: remove it from uses, or add a condition",
                )
            elif permits and all(holds is False for _, holds in permits):
                named = f"; its destinations are {', '.join(use.to)}" if use.to else "; it declares no destination"
                yield permits[0][0], f"never permits {act}: its conditions are always false{named}"


def _holds(body: Mapping[str, Any], destinations: Sequence[str]) -> bool | None:
    """Whether the conditions of a policy are true or false for every request, None if that depends on it."""
    values = []
    for condition in body["conditions"]:
        value = _value(condition["body"], destinations)
        values.append(value if condition["kind"] == "when" or value is None else not value)
    return _both(values)


def _value(expression: Any, destinations: Sequence[str]) -> bool | None:
    """The value of a Cedar expression in JSON, None if it depends on the request."""
    match expression:
        case {"Value": bool(literal)}:
            return literal
        case {"!": {"arg": arg}}:
            return _negated(_value(arg, destinations))
        case {"&&": {"left": left, "right": right}}:
            return _both([_value(left, destinations), _value(right, destinations)])
        case {"||": {"left": left, "right": right}}:
            return _negated(_both([_negated(_value(left, destinations)), _negated(_value(right, destinations))]))
        case {"==": {"left": {"Value": left}, "right": {"Value": right}}}:
            return bool(left == right)
        case {"==": {"left": left, "right": {"Value": name}}} | {"==": {"left": {"Value": name}, "right": left}}:
            return False if left == _DESTINATION and name not in destinations else None
        case other if other == _HAS_DESTINATION:
            return None if destinations else False
    return None


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _both(values: Sequence[bool | None]) -> bool | None:
    """Whether all hold: False if one is false, None if that depends."""
    if False in values:
        return False
    return None if None in values else True
