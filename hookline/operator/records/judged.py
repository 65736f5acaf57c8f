"""Recorded calls under another policy: which would be permitted, forbidden, or asked a person about."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from functions.core.gate.policy import Policy, PolicyDecision
from functions.core.platform.errors import ConfigurationError
from hookline.operator.errors import OperatorError
from hookline.operator.records.stored import Run
from hookline.validation.discovery import Project


def policy_in(file: Path) -> Policy:
    """The policies in a file. Raises OperatorError if they cannot be read."""
    try:
        return Policy(file.read_text("utf-8"))
    except (OSError, ValueError, ConfigurationError) as error:
        raise OperatorError(f"{file}: {error}") from None


def judged(project: Project, runs: Sequence[Run], policy: Policy) -> dict[str, Any]:
    """How `policy` decides on each recorded call, beside what was decided then.

    A call of an operation that no longer exists is left out, and counted as `gone`. Arguments are judged as they are
    recorded, so a policy about a redacted one decides on "[redacted]". Raises OperatorError if no call is on record.
    """
    calls = [call for run in runs for call in run.calls]
    if not calls:
        raise OperatorError("there is no recorded call: is the agent recorded (recorded=Recorded() in its manifest)?")
    rows = [(call, decided) for call in calls if (decided := _decide(project, policy, call)) is not None]
    moves = Counter((str(call.get("decision")), decided.answer.value) for call, decided in rows)
    changed = [_sheet(call, decided) for call, decided in rows if call.get("decision") != decided.answer.value]
    return {
        "calls": len(rows),
        "gone": len(calls) - len(rows),
        "flip": len(changed),
        "unknown": 0,
        "moves": [{"was": was, "now": now, "times": times} for (was, now), times in moves.most_common()],
        "changed": changed,
    }


def _decide(project: Project, policy: Policy, call: Mapping[str, Any]) -> PolicyDecision | None:
    connector = project.connectors.get(str(call["connector"]))
    operation = connector.operation(str(call["operation"])) if connector else None
    if operation is None:
        return None
    arguments, entity = call.get("arguments") or {}, str(call.get("entity"))
    return policy.decide(call["agent"], call["connector"], operation, entity, arguments, call.get("destination") or "")


def _sheet(call: Mapping[str, Any], decided: PolicyDecision) -> dict[str, Any]:
    return {
        "event": call["event"],
        "correlation": call["correlation"],
        "at": call["at"],
        "call": f"{call['connector']}:{call['operation']}",
        "entity": call.get("entity"),
        "was": call.get("decision"),
        "now": decided.answer.value,
        "policies": list(decided.policies),
        "reason": decided.reason,
    }
