"""Records a connector's calls: what was asked, what was decided and answered, in which time and for which price."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from functions.core.gate.call import Call, Passed
from functions.core.gate.policy import PolicyDecision
from functions.core.manifests.recorded import Recorded
from functions.core.platform.canonical import digest
from functions.core.platform.errors import HooklineError
from functions.core.platform.times import Clock
from functions.core.recording.records import Records, Subject
from functions.core.recording.redaction import redacted

KIND = "call"


@dataclass(frozen=True)
class CallRecorder:
    """Records the calls of agents that declare to be recorded, of operations that do not refuse it."""

    connector: str
    records: Records
    clock: Clock

    def of(self, call: Call, started: float, ended: Passed | Exception) -> Callable[[], None] | None:
        """What writes the record of a call that started at `started`, None if it is not recorded."""
        what = call.operation.recorded
        if call.agent.recorded is None or what is None:
            return None
        subject = Subject(call.grant.correlation, call.request.event, call.operation.name, started)
        content = partial(self._content, call, what, max(0, round((self.clock() - started) * 1000)), ended)
        return partial(self.records.keep, subject, content, call.request.deadline)

    def _content(self, call: Call, what: Recorded, milliseconds: int, ended: Passed | Exception) -> Mapping[str, Any]:
        request, arguments = call.request, dict(call.action.arguments)
        digests = {"arguments": digest(arguments)}
        answer: dict[str, Any] = {}
        if isinstance(ended, Passed):
            answer = {"answer": redacted(ended.result, what), "usage": dict(ended.usage)}
            digests["answer"] = digest(ended.result)
        else:
            answer = {"error": {"kind": type(ended).__name__, "message": redacted(_message(ended), what)}}
        return {
            "kind": KIND,
            "connector": self.connector,
            "operation": call.operation.name,
            "operation_kind": call.operation.kind,
            "agent": call.agent.name,
            "correlation": call.grant.correlation,
            "event": request.event,
            "entity": call.entity,
            "destination": call.destination,
            "arguments": redacted(arguments, what),
            "decision": call.decision.answer.value,
            "policies": list(call.decision.policies),
            "shadow": _judgement(call.decision.shadow) if call.decision.shadow else None,
            "approved": call.grant.approval is not None,
            "proposal": request.proposal,
            "milliseconds": milliseconds,
            "digests": digests,
            **answer,
        }


def _judgement(decision: PolicyDecision) -> dict[str, Any]:
    return {"decision": decision.answer.value, "policies": list(decision.policies), "reason": decision.reason}


def _message(error: Exception) -> str:
    """The message of an error of ours; another's may quote anything."""
    return str(error) if isinstance(error, HooklineError) else ""
