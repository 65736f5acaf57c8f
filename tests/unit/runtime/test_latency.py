"""How long after its delivery an event is handled: measured for agents that promise it, and for nothing else."""

import json
from dataclasses import replace

import pytest

from functions.core.manifests.agent import AgentManifest, Subscription
from functions.core.platform.errors import Denied, ManifestError
from functions.core.runtime.latency import measure, since_delivery
from hookline.testing.kit import event, wake

QUICK = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[
        Subscription("payment.succeeded", sources=["webhook.stripe"]),
        Subscription("review.approved", sources=["review.service"]),
    ],
    within=60,
)
MINTED = 1_790_000_000


@pytest.fixture
def delivered(make_event, make_grant):
    return make_event(grant=make_grant("stripe:charge/ch_1", issued=MINTED))


def test_it_is_measured_from_the_delivery_and_not_from_an_event_between(delivered):
    """A child has the grant of the delivery, and a time of its own."""
    child = replace(delivered, id="agent.other:x", causationid=delivered.id, receivedat="2030-01-01T00:00:00Z", hops=1)
    assert since_delivery(QUICK, child, MINTED + 12.5) == 12.5
    assert since_delivery(QUICK, delivered, MINTED - 3) == 0.0


def test_what_people_and_waits_take_is_not_measured(delivered):
    """Nor anything of an agent that promises nothing."""
    decided = replace(delivered, source="review.service", type="review.approved")
    waited = replace(delivered, source="agent.fraud", type="wait.expired")
    assert [since_delivery(QUICK, one, MINTED + 5) for one in (decided, waited)] == [None, None]
    assert since_delivery(replace(QUICK, within=0), delivered, MINTED + 5) is None


def test_a_grant_that_cannot_be_read_is_no_time(delivered):
    with pytest.raises(Denied):
        since_delivery(QUICK, replace(delivered, grant="nonsense"), MINTED)


def test_the_metric_has_the_agents_identity(capsys):
    measure("agent.fraud", 12.5)
    line = json.loads(capsys.readouterr().out)
    assert (line["HandledAfter"], line["service"]) == ([12.5], "agent.fraud")
    (metrics,) = line["_aws"]["CloudWatchMetrics"]
    assert (metrics["Namespace"], metrics["Metrics"]) == ("Hookline", [{"Name": "HandledAfter", "Unit": "Seconds"}])


def test_an_alert_is_measured_once_and_its_copy_is_not(kit, capsys):
    """By the handler that is deployed."""
    alert = kit("sales_alert")
    first = alert.wake(event("lead.routed"))
    alert.wake(first.event)
    assert capsys.readouterr().out.count('"HandledAfter"') == 2, "one line, which names it as a metric and as a value"


def test_an_agent_that_promises_nothing_writes_no_metric(capsys):
    wake("notifier", event("review.opened"))
    assert "HandledAfter" not in capsys.readouterr().out


@pytest.mark.parametrize("within", [-1, 1.5, True, 4 * 24 * 3600 + 1])
def test_a_promise_is_a_number_of_seconds_within_the_life_of_a_grant(within):
    with pytest.raises(ManifestError, match="within"):
        replace(QUICK, within=within)
