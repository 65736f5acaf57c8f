"""One lane: an agent's code over recorded runs, through the real runtime and the real gate, on tables in memory.

`python -m hookline.whatif.lane AGENT FOLDER` reads runs as JSON lines from standard input, and writes a trace for each
to standard output. FOLDER holds the agent's files, which may be other ones than those in the project.
"""

import itertools
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from functions.core.audit.records import Audit
from functions.core.authority.grants import LIFETIME, Approval, Grant, mint
from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_APPROVED, is_decision
from functions.core.gate.approvals import reviewed_fields
from functions.core.gate.destinations import Destinations
from functions.core.gate.gate import Gate
from functions.core.gate.policy import PolicyDecision, policy_of
from functions.core.gate.request import Request
from functions.core.gate.serve import describe
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from functions.core.manifests.places import connector_package
from functions.core.manifests.recorded import Recorded
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import HooklineError, PermanentError
from functions.core.platform.log import log
from functions.core.runtime.agent import Agent
from functions.core.runtime.recording import Ended, recorded_outcome
from functions.core.runtime.wakes import Wakes
from hookline.whatif import wall
from hookline.whatif.memory import MemoryBudgets, MemoryLedger
from hookline.whatif.served import Replayed, Served, Unrecorded
from hookline.whatif.traces import Trace, outcome_of, step

KEY = "the grant key of a lane, which nothing outside of it accepts"


class Lane:
    """The agent `name`, as its module says now, over recorded runs. `destinations` are bound to the recorded ones."""

    def __init__(self, name: str, destinations: Mapping[str, str]) -> None:
        folder = f"functions.agents.{name}"
        self._manifest: AgentManifest = import_module(f"{folder}.manifest").MANIFEST
        self._now = 0.0
        self._ids = itertools.count(1)
        self._noted: Ended = Ended()
        self._steps: list[dict[str, Any]] = []
        self._ledger, self._budgets = MemoryLedger(), MemoryBudgets()
        self._performers = {one: Replayed(one) for one in self._manifest.connectors}
        self._gates = {one: self._gate(one, Destinations(destinations)) for one in self._performers}
        self._agent = Agent(
            self._manifest,
            import_module(f"{folder}.agent").run,
            catalogue,
            bus=_NoBus(),
            invoke=self._invoke,
            wakes=_NoWakes(),
            audit=self._audit(),
            clock=lambda: self._now,
            recorder=self,
        )

    def trace(self, record: Mapping[str, Any], calls: Sequence[Mapping[str, Any]], since: str = "") -> Trace:
        """What the agent does with a recorded event, answered by `calls`, those at or after `since` first.

        Never raises what the agent's code raises.
        """
        self._steps, self._noted = [], Ended()
        self._now = datetime.fromisoformat(record["at"]).timestamp()
        served = Served(calls, since)
        for one in self._performers.values():
            one.served = served
        unknown = ""
        try:
            self._agent.wake(self._event(record["event"]))
        except Unrecorded as error:
            unknown = str(error)
        except PermanentError as error:
            if not self._noted.raised:
                unknown = f"the recorded event cannot be read: {error}"
        except Exception:  # noqa: BLE001 - what the agent's code raised is noted
            unknown = ""
        raised = self._noted.raised
        outcomes = [outcome_of(one) for one in self._outcomes()] if not unknown else []
        return Trace(self._steps, outcomes, type(raised).__name__ if raised else "", unknown)

    def keep(self, event: Event, started: float, ends: float, ended: Ended, decisions: Sequence[Any]) -> None:
        """Note how the run ended, as the recorder does."""
        self._noted = ended

    def _outcomes(self) -> list[dict[str, Any]]:
        hides = self._manifest.recorded or Recorded()
        return [json.loads(json.dumps(recorded_outcome(one, hides))) for one in self._noted.outcomes]

    def _event(self, recorded: Mapping[str, Any]) -> Event:
        """The recorded event with a grant of the lane's own. Raises PermanentError if it is no event."""
        envelope = {"source": recorded.get("source"), "detail-type": recorded.get("type")}
        event = Event.from_envelope({**envelope, "detail": {**recorded, "grant": ""}})
        catalogue.check(event.type, event.data)
        now = int(self._now)
        first = event.correlationid
        grant = Grant(first, first, frozenset(event.entities), now, now + LIFETIME, self._approval(event))
        return Event(**{**event.__dict__, "grant": mint(grant, KEY)})

    def _approval(self, event: Event) -> Approval | None:
        """The approval of an event that brings one."""
        if event.type != REVIEW_APPROVED or not is_decision(event) or not event.data.get("action"):
            return None
        action = Action(**event.data["action"])
        connector = self._connector(action.connector) if action.connector in self._performers else None
        operation = connector.operation(action.operation) if connector else None
        state = digest(reviewed_fields(operation, {})) if operation and operation.state else ""
        return Approval(str(event.data["review"]), self._manifest.name, action.digest, state, tuple(event.data["by"]))

    def _invoke(self, connector: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        self._performers[connector].asked = payload["operation"]
        before = len(self._steps)
        try:
            request = Request.read(json.loads(json.dumps(payload)), self._connector(connector).longest_arguments)
            passed = self._gates[connector].handle(request, self._manifest.name)
        except HooklineError as error:
            self._judged(before, type(error).__name__)
            return {"error": describe(error)}
        except Unrecorded:
            self._judged(before, "Unrecorded")
            raise
        self._judged(before, "")
        return {"result": passed.result, "used": passed.used, "one_call_left": passed.one_call_left}

    def _judged(self, before: int, error: str) -> None:
        """Note how the call ended that the policy saw."""
        if len(self._steps) > before:
            self._steps[-1] = {**self._steps[-1], "error": error}

    def _policy(
        self, agent: AgentManifest, operation: Operation, entity: str, action: Action, destination: str
    ) -> PolicyDecision:
        arguments = action.arguments
        decision = policy_of(agent.name).decide(agent.name, action.connector, operation, entity, arguments, destination)
        if operation.name == self._performers[action.connector].asked:
            self._steps.append(step(action.connector, operation, entity, arguments, decision.policies))
        return decision

    def _connector(self, name: str) -> ConnectorManifest:
        manifest: ConnectorManifest = import_module(f"{connector_package(name)}.connector").MANIFEST
        return manifest

    def _gate(self, name: str, destinations: Destinations) -> Gate:
        performer = self._performers[name]
        return Gate(
            self._connector(name),
            callers={self._manifest.name: self._manifest}.get,
            policies=self._policy,
            keys=lambda: [KEY],
            performer=performer,
            ledger=self._ledger,
            budgets=self._budgets,
            audit=self._audit(),
            clock=lambda: self._now,
            destinations=destinations,
            meter=performer,
            new_id=self._new_id,
        )

    def _audit(self) -> Audit:
        return _NoAudit("lane", lambda body: None, lambda: self._now, self._new_id)

    def _new_id(self) -> str:
        return f"lane-{next(self._ids)}"


class _NoAudit(Audit):
    """Records nothing: what is compared are the traces."""

    def record(self, kind: str, **what: Any) -> None:
        """Drop the record."""


class _NoBus(Bus):
    """Publishes nothing."""

    def __init__(self) -> None:
        super().__init__(None, "")

    def publish(self, events: Sequence[Event]) -> None:
        """Drop the events."""


class _NoWakes(Wakes):
    """Counts nothing: how often the other events of a tree woke the agent is not what is compared."""

    def __init__(self) -> None:
        super().__init__(None, "")

    def count(self, correlation: str, publisher: str, event: str, most: int, now: float) -> None:
        """Let the agent wake."""


def use_folder(name: str, folder: Path) -> None:
    """Let the package of the agent `name` be the files in `folder`, whose own name is the agent's."""
    import functions.agents

    if folder.name != name:
        raise ValueError(f"{folder} is not named {name}")
    functions.agents.__path__.insert(0, str(folder.parent))


def main(name: str, folder: Path, given: IO[str], found: Callable[[str], object]) -> None:
    """Answer each line of `given`, a run, with a line for `found`, its trace. The first line has the destinations."""
    log.setLevel("CRITICAL")
    use_folder(name, folder)
    wall.shut()
    destinations = json.loads(given.readline())["destinations"]
    lane = Lane(name, destinations)
    for line in given:
        asked = json.loads(line)
        found(json.dumps(lane.trace(asked["record"], asked["calls"], asked["since"]).as_json()))


if __name__ == "__main__":
    # What the candidate prints must not mix with the traces.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    sys.stdout = sys.stderr
    main(sys.argv[1], Path(sys.argv[2]), sys.stdin, partial(print, file=output))
