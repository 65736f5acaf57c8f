"""What an agent's policies in shadow would have done, from the chains of its connectors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.manifests.agent import AgentManifest
from hookline.operator import known
from hookline.operator.account import Clients
from hookline.operator.agent_sheet import policies_of
from hookline.operator.audit import listing
from hookline.operator.trail import Record, Trail

MOST_SHOWN = 20  # calls, the newest


def shadow(trail: Trail, agent: AgentManifest, policies: Sequence[Mapping[str, Any]], since: str) -> dict[str, Any]:
    """How often each answer would have been another one if the agent's policies in shadow were enforced.

    Those are counted that its file has now; the records name policies and not their agent. `calls` are the newest.
    """
    mine = {policy["id"] for policy in policies if not policy["enforced"]}
    heads = trail.heads()
    chains = [f"connector.{name}" for name in agent.connectors if f"connector.{name}" in heads]
    found = [
        record
        for chain in chains
        for record in listing.recent(trail, chain, since)
        if record["kind"] == "shadowed" and mine & set(record["policies"])
    ]
    counts = Counter((_ids(one), one["action"], one["decision"]) for one in found)
    newest = sorted(found, key=lambda one: str(one["at"]))[-MOST_SHOWN:]
    return {
        "agent": agent.name,
        "in_shadow": sorted(mine),
        "would": [
            {"policies": ids, "action": action, "answer": answer, "times": times}
            for (ids, action, answer), times in counts.most_common()
        ],
        "calls": [
            {name: one[name] for name in ("at", "correlation", "action", "resource", "decision", "reason")}
            for one in newest
        ],
    }


def of_agent(account: Clients, name: str, since: str) -> dict[str, Any]:
    """The same of an agent by its name, since a time (RFC 3339, "" for all). Raises UnknownName."""
    manifest = known.agent(name)
    return shadow(Trail(account.client("dynamodb")), manifest, policies_of(name), since)


def _ids(record: Record) -> str:
    return ", ".join(record["policies"])
