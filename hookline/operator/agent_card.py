"""An agent's identity card: what its manifest declares, its state and health, and its last steps."""

from dataclasses import asdict
from typing import Any

from functions.core.workflows.published import published
from hookline.operator import agent_list, agent_sheet, known
from hookline.operator.account import Account
from hookline.operator.audit import state
from hookline.operator.errors import UnknownName
from hookline.operator.trail import Trail

LAST = 20  # records of its chain


def card(account: Account, name: str) -> dict[str, Any]:
    """The card of an agent that is declared or deployed, ready for JSON. Raises UnknownName.

    `declared` is None if its folder is missing or has a finding. What its role may do is `agent_sheet.sheet`, which
    needs a synthesis.
    """
    rows = {row["agent"]: row for row in agent_list.listed_in(account, only=name)["agents"]}
    if name not in rows:
        raise UnknownName("agent", name, known.find().project.agents)
    manifest = known.find().project.agents.get(name)
    chain = f"agent.{name}"
    has_chain = chain in Trail(account.client("dynamodb")).identities()
    return {
        **rows[name],
        "declared": {
            "subscribes": [asdict(one) for one in manifest.subscribes],
            "publishes": list(published(manifest)),
            "uses": [asdict(one) for one in manifest.uses],
            "budget": asdict(manifest.budget),
            "waits": [one.detail_type for one in manifest.waits],
            "policies": agent_sheet.policies_of(name),
        }
        if manifest
        else None,
        "last": state.latest(account, chain, LAST)["records"] if has_chain else [],
    }
