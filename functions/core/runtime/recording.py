"""Records an agent's runs: the event as the agent got it, what it decided, and who decided."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Protocol

from functions.core.events.event import Event
from functions.core.manifests.recorded import Recorded
from functions.core.models.fallback import Decided
from functions.core.platform.errors import HooklineError
from functions.core.platform.times import Clock, rfc3339
from functions.core.recording.records import Records, Subject
from functions.core.recording.redaction import redacted
from functions.core.runtime.outcomes import Outcome

KIND = "run"


@dataclass(frozen=True)
class Ended:
    """How a run ended: its outcomes, the types of the events that it published, or what it raised."""

    outcomes: Sequence[Outcome] = ()
    published: Sequence[str] = ()
    raised: Exception | None = None


class Recorder(Protocol):
    """Keeps how each run ended, and never raises."""

    def keep(self, event: Event, started: float, ends: float, ended: Ended, decisions: Sequence[Decided]) -> None: ...


@dataclass(frozen=True)
class RunRecorder:
    """Records the runs of the agent `agent`."""

    agent: str
    recorded: Recorded
    records: Records
    clock: Clock

    def keep(self, event: Event, started: float, ends: float, ended: Ended, decisions: Sequence[Decided]) -> None:
        """Write the record of a run, before its process ends at `ends`. Never raises."""
        subject = Subject(event.correlationid, event.id, KIND, started)
        self.records.keep(subject, lambda: self._content(event, ended, decisions), ends)

    def _content(self, event: Event, ended: Ended, decisions: Sequence[Decided]) -> Mapping[str, Any]:
        only_texts = Recorded(scrub=self.recorded.scrub)
        error = ended.raised
        message = str(error) if isinstance(error, HooklineError) else ""
        return {
            "kind": KIND,
            "agent": self.agent,
            "event": {
                **redacted({name: value for name, value in event.__dict__.items() if name not in OWN}, only_texts),
                "data": redacted(dict(event.data), self.recorded),
                "raw": redacted(event.raw, self.recorded),
            },
            "ended": rfc3339(self.clock()),
            "outcomes": [recorded_outcome(one, self.recorded) for one in ended.outcomes],
            "published": list(ended.published),
            "error": {"kind": type(error).__name__, "message": redacted(message, only_texts)} if error else None,
            "decisions": [asdict(one) for one in decisions],
        }


# Fields of an event that are not recorded as they are. A grant would let its reader act.
OWN = ("grant", "data", "raw")


def recorded_outcome(outcome: Outcome, recorded: Recorded) -> dict[str, Any]:
    """An outcome as it may be recorded: its kind, its subject and its own fields, each redacted as the event's data."""
    fields: Mapping[str, Any] = asdict(outcome) if is_dataclass(outcome) else {}
    inner = {name: redacted(value, recorded) if isinstance(value, Mapping) else value for name, value in fields.items()}
    found: dict[str, Any] = redacted(inner, recorded)
    return {"kind": type(outcome).__name__, "subject": outcome.subject, **found}
