"""The estimate: what was measured and what stands in the templates, with AWS's prices."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from hookline.local.toolchain import ROOT
from hookline.operator.cost.flow import Measured, alone, steady
from hookline.operator.cost.idle import idle_month
from hookline.operator.cost.meter import Amounts
from hookline.operator.cost.prices import price_list, usd
from hookline.operator.synthesis import synthesize
from hookline.validation.discovery import discover
from infra import naming

MILLION = 1_000_000
A_MILLION_A_MONTH, BUSY = 2, 40  # payments in a window of 5 seconds
ASSUMED = (
    "Lambda: each call takes 10 ms, and a handler 10 ms of its own; agents that think longer cost more.",
    "Lambda's pollers: five long polls of 20 s for each enabled queue while nothing comes, none beside the batches of "
    "events; ten messages for each request.",
    "Log lines of Lambda itself: START, END and REPORT as text. No cold start is billed.",
    "Every request to a queue with message groups has the surcharge of fair queues.",
    "Records: one for each run of a recorded agent, and one for each call that it makes.",
    "Not counted: S3 and KMS (large bodies, the hourly checkpoint), storage, point-in-time recovery and backups, "
    "traffic, custom metrics, schedules, mails to people, models of agents, retries, the free tier and taxes.",
)


def estimate(say: Callable[[str], None]) -> dict[str, Any]:
    """What a payment, an idle month and an agent more cost. Takes some seconds.

    Raises OperatorError if the templates cannot be synthesized, or a measured payment is not approved.
    """
    deployed = synthesize(say, without=_of_other_flows())
    say("running payments in a simulated account")
    agents = sorted(name for name in deployed.functions if name.startswith(naming.AGENTS))
    return {
        "region": price_list()["region"],
        "prices_of": price_list()["date"],
        "flows": {
            "alone": flow(alone(deployed)),
            "a million a month": flow(steady(deployed, A_MILLION_A_MONTH)),
            "eight a second": flow(steady(deployed, BUSY)),
        },
        "idle_month": priced(idle_month(deployed)),
        "per_agent_month": {name: priced(idle_month(deployed, name)) for name in agents},
        "million_records": usd("s3.put", MILLION),
        "assumed": list(ASSUMED),
    }


def _of_other_flows() -> list[str]:
    """The agents of flows that cdk.json does not name: they are not deployed, so they cost nothing."""
    named = str(json.loads((ROOT / "cdk.json").read_text())["context"].get("flows", ""))
    flows = {name.strip() for name in named.split(",")}
    return sorted(name for name, agent in discover().agents.items() if agent.flow and agent.flow not in flows)


def flow(measured: Measured) -> dict[str, Any]:
    """What one of the measured payments uses, and a million of them cost, in US dollars."""
    each = {key: amount / measured.payments for key, amount in measured.amounts.items()}
    return {
        "measured_payments": measured.payments,
        "usd_per_million": _usd(each),
        "by_service": _grouped(each, lambda unit, who, purpose: unit.partition(".")[0]),
        "by_purpose": _grouped(each, lambda unit, who, purpose: purpose),
        "by_identity": _grouped(each, lambda unit, who, purpose: who),
        "requests": [
            {"unit": unit, "identity": who, "purpose": purpose, "per_payment": amount}
            for (unit, who, purpose), amount in sorted(each.items())
            if amount
        ],
    }


def _usd(amounts: Amounts) -> float:
    return sum(usd(unit, amount) for (unit, _, _), amount in amounts.items()) * MILLION


def _grouped(amounts: Amounts, of: Callable[[str, str, str], str]) -> dict[str, float]:
    """US dollars per million, the dearest first."""
    groups: dict[str, float] = {}
    for (unit, who, purpose), amount in amounts.items():
        name = of(unit, who, purpose)
        groups[name] = groups.get(name, 0) + usd(unit, amount) * MILLION
    return dict(sorted(groups.items(), key=lambda one: -one[1]))


def priced(amounts: Mapping[str, float]) -> dict[str, Any]:
    """Amounts by their unit, each with its price, and the sum in US dollars."""
    lines = {unit: {"amount": amount, "usd": usd(unit, amount)} for unit, amount in sorted(amounts.items())}
    return {"usd": sum(line["usd"] for line in lines.values()), "lines": lines}
