"""What operators change, each on the operators' chain. The command line, the console and the MCP server call these.

Decisions on reviews are `reviews.decide`: the review service records them, with the operator's proven identity.
Dead letters are `dead_letters.redrive` and `discard`, which record each letter.
"""

from collections.abc import Iterator

from hookline.operator import runs
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.operator_trail import record_action
from hookline.operator.suspension import DeployedAgent

RUNNING = "running"


def suspend(account: Account, name: str, why: str) -> Iterator[str]:
    """Suspend the agent, and record it; yields each completed step, none if it was suspended already.

    Recorded after the suspension, so that the audit queue cannot delay it, and also if a later step failed.
    """
    done: list[str] = []
    failed = None
    try:
        for step in DeployedAgent(account, name).suspend():
            done.append(step)
            yield step
    except OperatorError as error:
        failed = error
    if done or not failed:
        what = "; ".join(done) or "it was already suspended"
        record_action(account, "suspended", resource=f"agent.{name}", decision=what, reason=why)
    if failed:
        raise failed


def resume(account: Account, name: str, why: str) -> Iterator[str]:
    """Record that the agent is resumed, and resume it; yields each completed step, none if it was running.

    Recorded before the change, so that no agent regains its permissions without a record.
    """
    agent = DeployedAgent(account, name)
    state = agent.status().state
    record_action(account, "resumed", resource=f"agent.{name}", decision=f"it was {state}", reason=why)
    yield from agent.resume()


def cancel(account: Account, id: str, reason: str, now: float) -> dict[str, str]:
    """Record the end of a run and ask its manager for it; returns the run's id and its manager's name.

    Raises OperatorError for a run that is over.
    """
    run = runs.find(account, id)
    if run["state"] != RUNNING:
        raise OperatorError(f"run {run['run']} is over: {run['state']}")
    record_action(
        account,
        "cancelled",
        event=run["because"],
        resource=f"agent.{run['manager']}",
        decision=f"run {run['run']}",
        reason=reason,
    )
    runs.cancel(account, run, reason, now)
    return {"run": run["run"], "manager": run["manager"]}
