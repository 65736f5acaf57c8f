"""The low-latency way is a property of a subscription: what it adds to the templates, and what it costs."""

import json
from dataclasses import replace

import pytest

from functions.agents.reception.manifest import MANIFEST as RECEPTION
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from hookline.operator.cost.idle import idle_month
from hookline.operator.cost.prices import price_list, usd
from hookline.simulation.wiring import Wiring
from hookline.validation.discovery import discover
from infra import naming
from infra.app import build, notices
from infra.concurrency import UNRESERVED
from infra.templates import Deployed, function_of
from infra.warm import EACH, PRICE, Warm
from tests.infra.found import every

VERIFIER, AGENT = naming.verifier("openai"), naming.agent("reception")
CONNECTORS = [naming.connector(name) for name in ("openai", "claims", "context")]


def agent(name="prompt", latency="low", **given):
    return AgentManifest(
        name=name,
        owner="tests",
        purpose="tests",
        subscribes=[Subscription("call.incoming", ["webhook.openai"], latency=latency)],
        uses=[Use("openai", ["call.accept"], "tests"), Use("context", ["timeline.read"], "tests")],
        **given,
    )


@pytest.fixture(scope="module")
def both(synthesize):
    """The reception and an agent without low latency, in an account without and with room for environments."""
    found = discover()
    project = replace(found, agents={name: found.agents[name] for name in ("reception", "fraud")})
    quotas = ("10", "1000")
    return [Deployed.of(synthesize(project, sources="openai,stripe", concurrency=quota)) for quota in quotas]


@pytest.fixture(scope="module")
def roomy(both):
    return both[1]


def kept(deployed):
    """How many environments are kept of each alias that has some."""
    key = "ProvisionedConcurrencyConfig"
    return {
        (one.properties["FunctionName"], one.properties["Name"]): one.properties[key]["ProvisionedConcurrentExecutions"]
        for one in every(deployed, "AWS::Lambda::Alias")
        if key in one.properties
    }


@pytest.mark.synth
def test_the_whole_way_of_such_an_event_is_kept_initialized_and_nothing_else(roomy):
    connectors = dict.fromkeys([(name, "reception") for name in CONNECTORS], EACH)
    own = dict.fromkeys([(VERIFIER, naming.LOW_LATENCY), (AGENT, naming.LOW_LATENCY)], EACH)
    assert kept(roomy) == connectors | own


@pytest.mark.synth
def test_what_is_kept_is_what_deliveries_and_events_reach(roomy):
    """Environments of an alias serve the alias alone: the route and the queue must name it."""
    mappings = {one.properties["EventSourceArn"]: one for one in every(roomy, "AWS::Lambda::EventSourceMapping")}
    (queue,) = (arn for arn in mappings if arn.endswith(f":{AGENT}"))
    assert mappings[queue].properties["FunctionName"] == f"{AGENT}:{naming.LOW_LATENCY}"
    uris = [one.properties["IntegrationUri"] for one in every(roomy, "AWS::ApiGatewayV2::Integration")]
    assert [uri for uri in uris if VERIFIER in uri] == [f"{roomy.functions[VERIFIER].arn}:{naming.LOW_LATENCY}"]


@pytest.mark.synth
def test_its_queue_is_as_safe_as_any_other_and_delays_nothing(roomy):
    """Nothing is lost on a faster way: the queue, its dead letters and its tries stay as they are."""
    (mapping,) = (
        one.properties
        for one in every(roomy, "AWS::Lambda::EventSourceMapping")
        if function_of(one.properties["FunctionName"]) == AGENT
    )
    assert (mapping["BatchSize"], mapping.get("MaximumBatchingWindowInSeconds", 0)) == (1, 0)
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    redrive = roomy.queues[mapping["EventSourceArn"]].properties["RedrivePolicy"]
    (other,) = (queue for arn, queue in roomy.queues.items() if arn.endswith(f":{naming.agent('fraud')}"))
    assert redrive["maxReceiveCount"] == other.properties["RedrivePolicy"]["maxReceiveCount"]


@pytest.mark.synth
def test_other_agents_and_sources_are_deployed_as_before(both):
    """But for the concurrency, which is the account's."""
    for kind in ("AWS::Lambda::EventSourceMapping", "AWS::ApiGatewayV2::Integration", "AWS::Lambda::Alias"):
        before, after = ({one.id: one.properties for one in every(each, kind)} for each in both)
        changed = [id for id in before if _plain(before[id]) != _plain(after.get(id, {}))]
        assert changed and all("reception" in json.dumps([id, before[id]]) or "openai" in id for id in changed)


def _plain(properties):
    return {name: value for name, value in properties.items() if name not in ("ScalingConfig", "FunctionVersion")}


@pytest.mark.synth
def test_a_simulated_account_and_an_idle_month_know_of_it(both):
    months = [usd(PRICE, idle_month(each).get(PRICE, 0)) for each in both]
    assert months == pytest.approx([0, Warm.of([RECEPTION], 1000, local=False).usd_a_month])
    assert AGENT in {one.function for one in Wiring.of(both[1]).mappings}


def test_a_synth_says_what_it_costs():
    """Five functions, two environments of half a gigabyte each, for 30 days."""
    (said,) = Warm.of([RECEPTION], 1000, local=False).notices()
    gigabyte_seconds = 5 * 2 * 0.5 * 30 * 24 * 3600
    dollars = gigabyte_seconds * price_list()["prices"][PRICE]["usd"]
    assert f"{dollars:.2f} USD a month (us-east-1, prices of {price_list()['date']})" in said
    assert all(name in said for name in (VERIFIER, AGENT, *CONNECTORS))


@pytest.mark.synth
def test_the_app_says_it_and_only_if_such_an_agent_is_deployed():
    app = build({"bundle": "false", "flows": "calls", "concurrency": "1000"})
    assert [line.partition(":")[0] for line in notices(app)] == ["low latency of reception"]


def test_without_room_in_the_account_nothing_is_kept_and_that_is_said():
    """AWS would refuse the deployment."""
    warm = Warm.of([agent()], 10, local=False)
    assert (warm.each, warm.of_agent("prompt"), warm.of_source("webhook.openai")) == (0, 0, 0)
    assert "10 concurrent executions leave no room" in warm.notices()[0]


@pytest.mark.parametrize("quota", [215, 216, 217, 1000])
def test_what_is_kept_leaves_what_verifiers_reserve_and_aws_demands(quota):
    warm = Warm.of([agent()], quota, local=False)
    assert quota // 2 + EACH * len(warm.functions) + UNRESERVED <= quota or warm.each == 0


def test_the_local_stack_keeps_nothing_and_says_nothing():
    warm = Warm.of([agent()], 1000, local=True)
    assert (warm.each, warm.notices()) == (0, [])


def test_an_agent_that_asks_for_nothing_gets_nothing():
    warm = Warm.of([agent(latency="ordinary")], 1000, local=False)
    assert (warm.functions, warm.notices()) == ((), [])


def test_two_agents_of_one_source_share_its_verifier():
    warm = Warm.of([agent("one"), agent("two")], 1000, local=False)
    assert len(warm.functions) == 1 + 2 * 3
    assert warm.usd_a_month == pytest.approx(7 / 4 * Warm.of([agent()], 1000, local=False).usd_a_month)
