"""A review that waits, told in a Slack channel: notifier, gate and Slack's sandbox."""

import json
from dataclasses import replace

import pytest

from functions.api.agent import Done
from functions.core.authority.grants import check as check_grant
from functions.core.events.event import Event
from functions.core.reviews.announcement import announcement
from functions.core.reviews.opening import opened
from functions.providers.slack.sandbox import CHANNEL
from hookline.testing.kit import SANDBOX, error, in_turn
from hookline.testing.kit.kit import GRANT_KEY

ENTITY = f"slack:channel/{CHANNEL}"


@pytest.fixture
def told(make_question, make_proposal, make_grant, make_event, clock):
    """The event of a review that is asked for, as the review service announces it."""

    def make(parent=None, **asked):
        parent = parent or make_event(grant=make_grant("stripe:review/prv_Example", key=GRANT_KEY))
        question = make_question(parent, **{"proposal": make_proposal(key=GRANT_KEY), **asked})
        return announcement(opened(question, [GRANT_KEY], clock.now), GRANT_KEY, clock.now)

    return make


@pytest.fixture
def notifier(kit):
    return kit("notifier")


@pytest.fixture
def posted():
    """The texts in the channel of a kit."""

    def read(kit):
        state = kit.sandbox("slack").control("GET", "state", b"").body
        return [said["text"] for said in json.loads(state)["messages"]]

    return read


@pytest.fixture
def denial(kit, monkeypatch, told):
    """Wakes a notifier whose code does something else; returns why that is refused."""

    def wake(run, event=None, **given):
        monkeypatch.setattr("functions.agents.notifier.agent.run", run)
        result = kit("notifier", **given).wake(event or told())
        assert (result.status, result.effects) == ("dead-lettered", ())
        return result.reason

    return wake


def test_an_open_review_is_announced_in_the_channel_once(notifier, told, posted):
    """However often its event comes."""
    event = told(question="Approve this payment?")
    assert notifier.wake(event).outcomes == (Done("posted"),)
    notifier.wake(event)
    (text,) = posted(notifier)
    assert text.startswith("Agent fraud asks, in its own words:\n| Approve this payment?\n")
    assert f"hookline reviews show {event.data['review']}" in text


def test_no_message_holds_a_link_that_decides(notifier, told, posted):
    """A channel is read by many, and the agent that posts must not have anything to decide by."""
    event = told()
    notifier.wake(event)
    assert "http" not in posted(notifier)[0]
    assert "http" not in json.dumps(event.data)


def test_what_an_agent_asks_formats_nothing_and_calls_nobody(notifier, told, posted):
    """Its question may be text from outside."""
    notifier.wake(told(question="<!channel> & <https://evil.example|your bank>"))
    assert "&lt;!channel&gt; &amp; &lt;https: //evil. example|your bank&gt;" in posted(notifier)[0]


@pytest.mark.parametrize("fault", ["answer lost", "timeout"])
def test_a_message_with_an_unknown_outcome_is_in_the_channel_once_in_the_end(kit, told, posted, fault):
    """One that is there is found by the mark that people do not see, and one that is not is posted."""
    answers = {"slack.message.post": in_turn(error(fault), SANDBOX), "slack.message.list": SANDBOX}
    notifier = kit("notifier", answers=answers)
    result = notifier.wake(told())
    assert (result.status, result.tries, [one.times for one in result.effects]) == ("handled", 2, [1])
    assert len(posted(notifier)) == 1


def test_a_channel_that_slack_does_not_know_is_a_dead_letter_at_once(kit, told, posted):
    notifier = kit("notifier", destinations={"reviews": "slack:channel/C0NOBODY"})
    result = notifier.wake(told())
    assert (result.tries, result.reason) == (1, "PermanentError: slack answered channel_not_found")
    assert posted(notifier) == []


def test_an_unbound_destination_is_denied(kit, told):
    result = kit("notifier", destinations={"reviews": ""}).wake(told())
    assert result.reason == "Denied: destination reviews is not bound"


@pytest.mark.parametrize("channel", ["C0OTHER", "C0ALERTS"])
def test_the_notifier_posts_in_no_other_channel(denial, channel):
    """Its grant names no entity, so its own destination is all that it reaches."""
    why = denial(lambda event, tools: tools.slack.message_post(channel=channel, text="hello"))
    assert f"does not name slack:channel/{channel}" in why


def test_the_notifier_cannot_name_a_destination_that_it_does_not_declare(denial):
    why = denial(lambda event, tools: tools.slack.message_post(to="alerts", text="hello"))
    assert "agent notifier does not declare this destination" in why


def test_a_destination_beside_an_entity_is_refused(denial):
    why = denial(lambda event, tools: tools.slack.message_post(to="reviews", channel=CHANNEL, text="hello"))
    assert "not both" in why


def test_a_destination_without_a_good_grant_is_denied(denial, told, make_grant):
    """Signed with another key, it is nobody's."""
    event = told()
    forged = replace(event, grant=make_grant(event=event.id))
    why = denial(lambda event, tools: tools.slack.message_post(to="reviews", text="hello"), forged)
    assert why.startswith("Denied: ")


def test_the_record_names_the_destination(notifier, told):
    result = notifier.wake(told())
    (effected,) = [record for record in result.records if record["kind"] == "effected"]
    assert (effected["destination"], effected["resource"]) == ("reviews", ENTITY)


def test_the_grant_of_an_announcement_names_no_entity(told, make_question, clock):
    """An agent that announces a review cannot perform what it is about."""
    event = told()
    assert (event.entities, check_grant(event.grant, [GRANT_KEY], clock.now).entities) == ([], frozenset())
    assert event.grant != make_question().grant


def test_telling_is_a_tree_of_its_own(told, make_question):
    """What the asker's tree may still cost is not used up by it, and how it called its hops says nothing of it."""
    event = told()
    assert (event.correlationid, event.hops, event.causationid) == (event.id, 0, make_question().id)


def test_the_notifier_reads_no_channel(kit, told, monkeypatch):
    """The read-back is the gate's; the agent has only the operation that it declares."""
    monkeypatch.setattr(
        "functions.agents.notifier.agent.run", lambda event, tools: tools.slack.message_list(channel=CHANNEL)
    )
    result = kit("notifier").wake(told())
    assert (type(result.raised), result.reads) == (AttributeError, ())


def test_a_question_of_the_notifier_about_its_announcement_is_not_announced(told):
    """Otherwise a notifier that fails would be notified of its own question for ever, under any causation id."""
    event = told()
    assert told(parent=event, action=None, proposal="") is None
    assert told(parent=replace(event, id="stripe:evt_2"), action=None, proposal="") is None


def test_a_letter_that_turns_text_around_is_not_posted(notifier, told, posted):
    """Nor what a screen reads as an address."""
    notifier.wake(told(question="Pay \u202eevil\u3002example\x00?"))
    assert "| Pay evil\u3002 example?\n" in posted(notifier)[0]


def test_the_event_is_one_that_the_bus_takes(told, envelope_of):
    assert Event.from_envelope(envelope_of(told())).type == "review.opened"
