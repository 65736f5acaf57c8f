"""What a flow costs on AWS: its deliveries in the simulated account, metered as `hookline cost` does payments."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from hookline.demo import found
from hookline.demo.flow import Run
from hookline.demo.load import deliveries
from hookline.operator.cost import estimate
from hookline.operator.cost.flow import START, Webhook, of_webhooks
from hookline.operator.cost.prices import price_list
from hookline.operator.synthesis import synthesize
from hookline.validation.discovery import discover

DELIVERIES = 40  # the first half warms up
RUN = "c057" * 3
THOUSAND = 1000


def cost_of(name: str, say: Callable[[str], None]) -> Mapping[str, Any]:
    """What a thousand deliveries of the flow `name` cost, each with a batching window of the recorder to itself.

    Its agents alone are deployed: another one that wakes for the same events has a price of its own.

    Raises UnknownName for an unknown flow, OperatorError if a delivery is refused or becomes a dead letter.
    """
    flow = found.load(name)
    made = islice(deliveries(flow, Run(RUN, START)), DELIVERIES)
    webhooks = [
        Webhook(one.source, one.body, one.headers, [(call.provider, call.path, call.body) for call in one.prepare])
        for one in made
    ]
    deployed = synthesize(say, without=sorted(set(discover().agents) - set(flow.agents)))
    say(f"running {name} in a simulated account")
    measured = estimate.flow(of_webhooks(deployed, webhooks, name))
    per_thousand = {kind: _thousandth(measured[f"by_{kind}"]) for kind in ("service", "purpose", "identity")}
    usd = measured["usd_per_million"] / THOUSAND
    writes = [one for one in measured["requests"] if one["unit"] == "dynamodb.write"]
    return {
        "flow": name,
        "region": price_list()["region"],
        "prices_of": price_list()["date"],
        "usd_per_thousand": usd,
        **{f"by_{kind}": amounts for kind, amounts in per_thousand.items()},
        "write_units": sum(one["per_payment"] for one in writes),
    }


def _thousandth(amounts: Mapping[str, float]) -> dict[str, float]:
    return {name: usd / THOUSAND for name, usd in amounts.items()}
