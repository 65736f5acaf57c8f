"""Agents' policies in Cedar (https://docs.cedarpolicy.com), with a third answer: ask a person.

Every failure is FORBID. Cedar alone skips a policy that it cannot evaluate, even a forbid
(docs/decisions/0008-cedar-with-a-third-answer.md). docs/policies.md says how to write a policy.
"""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from cedarpy import AuthzResult, Decision, Entities, PolicySet, is_authorized, policies_to_json_str

from functions.core.gate.arguments import check_arguments
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.arguments import Json
from functions.core.manifests.operation import Operation
from functions.core.manifests.tenant import split
from functions.core.platform.action import Action
from functions.core.platform.errors import ConfigurationError, PermanentError

FILE = "policy.cedar"
ANNOTATIONS = ("id", "ask", "approvers", "shadow")
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)
_APPROVERS = re.compile(r"[1-9]")
_TYPED = re.compile(r"([a-z]\w*):([a-z]\w*)/.+", re.ASCII)
_WHOLE = re.compile(r"{\w+}", re.ASCII)
_FAILED = re.compile(r"error while evaluating policy `(\w+)`: ")

_NO_ENTITIES = Entities.from_json_str("[]")


class Answer(StrEnum):
    """What policies decide."""

    PERMIT = "permit"
    ASK = "ask"
    FORBID = "forbid"


@dataclass(frozen=True)
class PolicyDecision:
    """An answer, and the ids of the policies that determined it; `reason` says why if no policy did.

    `approvers` is how many people must approve if the answer is ASK. `shadow` is what would be decided if the policies
    in shadow were enforced, None if that is the same.
    """

    answer: Answer
    policies: tuple[str, ...] = ()
    approvers: int = 1
    reason: str = ""
    shadow: "PolicyDecision | None" = None


class Policies(Protocol):
    """Decides by an agent's policy on an operation on an entity; `destination` is the entity's name if it has one."""

    def __call__(
        self, agent: AgentManifest, operation: Operation, entity: str, action: Action, destination: str
    ) -> PolicyDecision: ...


@dataclass(frozen=True)
class Rule:
    """The annotations of one policy."""

    id: str
    asks: bool
    approvers: int


class Policy:
    """The policies of an agent, parsed once. Raises ConfigurationError for a text that synth refuses."""

    def __init__(self, text: str) -> None:
        try:
            self._policies = PolicySet.from_str(text)
            parsed = json.loads(policies_to_json_str(text))
        except ValueError as error:
            raise ConfigurationError(f"{FILE}: {error}") from None
        bodies = parsed["staticPolicies"]
        findings = [finding for body in bodies.values() for _, finding in annotation_findings(body)]
        findings += ["a template (?principal, ?resource) decides nothing"] * bool(parsed["templates"])
        if findings:
            raise ConfigurationError(f"{FILE}: {'; '.join(findings)}")
        self._rules = {name: _rule(body["annotations"]) for name, body in bodies.items()}
        enforced = {name: body for name, body in bodies.items() if "shadow" not in body["annotations"]}
        self._with_shadow = self._policies if len(enforced) < len(bodies) else None
        if self._with_shadow is not None:
            self._policies = PolicySet.from_json_str(json.dumps({**parsed, "staticPolicies": enforced}))
        if len({rule.id for rule in self._rules.values()}) < len(self._rules):
            raise ConfigurationError(f"{FILE}: two policies have the same @id")

    def decide(
        self,
        agent: str,
        connector: str,
        operation: Operation,
        entity: str,
        arguments: Mapping[str, Any],
        destination: str = "",
    ) -> PolicyDecision:
        """May `agent` perform `operation` on `entity`, its `destination`, with these arguments?

        Never raises: what fails is forbidden.
        """
        try:
            check_arguments(operation, arguments)  # the policies were validated for these types
            seen = {name: value for name, value in arguments.items() if name not in _unseen(operation)}
            request = {
                "principal": {"type": "Agent", "id": agent},
                "action": {"type": f"{connector}::Action", "id": operation.name},
                "resource": _resource(operation, entity),
                "context": {"arguments": seen, **({"destination": destination} if destination else {})},
            }
            result = is_authorized(request, self._policies, _NO_ENTITIES)
        except PermanentError as error:
            return PolicyDecision(Answer.FORBID, reason=str(error))
        except Exception as error:  # noqa: BLE001 - whatever an argument does to Cedar, nothing is permitted
            return PolicyDecision(Answer.FORBID, reason=f"cannot be decided: {type(error).__name__}")
        decided = self._decided(result)
        if self._with_shadow is None:
            return decided
        return replace(decided, shadow=self._shadow(self._with_shadow, request, decided))

    def _shadow(self, all: PolicySet, request: Mapping[str, Any], decided: PolicyDecision) -> PolicyDecision | None:
        """What would be decided with the policies in shadow, None if that is the same."""
        try:
            would = self._decided(is_authorized(dict(request), all, _NO_ENTITIES))
        except Exception as error:  # noqa: BLE001 - what is not enforced must not change what is
            would = PolicyDecision(Answer.FORBID, reason=f"cannot be decided: {type(error).__name__}")
        same = (would.answer, would.approvers) == (decided.answer, decided.approvers)
        return None if same else would

    def _decided(self, result: AuthzResult) -> PolicyDecision:
        errors = result.diagnostics.errors
        if errors or result.decision is Decision.NoDecision:
            failed = [found[1] for found in map(_FAILED.match, errors) if found]
            ids = tuple(sorted(self._rules[name].id for name in failed))
            return PolicyDecision(Answer.FORBID, ids, reason=f"cannot be decided: {'; '.join(map(_plain, errors))}")
        rules = sorted((self._rules[name] for name in result.diagnostics.reasons), key=lambda rule: rule.id)
        if not result.allowed:
            return PolicyDecision(Answer.FORBID, _ids(rules), reason="" if rules else "no policy permits it")
        if asking := [rule for rule in rules if rule.asks]:
            return PolicyDecision(Answer.ASK, _ids(asking), approvers=max(rule.approvers for rule in asking))
        return PolicyDecision(Answer.PERMIT, _ids(rules))


@dataclass(frozen=True)
class NoPolicy:
    """In place of policies that cannot be read: everything is forbidden, for this reason."""

    reason: str

    def decide(
        self,
        agent: str,
        connector: str,
        operation: Operation,
        entity: str,
        arguments: Mapping[str, Any],
        destination: str = "",
    ) -> PolicyDecision:
        """Always FORBID."""
        return PolicyDecision(Answer.FORBID, reason=self.reason)


@cache
def policy_of(agent: str) -> Policy | NoPolicy:
    """The policies of the agent `agent`, which are next to its manifest in the connector's zip."""
    try:
        manifest = importlib.import_module(f"functions.agents.{agent}.manifest")
        return Policy(Path(str(manifest.__file__)).with_name(FILE).read_text("utf-8"))
    except (ImportError, OSError, ValueError, ConfigurationError) as error:
        return NoPolicy(f"agent {agent} has no policy that can be read: {error}")


def annotation_findings(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The findings in the annotations of a policy in Cedar's JSON: the annotation, and what to do about it."""
    annotations: Mapping[str, str | None] = body.get("annotations", {})
    for name in sorted(set(annotations) - set(ANNOTATIONS)):
        yield name, f"@{name} is none of {', '.join(f'@{known}' for known in ANNOTATIONS)}"
    if "id" not in annotations:
        yield "", 'a policy without @id("…"): the audit trail names it by that'
    elif not _ID.fullmatch(annotations["id"] or ""):
        yield "id", f"@id {annotations['id'] or ''!r}: 1 to 64 letters, digits and _.-"
    if "ask" in annotations and body["effect"] != "permit":
        yield "ask", "@ask on a forbid: nobody is asked about what is forbidden; put it on a permit"
    if annotations.get("ask"):
        yield "ask", '@ask takes no value; @approvers("2") sets how many people must approve'
    if annotations.get("shadow"):
        yield "shadow", "@shadow takes no value: the policy is evaluated and recorded, and not enforced"
    if "approvers" in annotations:
        if "ask" not in annotations:
            yield "approvers", "@approvers without @ask: nobody is asked; add @ask or take it out"
        if not _APPROVERS.fullmatch(annotations["approvers"] or ""):
            yield "approvers", f'@approvers {annotations["approvers"] or ""!r}: a number from 1 to 9, like "2"'


def resource_type(operation: Operation) -> str:
    """The Cedar type of an operation's entity: stripe::charge for "stripe:charge/{charge}", Entity for "{entity}".

    Returns "" if the entity has no type that a policy could name.
    """
    if typed := _TYPED.fullmatch(operation.entity):
        return f"{typed[1]}::{typed[2]}"
    return "Entity" if _WHOLE.fullmatch(operation.entity) else ""


def _unseen(operation: Operation) -> set[str]:
    """The arguments that have no type in Cedar; a document holds none inside another kind."""
    return {name for name, kind in operation.arguments.items() if isinstance(kind, Json)}


def _resource(operation: Operation, entity: str) -> dict[str, str]:
    kind = resource_type(operation)
    prefix = "" if kind == "Entity" else f"{kind.replace('::', ':')}/"
    own, tenant = split(entity) if prefix else (entity, "")
    if not kind or not own.startswith(prefix):
        raise ValueError(f"{entity!r} is not an entity of {operation.name}")
    # A policy that names one tenant's entity by its id does not speak of another's.
    return {"type": kind, "id": f"{tenant}/{own.removeprefix(prefix)}" if tenant else own.removeprefix(prefix)}


def _rule(annotations: Mapping[str, str | None]) -> Rule:
    return Rule(str(annotations["id"]), "ask" in annotations, int(annotations.get("approvers") or 1))


def _ids(rules: list[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)


def _plain(error: str) -> str:
    """Cedar's error without Cedar's name of the policy."""
    return _FAILED.sub("", error)
