"""Every agent with its state and health, as data."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hookline.operator import account as accounts
from hookline.operator import agent_health, known, suspension
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.suspension import NotDeployed


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
    for name in suspension.deployed(where) - agents.keys() - findings.keys() if where else ():
        findings[name] = f"functions/agents/{name}: is missing, but the agent is still deployed"
    names = sorted(name for name in {*agents, *findings} if only in ("", name))
    unknown = {"state": None, "waiting": None, "health": None}
    with ThreadPoolExecutor(8) as pool:
        statuses = dict(
            zip(names, pool.map(lambda name: _status(where, name) if where else unknown, names), strict=True)
        )
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


def _status(where: Account, name: str) -> dict[str, Any]:
    try:
        status = suspension.DeployedAgent(where, name).status()
    except NotDeployed:
        return {"state": "not deployed", "waiting": None, "health": None}
    with suspension.aws_errors():
        health = agent_health.health(where, name)
    return {"state": status.state, "waiting": status.waiting, "health": health}
