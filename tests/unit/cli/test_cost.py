"""`hookline cost`: one table of every flow, or one JSON document."""

import json

import pytest
from click.testing import CliRunner

from hookline.__main__ import hookline
from hookline.demo import cost as demo_cost
from hookline.operator.cost import estimate
from hookline.operator.cost.flow import Measured
from hookline.operator.errors import UnknownName

ALONE = Measured(1, {("dynamodb.write", "hookline-recorder", "audit"): 15.0})
FOUND = {
    "region": "us-east-1",
    "prices_of": "2026-06",
    "flows": {"alone": estimate.flow(ALONE)},
    "idle_month": {"usd": 1.0, "lines": {"kms.month": {"amount": 1, "usd": 1.0}}},
    "per_agent_month": {"hookline-agent-fraud": {"usd": 0.36, "lines": {}}},
    "million_records": 5.0,
    "assumed": ["A call takes 10 ms."],
}


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(estimate, "estimate", lambda say: say("measuring") or FOUND)
    return lambda *options: CliRunner().invoke(hookline, ["cost", *options])


def test_cost_prints_the_flows_the_idle_month_and_what_is_assumed(run):
    lines = [line.split() for line in run().stdout.splitlines()]
    assert ["in", "all", "9.38"] in lines
    assert ["audit", "15.0"] in lines
    assert ["An", "idle", "month:", "1.00"] in lines
    assert ["of", "which", "hookline-agent-fraud:", "0.36"] in lines
    assert ["A", "million", "records", "of", "runs", "and", "calls:", "5.00"] in lines
    assert ["-", "A", "call", "takes", "10", "ms."] in lines


def test_cost_prints_one_json_document_and_its_steps_elsewhere(run):
    result = run("--json")
    assert json.loads(result.stdout)["flows"]["alone"]["usd_per_million"] == pytest.approx(9.375)
    assert "measuring" in result.stderr


def test_cost_of_a_flow_is_that_of_a_thousand_deliveries(monkeypatch):
    """The deliveries are those of its load, the first half of which warms up."""
    metered = {}

    def of_webhooks(deployed, webhooks, flow):
        assert flow == "calls"
        metered["sources"] = {one.source for one in webhooks}
        return ALONE

    def synthesize(say, without):
        metered["left out"] = "fraud" in without and "reception" not in without

    monkeypatch.setattr(demo_cost, "synthesize", synthesize)
    monkeypatch.setattr(demo_cost, "of_webhooks", of_webhooks)
    printed = CliRunner().invoke(hookline, ["cost", "--flow", "calls"]).stdout
    assert "Per thousand deliveries of calls: 0.009" in printed
    assert "DynamoDB write units of a delivery: 15.0" in printed
    assert metered == {"sources": {"openai"}, "left out": True}


def test_cost_of_an_unknown_flow_gets_the_nearest_name():
    result = CliRunner().invoke(hookline, ["cost", "--flow", "cals"])
    assert isinstance(result.exception, UnknownName) and "did you mean calls?" in str(result.exception)
