"""A review that waits, told in a Slack channel: service, notifier, gate and Slack's sandbox."""

import json
from dataclasses import replace

import pytest

from functions.agents.notifier.agent import run
from functions.agents.notifier.manifest import MANIFEST as NOTIFIER
from functions.core.authority.grants import check as check_grant
from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.gate.budgets import Budgets
from functions.core.gate.destinations import Destinations
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Ledger
from functions.core.gate.policy import policy_of
from functions.core.gate.request import Request
from functions.core.gate.serve import describe
from functions.core.platform.errors import Denied, HooklineError, PermanentError, RetryableError
from functions.core.reviews.announcement import announcement
from functions.core.reviews.opening import opened
from functions.core.runtime.agent import Agent
from functions.core.runtime.tools import Tools
from functions.core.runtime.wakes import Wakes
from functions.providers.slack.connector import MANIFEST as SLACK
from functions.providers.slack.sandbox import CHANNEL, SANDBOX_TOKEN, Slack
from hookline.local.faults import Fault
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

ENTITY = f"slack:channel/{CHANNEL}"


@pytest.fixture
def slack(clock):
    return Slack(clock)


@pytest.fixture
def server(slack):
    with SandboxServer([slack]) as running:
        yield running


@pytest.fixture
def posted(slack):
    """The texts in the channel."""
    return lambda: [said["text"] for said in json.loads(slack.control("GET", "state", b"").body)["messages"]]


@pytest.fixture
def told(make_question, grant_key, clock):
    """The event of a review that is asked for."""

    def make(parent=None, **asked):
        review = opened(make_question(parent, **asked), [grant_key], clock.now)
        return announcement(review, grant_key, clock.now)

    return make


@pytest.fixture
def bound():
    """What the operator bound destinations to."""
    return {"reviews": ENTITY, "alerts": "slack:channel/C0ALERTS"}


@pytest.fixture
def invoke(server, bound, dynamodb, table, make_audit, grant_key, clock, new_id):
    gate = Gate(
        SLACK,
        {"notifier": NOTIFIER}.get,
        lambda agent, operation, entity, action, destination: policy_of(agent.name).decide(
            agent.name, "slack", operation, entity, action.arguments, destination
        ),
        lambda: [grant_key],
        at_sandbox(SLACK, lambda: SANDBOX_TOKEN, server.urls["slack"]),
        Ledger(dynamodb, table("ledger"), new_id),
        Budgets(dynamodb, table("budgets")),
        make_audit("connector.slack"),
        clock,
        Destinations(bound),
    )

    def call(connector, payload):
        try:
            passed = gate.handle(Request.read(json.loads(json.dumps(payload))), "notifier")
        except HooklineError as error:
            return {"error": describe(error)}
        return {"result": passed.result, "used": passed.used}

    return call


@pytest.fixture
def notifier(invoke, dynamodb, table, eventbridge, make_audit, clock):
    wakes = Wakes(dynamodb, table("idempotency"))
    return Agent(NOTIFIER, run, catalogue, Bus(eventbridge, "bus"), invoke, wakes, make_audit("agent.notifier"), clock)


@pytest.fixture
def tools(invoke, clock):
    """The notifier's tools when it was woken with an event."""
    return lambda event: Tools(NOTIFIER, event, clock.now + 20, invoke)


def test_an_open_review_is_announced_in_the_channel_once(notifier, told, posted):
    """However often its event comes."""
    event = told(question="Approve this payment?")
    notifier.wake(event)
    notifier.wake(event)
    (text,) = posted()
    assert text.startswith("Agent fraud asks, in its own words:\n| Approve this payment?\n")
    assert f"hookline reviews show {event.data['review']}" in text


def test_no_message_holds_a_link_that_decides(notifier, told, posted):
    """A channel is read by many, and the agent that posts must not have anything to decide by."""
    event = told()
    notifier.wake(event)
    assert "http" not in posted()[0]
    assert "http" not in json.dumps(event.data)


def test_what_an_agent_asks_formats_nothing_and_calls_nobody(notifier, told, posted):
    """Its question may be text from outside."""
    notifier.wake(told(question="<!channel> & <https://evil.example|your bank>"))
    assert "&lt;!channel&gt; &amp; &lt;https: //evil. example|your bank&gt;" in posted()[0]


@pytest.mark.parametrize("fault", ["after", "reset"], ids=["the answer was lost", "it never arrived"])
def test_a_message_with_an_unknown_outcome_is_in_the_channel_once_in_the_end(
    notifier, told, posted, server, clock, fault
):
    """One that is there is found by the mark that people do not see, and one that is not is posted."""
    event = told()
    armed = {"provider": "slack", "fault": fault, "match": {"path": "/api/chat.postMessage"}}
    server.sandbox.faults.arm(Fault.parse(json.dumps(armed).encode(), ["slack"]))
    with pytest.raises(RetryableError):
        notifier.wake(event)
    assert len(posted()) == (1 if fault == "after" else 0)
    clock.now += 120
    notifier.wake(event)
    assert len(posted()) == 1


def test_a_channel_that_slack_does_not_know_is_a_dead_letter_at_once(notifier, told, posted, bound):
    bound["reviews"] = "slack:channel/C0NOBODY"
    with pytest.raises(PermanentError, match="slack answered channel_not_found"):
        notifier.wake(told())
    assert posted() == []


def test_an_unbound_destination_is_denied(notifier, told, posted, bound):
    del bound["reviews"]
    with pytest.raises(Denied, match="destination reviews is not bound"):
        notifier.wake(told())
    assert posted() == []


def test_the_notifier_posts_in_no_other_channel(tools, told):
    """Its grant names no entity, so its own destination is all that it reaches."""
    with pytest.raises(Denied, match="does not name slack:channel/C0OTHER"):
        tools(told()).slack.message_post(channel="C0OTHER", text="hello")
    with pytest.raises(Denied, match="does not name slack:channel/C0ALERTS"):
        tools(told()).slack.message_post(channel="C0ALERTS", text="hello")


def test_the_notifier_cannot_name_a_destination_that_it_does_not_declare(tools, told):
    with pytest.raises(Denied, match="agent notifier does not declare this destination"):
        tools(told()).slack.message_post(to="alerts", text="hello")


def test_a_destination_beside_an_entity_is_refused(tools, told):
    with pytest.raises(PermanentError, match="not both"):
        tools(told()).slack.message_post(to="reviews", channel=CHANNEL, text="hello")


def test_a_destination_without_a_good_grant_is_denied(tools, told):
    with pytest.raises(Denied):
        tools(replace(told(), grant="made.up")).slack.message_post(to="reviews", text="hello")


def test_the_record_names_the_destination(notifier, told, audit_queue):
    notifier.wake(told())
    (effected,) = [record for record in audit_queue.records if record["kind"] == "effected"]
    assert (effected["destination"], effected["resource"]) == ("reviews", ENTITY)


def test_the_grant_of_an_announcement_names_no_entity(told, make_question, grant_key, clock):
    """An agent that announces a review cannot perform what it is about."""
    event = told()
    assert (event.entities, check_grant(event.grant, [grant_key], clock.now).entities) == ([], frozenset())
    assert event.grant != make_question().grant


def test_telling_is_a_tree_of_its_own(told, make_question):
    """What the asker's tree may still cost is not used up by it, and how it called its hops says nothing of it."""
    event = told()
    assert (event.correlationid, event.hops, event.causationid) == (event.id, 0, make_question().id)


def test_the_notifier_reads_no_channel(tools, told):
    """The read-back is the gate's; the agent has only the operation that it declares."""
    with pytest.raises(AttributeError):
        tools(told()).slack.message_list(channel=CHANNEL)


def test_a_question_of_the_notifier_about_its_announcement_is_not_announced(told):
    """Otherwise a notifier that fails would be notified of its own question for ever, under any causation id."""
    event = told()
    assert told(parent=event, action=None, proposal="") is None
    assert told(parent=replace(event, id="stripe:evt_2"), action=None, proposal="") is None


def test_a_letter_that_turns_text_around_is_not_posted(notifier, told, posted):
    """Nor what a screen reads as an address."""
    notifier.wake(told(question="Pay \u202eevil\u3002example\x00?"))
    assert "| Pay evil\u3002 example?\n" in posted()[0]


def test_the_event_is_one_that_the_bus_takes(told, envelope_of):
    assert Event.from_envelope(envelope_of(told())).type == "review.opened"
