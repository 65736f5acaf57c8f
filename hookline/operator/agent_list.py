"""Every agent with its state and health, as data."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hookline.operator import account as accounts
from hookline.operator import agent_health, known, queue_counts, suspension
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.suspension import AgentStatus, NotDeployed

UNKNOWN = {"state": None, "waiting": None, "health": None}
NOT_DEPLOYED = {**UNKNOWN, "state": "not deployed"}


def listed(aws: bool) -> dict[str, Any]:
    """The declared and the deployed agents, by name; `state_unknown` says why no stack can be reached, None if one is.

    `finding` is what is wrong with an agent's folder, None if nothing is. `health` is that of a deployed agent.
    """
    try:
        where, why = accounts.account(aws), None
    except OperatorError as error:
        where, why = None, str(error)
    return listed_in(where, why)


def listed_in(where: Account | None, why: str | None = None, only: str = "") -> dict[str, Any]:
    """The same of a stack, None if none can be reached, and `why`; with `only`, of one agent if it exists."""
    found = known.find()
    agents, findings = found.project.agents, dict(found.broken)
    deployed = suspension.deployed(where) if where else {}
    for name in deployed.keys() - agents.keys() - findings.keys():
        findings[name] = f"functions/agents/{name}: is missing, but the agent is still deployed"
    names = sorted(name for name in {*agents, *findings} if only in ("", name))
    statuses = dict.fromkeys(names, NOT_DEPLOYED if where else UNKNOWN)
    if where:
        statuses |= _statuses(where, {name: polled for name, polled in deployed.items() if name in statuses})
    rows = []
    for name in names:
        manifest = agents.get(name)
        rows.append(
            {
                "agent": name,
                "owner": manifest.owner if manifest else None,
                "purpose": manifest.purpose if manifest else None,
                "subscribes": [one.detail_type for one in manifest.subscribes] if manifest else None,
                **statuses[name],
                "finding": findings.get(name),
            }
        )
    return {"agents": rows, "state_unknown": why}


def _statuses(where: Account, deployed: Mapping[str, bool]) -> dict[str, dict[str, Any]]:
    """The state and health of deployed agents. What SQS and Lambda tell of all at once is asked once."""

    def status(name: str) -> dict[str, Any]:
        waiting, dead = counts[name]
        try:
            state = AgentStatus(suspension.DeployedAgent(where, name).denied(), deployed[name], waiting).state
        except NotDeployed:  # its role is gone
            return NOT_DEPLOYED
        return {"state": state, "waiting": waiting, "health": agent_health.health(where, name, waiting, dead)}

    with suspension.aws_errors(), ThreadPoolExecutor(8) as pool:
        counts = queue_counts.of_agents(where, deployed)
        return dict(zip(counts, pool.map(status, counts), strict=True))
