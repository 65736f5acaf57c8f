"""Approvals by people: when one is needed, and what it is bound to."""

from typing import Any

from functions.core.authority.grants import DEFAULT, Approval
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.operation import Operation
from functions.core.platform.action import Action
from functions.core.platform.errors import Denied
from functions.core.platform.paths import at


def needs_a_person(
    decision: PolicyDecision, operation: Operation, approval: Approval | None, agent: AgentManifest, action: Action
) -> bool:
    """Whether a person must decide first. Raises Denied if the approval is for another action than this effect."""
    this_one = approval is not None and (approval.agent, approval.action) == (agent.name, action.digest)
    if approval is not None and operation.kind == "effect" and not this_one:
        raise Denied("the approval is for another action")
    # The policy may require more people by now, and an approval by default is by no person.
    people = {name for name in approval.approvers if name != DEFAULT} if approval and this_one else set()
    return decision.answer is Answer.ASK and len(people) < decision.approvers


def reviewed_fields(operation: Operation, answer: Any) -> dict[str, Any]:
    """The fields of a state's `answer` that a person reviews; a missing field is None."""
    return {path: at(answer, path) for path in operation.state.fields} if operation.state else {}
