"""A scenario that was run to its end, and what is wrong with how it ended."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from functions.core.events.event import Event, child_id
from functions.core.gate.budgets import budget_row
from functions.core.gate.ledger import Effect
from hookline.simulation.account import Account
from infra import naming
from tests.simulation.provider import Provider
from tests.simulation.scenarios import EFFECTS, Scenario


@dataclass(frozen=True)
class Run:
    """`intents` says of each effect whether its intent was on record before it."""

    scenario: Scenario
    event: Event
    account: Account
    provider: Provider
    intents: list[bool]
    dynamodb: Any

    @property
    def agent(self) -> str:
        """The agent's function."""
        return naming.agent(self.scenario.name)

    @property
    def records(self) -> list[dict[str, Any]]:
        """Every record that an audit queue accepted."""
        return records(self.account)

    def wrong(self) -> list[str]:
        """Everything that is not as it must be."""
        found = []
        if self.provider.happened != list(self.scenario.happens):
            found.append(f"at the provider: {self.provider.happened or 'nothing'}")
        if not all(self.intents):
            found.append("an effect before its intent was on record")
        waiting = self.account.queues[self.agent].bodies
        dead = self.account.queues[f"{self.agent}-dead-letters"].bodies
        if waiting or dead:
            found.append(f"in the queue {len(waiting)}, dead letters {dead}"[:300])
        return found + self._wrong_children() + self._wrong_rows() + self._wrong_trail() + self._silent_receives()

    def _wrong_children(self) -> list[str]:
        children = [event for event in self.account.bus.published if event["id"] != self.event.id]
        kept = {(child["id"], child["type"], json.dumps(_lasting(child["data"]))) for child in children}
        ids = {child_id(self.event.id, f"agent.{self.scenario.name}", self.scenario.publishes)}
        return [] if len(kept) == 1 and {id for id, _, _ in kept} == ids else [f"children: {sorted(kept)}"]

    def _wrong_rows(self) -> list[str]:
        own = f"{self.scenario.name}#{hashlib.md5(json.dumps(self.event.id).encode()).hexdigest()}"  # noqa: S324 - Powertools'
        effect = Effect(self.scenario.name, *EFFECTS.get(self.scenario.happens, ("", "")), self.event.id, "")
        memory, budgets, ledger = f"{self.agent}-idempotency", naming.BUDGETS_TABLE, naming.LEDGER_TABLE
        keys = {
            memory: ("id", own),
            budgets: ("id", budget_row("stripe", self.event.correlationid)),
            ledger: ("key", effect.row),
        }
        asked = {table: {"Keys": [{key: {"S": value}}]} for table, (key, value) in keys.items()}
        rows = self.dynamodb.batch_get_item(RequestItems=asked)["Responses"]
        found = []
        if [row["status"]["S"] for row in rows[memory]] != ["COMPLETED"]:
            found.append("the event is not remembered as handled")
        charged = [key for row in rows[budgets] for key in row["effects"]["SS"]]
        if charged != [effect.key for _ in self.scenario.happens]:
            found.append(f"the budget is charged with {charged or 'nothing'}")
        if [row["status"]["S"] for row in rows[ledger]] != ["done" for _ in self.scenario.happens]:
            found.append(f"the ledger says {rows[ledger] or 'nothing'}")
        return found

    def _wrong_trail(self) -> list[str]:
        trail = [record for record in self.records if record["identity"] == "connector.stripe"]
        acts = [record["kind"] for record in trail if record["kind"] in ("attempted", "effected", "repeated")]
        if self.scenario.happens and (acts[:1] != ["attempted"] or acts[-1] == "attempted"):
            return [f"on the trail: {acts}"]
        if "published" not in [record["kind"] for record in self.records]:
            return ["no publication on the trail"]
        return []

    def _silent_receives(self) -> list[str]:
        """The last receives of messages that were received again and have no record of that."""
        receives = self.account.queues[self.agent].receives.items()
        recorded = {record["id"] for record in self.records if record["kind"] == "retried"}
        return [f"no record of {id} {last}" for id, last in receives if last > 1 and f"{id} {last}" not in recorded]


def records(account: Account) -> list[dict[str, Any]]:
    """Every record that an audit queue accepted."""
    queues = [account.queues[name] for name in naming.AUDIT_QUEUES.values()]
    return [record for queue in queues for body in queue.accepted for record in json.loads(body)]


def _lasting(data: dict[str, Any]) -> dict[str, Any]:
    """What a second publication of an event repeats: not its expiry, nor the proposal, which is signed again."""
    return {name: value for name, value in data.items() if name not in ("expires", "proposal")}
