"""What if: recorded runs in three lanes, what was observed, the present code, and a candidate; and what differs."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from functions.core.platform.stage import VARIABLE
from hookline.operator.errors import OperatorError
from hookline.operator.records.candidate import folder_of
from hookline.operator.records.stored import Run
from hookline.validation.discovery import Project
from hookline.whatif.traces import Difference, Trace, compared, outcome_of, step
from infra.interpreters import ROOT

PRESENT = "the present code"

# Where the AWS SDK looks for credentials, apart from the environment.
_NO_CREDENTIALS = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class Candidate:
    """The folder of a version of the agent, and how people name it."""

    name: str
    folder: Path


@contextmanager
def versions(agent: str, path: Path | None, ref: str) -> Iterator[tuple[Candidate, Candidate | None]]:
    """The present version of an agent, and the one at `path` or in the revision `ref`, if one is given.

    Raises OperatorError for an agent whose code is not run as an agent's run is.
    """
    with folder_of(agent) as present, ExitStack() as opened:
        if (present / "handler.py").is_file():
            raise OperatorError(f"agent {agent} has a handler of its own, which is not run over records")
        other = None
        if path or ref:
            other = Candidate(str(path or ref), opened.enter_context(folder_of(agent, path, ref)))
        yield Candidate(PRESENT, present), other


def what_if(project: Project, runs: Sequence[Run], present: Candidate, other: Candidate | None) -> dict[str, Any]:
    """What the `other` version would have decided otherwise than the `present` one over recorded runs of an agent.

    Without another one, what the present one would decide otherwise than was observed. Raises OperatorError if there
    are no runs, or if a version cannot be run.
    """
    if not runs:
        raise OperatorError("there is no recorded run: is the agent recorded (recorded=Recorded() in its manifest)?")
    lanes = [present, *([other] if other else [])]
    with ThreadPoolExecutor(len(lanes)) as pool:
        started = pool.map(lambda one: _lane(one, runs), lanes)
        observed = [_observed(project, run) for run in runs]  # meanwhile
        traces = list(started)
    drift = [compared(before, after) for before, after in zip(observed, traces[0], strict=True)]
    found = [compared(before, after) for before, after in zip(*traces, strict=True)] if other else drift
    counts = Counter(one.verdict for one in found)
    return {
        "agent": runs[0].agent,
        "since": runs[0].record["at"],
        "runs": len(runs),
        "present": present.name,
        "candidate": other.name if other else "",
        **{kind: counts[kind] for kind in ("flip", "content", "unknown", "same")},
        "drift": sum(one.verdict in ("flip", "unknown") for one in drift),
        "kinds": _kinds(found),
        "events": [_sheet(run, one, was) for run, one, was in zip(runs, found, drift, strict=True) if _shown(one, was)],
    }


def _shown(one: Difference, drift: Difference) -> bool:
    return one.verdict != "same" or drift.verdict in ("flip", "unknown")


def _sheet(run: Run, found: Difference, drift: Difference) -> dict[str, Any]:
    event = run.event
    ids = {"event": event["id"], "correlation": event["correlationid"], "at": run.record["at"]}
    fields = {name: value for name, value in asdict(found).items() if name != "details"}
    differs = {name: value for name, value in asdict(drift).items() if name != "details"}
    return {**ids, **fields, "drift": differs if drift.verdict in ("flip", "unknown") else None}


def _kinds(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """The kinds of flips and unknowns, without the ids in them, the most frequent first."""
    kinds = Counter(
        (one.verdict, one.number, _without_entity(one.was), _without_entity(one.now))
        for one in found
        if one.verdict != "same"
    )
    return [
        {"verdict": verdict, "number": number, "was": was, "now": now, "times": times}
        for (verdict, number, was, now), times in kinds.most_common()
    ]


def _without_entity(text: str) -> str:
    call, on, rest = text.partition(" on ")
    return f"{call}{rest[rest.find(',') :] if ',' in rest else ''}" if on else text


def _observed(project: Project, run: Run) -> Trace:
    """What the record says that the last try of a run did."""
    record = run.record
    steps = []
    for call in run.calls:
        connector = project.connectors.get(call["connector"])
        operation = connector.operation(call["operation"]) if connector else None
        if operation and call["at"] >= run.since:
            made = step(call["connector"], operation, call["entity"], call["arguments"], call.get("policies", ()))
            steps.append({**made, "error": (call.get("error") or {}).get("kind", "")})
    raised = (record.get("error") or {}).get("kind", "")
    return Trace(steps, [outcome_of(one) for one in record.get("outcomes", ())], raised)


def _lane(candidate: Candidate, runs: Sequence[Run]) -> list[Trace]:
    """The traces of a version over the runs, from a process of its own. Raises OperatorError if it fails."""
    bound = {call["destination"]: call["entity"] for run in runs for call in run.calls if call.get("destination")}
    with _given(bound, runs) as given, TemporaryFile() as said, _process(candidate, given, said) as process:
        traces = [Trace(**json.loads(line)) for line in process.stdout or ()]
        if process.wait() or len(traces) != len(runs):
            said.seek(0)
            last = (said.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
            raise OperatorError(f"{candidate.name} cannot be run over the record: {last}")
    return traces


@contextmanager
def _process(candidate: Candidate, given: Any, said: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A lane without credentials, with a home of its own."""
    with TemporaryDirectory(prefix="hookline-lane-") as home:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", VARIABLE) if name in os.environ}
        own = {"HOME": home, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "hookline.whatif.lane", candidate.folder.name, str(candidate.folder)]
        process = subprocess.Popen(  # noqa: S603 - our own module, in this interpreter
            command,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=ROOT,
            env={**kept, **own, **_NO_CREDENTIALS},
        )
        with ExitStack() as ended:
            ended.callback(process.wait)
            ended.callback(process.kill)
            yield process


@contextmanager
def _given(destinations: Mapping[str, str], runs: Sequence[Run]) -> Iterator[Any]:
    with TemporaryFile() as file:
        file.write(json.dumps({"destinations": destinations}).encode() + b"\n")
        for run in runs:
            file.write(
                json.dumps({"record": run.record, "calls": list(run.calls), "since": run.since}).encode() + b"\n"
            )
        file.seek(0)
        yield file
