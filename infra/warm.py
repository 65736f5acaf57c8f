"""Execution environments that are kept initialized, for subscriptions with `latency="low"`. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from functions.core.manifests.agent import AgentManifest
from infra import naming
from infra.concurrency import UNRESERVED
from infra.interpreters import ROOT
from infra.limits import MEMORY

EACH = 2  # of each function: providers announce one thing twice, at the same time
MONTH_SECONDS = 30 * 24 * 3600
PRICES = ROOT / "hookline/operator/cost/prices.json"
PRICE = "lambda.provisioned_gb_second"


@dataclass(frozen=True)
class Warm:
    """The agents that need low latency, by name, and the sources of those events, by identity.

    `functions` are those of the events' way, one of a connector for each agent. `each` is how many environments of each
    are kept: 0 if the account's `quota` of concurrent executions has no room for them, and on the `local` stack.
    """

    agents: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    quota: int = 0
    local: bool = False

    @classmethod
    def of(cls, agents: Collection[AgentManifest], quota: int, local: bool) -> "Warm":
        """What `agents` need."""
        needing = [agent for agent in agents if agent.prompt_sources]
        sources = sorted({source for agent in needing for source in agent.prompt_sources})
        functions = [naming.verifier(source.removeprefix("webhook.")) for source in sources]
        for agent in needing:
            functions += [naming.agent(agent.name), *map(naming.connector, agent.connectors)]
        return cls(tuple(agent.name for agent in needing), tuple(sources), tuple(functions), quota, local)

    @property
    def each(self) -> int:
        """How many environments of each function are kept initialized."""
        # Verifiers may reserve half of the quota, and AWS keeps some of it free.
        room = self.quota - self.quota // 2 - UNRESERVED >= EACH * len(self.functions)
        return EACH if room and not self.local else 0

    def of_agent(self, name: str) -> int:
        """How many environments are kept of an agent, and of each of its connectors for it."""
        return self.each if name in self.agents else 0

    def of_source(self, identity: str) -> int:
        """How many environments are kept of the verifier of a source."""
        return self.each if identity in self.sources else 0

    @property
    def usd_a_month(self) -> float:
        """What the environments cost while nothing comes."""
        price = json.loads(PRICES.read_text())["prices"][PRICE]
        gigabyte_seconds = self.each * len(self.functions) * MEMORY / 1024 * MONTH_SECONDS
        return float(gigabyte_seconds * price["usd"] / price["per"])

    def notices(self) -> list[str]:
        """What low latency costs in this deployment, or why it is not provided; nothing if no agent needs it."""
        if not self.agents or self.local:
            return []
        who = f"low latency of {', '.join(self.agents)}"
        if not self.each:
            why = f"{self.quota} concurrent executions leave no room: raise the account's quota and set concurrency"
            return [f"{who}: no execution environment is kept initialized, so an event may meet a cold start; {why}"]
        prices = json.loads(PRICES.read_text())
        usd = f"{self.usd_a_month:.2f} USD a month ({prices['region']}, prices of {prices['date']})"
        return [f"{who}: {self.each} environments each of {', '.join(self.functions)} are kept initialized: {usd}"]


NOTHING = Warm()
