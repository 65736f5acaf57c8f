"""Asks what if, for the command line and the console: reads the records, runs the versions, and keeps the result."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookline.operator import known
from hookline.operator.account import Account
from hookline.operator.records import kept, stored
from hookline.operator.records.judged import judged, policy_in
from hookline.operator.records.kept import KeptResults
from hookline.operator.records.what_if import PRESENT, versions, what_if

MOST = 10_000  # runs, unless another number is asked for


@dataclass(frozen=True)
class Question:
    """What to run over the newest `limit` records of `agent` since a time (RFC 3339, "" for all).

    At most one of `path`, `ref` and `policy` is given; without any, the present code is compared with what was
    observed.
    """

    agent: str
    since: str = ""
    limit: int = MOST
    path: Path | None = None
    ref: str = ""
    policy: Path | None = None


def ask(account: Account, question: Question, now: float) -> dict[str, Any]:
    """The result, which is kept: that of `what_if`, or of `judged` for a policy, with its `id`.

    Nothing in the account changes. Raises OperatorError if nothing is recorded, or if a version cannot be run.
    """
    manifest = known.agent(question.agent)
    records = stored.records(account)
    runs = records.of_agent(question.agent, manifest.connectors, question.since, question.limit)
    project = known.find().project
    if question.policy:
        of, candidate = "policy", str(question.policy)
        found = judged(project, runs, policy_in(question.policy))
    else:
        with versions(question.agent, question.path, question.ref) as (present, other):
            found = what_if(project, runs, present, other)
        of, candidate = "code", other.name if other else ""
    return kept.of_bucket(records.bucket).keep(question.agent, of, candidate, {"present": PRESENT, **found}, now)


def results(account: Account) -> KeptResults:
    """The kept results of the deployment in `account`."""
    return kept.of_bucket(stored.records(account).bucket)


def can_be_asked() -> list[str]:
    """The agents whose runs are recorded and can be run again, by name."""
    agents = known.find().project.agents.values()
    return sorted(one.name for one in agents if one.recorded and not one.workflow)
