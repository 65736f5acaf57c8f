"""What a payment costs, measured in the simulated account with the project's own agents."""

from itertools import islice

import pytest

from bench import cost
from hookline.demo import found
from hookline.demo.flow import Run
from hookline.demo.load import deliveries
from hookline.operator.cost.estimate import flow, priced
from hookline.operator.cost.flow import START, Webhook, alone, of_webhooks, steady
from hookline.operator.cost.idle import idle_month
from infra.templates import Deployed

pytestmark = pytest.mark.synth
CONNECTORS = ("claims", "context", "hubspot", "ses", "slack")


@pytest.fixture(scope="module")
def deployed(synthesize) -> Deployed:
    return Deployed.of(synthesize())


def amount(found, unit, purpose):
    return sum(one["per_payment"] for one in found["requests"] if (one["unit"], one["purpose"]) == (unit, purpose))


def test_the_trail_of_a_payment_alone_takes_at_most_20_write_units(deployed):
    found = flow(alone(deployed))
    assert 0 < amount(found, "dynamodb.write", "audit") <= 20
    assert amount(found, "dynamodb.write", "timelines") == 36
    assert {"audit", "timelines", "idempotency", "ledger", "budgets", "receiving"} <= found["by_purpose"].keys()
    assert found["by_service"].keys() == {"api", "dynamodb", "eventbridge", "lambda", "logs", "secrets", "sqs"}


def test_a_million_payments_a_month_cost_at_most_60_dollars(deployed):
    """Two in each window of the recorder."""
    found = flow(steady(deployed, 2))
    idle = {"flows": {"alone": found, "a million a month": found}, "idle_month": priced(idle_month(deployed))}
    trail, dollars, month = cost.checks(idle)
    assert trail.met and dollars.met  # the month here is that of all sources, each with its secret
    assert min(check.figure for check in (trail, dollars, month)) > 0
    assert sum(found["by_service"].values()) == pytest.approx(found["usd_per_million"])
    assert sum(found["by_identity"].values()) == pytest.approx(found["usd_per_million"])


def test_a_measurement_is_the_same_each_time(deployed):
    assert alone(deployed) == alone(deployed)


def test_any_flows_deliveries_are_metered_from_the_webhook_to_the_trail(deployed):
    """A call: it is read about, answered under a claim, and put on the timelines of four entities."""
    made = islice(deliveries(found.load("calls"), Run("ab" * 6, START)), 4)
    sent = [Webhook(one.source, one.body, one.headers) for one in made]
    metered = flow(of_webhooks(deployed, sent))
    assert metered["measured_payments"] == 2
    assert {"audit", "timelines", "idempotency", "ledger", "budgets", "receiving"} <= metered["by_purpose"].keys()
    identities = ("verifier-openai", "agent-reception", "agent-call_limit", "connector-openai", "connector-context")
    assert {f"hookline-{name}" for name in identities} <= metered["by_identity"].keys()


def test_a_lead_is_metered_through_all_agents_of_its_flow_to_the_mail(deployed):
    """Destinations are bound to the sandboxes, SES is one of them, and no agent of another flow is there."""
    made = islice(deliveries(found.load("leads"), Run("ab" * 6, START)), 2)
    sent = [Webhook(one.source, one.body, one.headers) for one in made]
    metered = flow(of_webhooks(deployed, sent, "leads"))
    others = ("verifier-typeform", "context", "recorder", *(f"connector-{name}" for name in CONNECTORS))
    names = {f"hookline-{name}" for name in (*others, *(f"agent-{name}" for name in found.load("leads").agents))}
    assert metered["by_identity"].keys() - {"provider", "eventbridge", "lambda"} == names
