"""Explains decisions: one run of an agent as data, with what it was told, what it asked, and who decided."""

import hashlib
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hookline.operator.audit.root import root
from hookline.operator.errors import OperatorError
from hookline.operator.records.stored import Run, StoredRecords
from hookline.operator.trail import Trail
from infra.interpreters import ROOT

MOST_VERSIONS = 500  # of a prompt's file that are looked at in git


def explained(
    stored: StoredRecords, trail: Trail, correlation: str, event: str = "", agent: str = ""
) -> list[dict[str, Any]]:
    """The recorded runs of a causal tree, of one `event` of it, or of one agent.

    `correlation` is the id of any event of the tree. The trail says on which days to look. Raises OperatorError if
    there is none.
    """
    correlation = root(trail, correlation) or correlation
    found = stored.of_tree(correlation, event, days_of(trail.of_correlation(correlation)))
    runs = [run for run in found if agent in ("", run.agent)]
    if not runs:
        about = " ".join(filter(None, [event and f"about {event}", agent and f"of {agent}"]))
        raise OperatorError(
            f"there is no recorded run{about and ' '}{about} in the tree of {correlation}: an agent is "
            "recorded if its manifest says recorded=Recorded(), and records expire"
        )
    return [_sheet(run) for run in runs]


def days_of(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """The days of these records of the trail, and those beside them: a run begins before its records are written."""
    days = {date.fromisoformat(one["at"][:10]) + timedelta(beside) for one in records for beside in (-1, 0, 1)}
    return [day.isoformat() for day in sorted(days)]


def _sheet(run: Run) -> dict[str, Any]:
    record = run.record
    return {
        "agent": run.agent,
        "event": run.event,
        "started": record["at"],
        "ended": record.get("ended", ""),
        "tries": len(run.tries) + 1,
        "calls": [dict(call) for call in run.calls],
        "outcomes": record.get("outcomes", []),
        "published": record.get("published", []),
        "error": record.get("error"),
        "decided_by": [_decided(run.agent, one) for one in record.get("decisions", [])],
    }


def _decided(agent: str, decision: Mapping[str, Any]) -> dict[str, Any]:
    """Who decided, and where the prompt's text is that it decided with."""
    return {**decision, "prompt_file": prompt_file(agent, str(decision.get("prompt", "")))}


@cache
def prompt_file(agent: str, sha256: str) -> str:
    """The file that had this digest: a path as it is now, "REVISION:path" as git has it, or "" if it is not found."""
    folder = ROOT / "functions/agents" / agent
    for path in sorted(folder.glob("*.md")):
        name = path.relative_to(ROOT).as_posix()
        if _sha256(path.read_bytes()) == sha256:
            return name
        for revision in _revisions(name):
            if _sha256(_git("show", f"{revision}:{name}")) == sha256:
                return f"{revision[:12]}:{name}"
    return ""


def _revisions(name: str) -> Iterator[str]:
    yield from _git("log", f"--max-count={MOST_VERSIONS}", "--format=%H", "--", name).decode().split()


def _git(*arguments: str) -> bytes:
    """The output of git, b"" where there is no repository."""
    command = ["git", "-C", str(Path(ROOT)), *arguments]
    return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - git with names of our files


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
