"""The support flow whole: deliveries of both desks in, notes, tags and refunds out, whatever is sent again or fails."""

from dataclasses import replace

import pytest

from functions.agents.technical_support import manifest as technical
from functions.core.authority.grants import unverified
from functions.core.gate import serve
from functions.core.gate.policy import Policy, policy_of
from functions.core.reviews.settling import LATE
from tests.unit.agents.support_account import SupportDesk
from tests.unit.agents.test_support_triage import ORDERS

ADA = "ada@example.com"
TWICE = "My card was charged twice for one order."
CRASH = "The app crashes when I open the settings page, error 500."
HOW = "How do I export my data to a spreadsheet?"
REFUSED = {"error": {"type": "invalid_request_error", "message": "This charge cannot be refunded now."}}
PUBLISHED = ("review.approved", "approval.reported", "review.settled", "refund.settled")


@pytest.fixture
def desk():
    """The account, which must have no dead letter at the end unless a test redrives them."""
    with SupportDesk() as made:
        yield made
        assert made.dead_letters == []


@pytest.fixture
def asked(desk):
    """A ticket of a confirmed customer who was charged twice: a person is asked about the second charge."""
    desk.customer(ADA)
    return desk.ticket(TWICE)


def test_a_ticket_that_is_delivered_three_times_gets_one_note(desk):
    """And its tags; nothing is sent to the customer."""
    ticket = desk.ticket(CRASH, copies=3)
    (note,) = desk.notes(ticket)
    assert note.startswith("Draft of a reply:")
    assert desk.tags(ticket) == ["intent_bug", "language_en", "mood_calm"]
    assert [one["data"]["state"] for one in desk.published("workflow.ended")] == ["completed"]
    assert not any(one["comment"]["public"] for one in desk.state("zendesk")["effects"])


def test_a_conversation_at_intercom_gets_one_note_and_its_tags(desk):
    """By the same desk."""
    chat = desk.chat(CRASH)
    (note,) = desk.notes(chat)
    assert note.startswith("<p>Draft of a reply:")
    tags = [one["tag"] for one in desk.state("intercom")["effects"] if one["kind"] == "conversation.tag"]
    assert tags == ["intent_bug", "language_en", "mood_calm"]


def test_a_ticket_that_gives_orders_goes_to_a_person_who_sees_why(desk):
    """Nothing is linked or refunded, though the requester is a confirmed customer."""
    desk.customer(ADA)
    ticket = desk.ticket(ORDERS)
    (note,) = desk.notes(ticket)
    assert "it gives orders to a machine" in note
    assert {"needs_person", "gives_orders"} <= set(desk.tags(ticket))
    assert (desk.refunds, desk.published("approval.required")) == ([], [])


def test_a_refund_that_is_approved_is_noted_once_whatever_comes_again(desk, asked):
    """The approval, the report, the outcome and its event are each replayed, and copied."""
    desk.decide("approve")
    for type in PUBLISHED:
        desk.again(type)
    assert desk.refunds == ["ch_2"]
    assert desk.notes(asked)[1:] == ["The refund of ch_2 was approved and made. Please answer the customer."]
    assert {"needs_person", "refund_done"} <= set(desk.tags(asked))
    desk.settle(LATE)  # when a report would be late
    assert [one["data"]["outcome"] for one in desk.published("review.settled")] == ["done"]


def test_the_outcomes_grant_is_that_of_the_question_and_never_the_charges(desk, asked):
    """The same entities, tree and end; the approval's, which names the charge, is no part of it."""
    desk.decide("approve")
    (question,), (settled,) = desk.published("approval.required"), desk.published("review.settled")
    before, after = unverified(question["grant"]), unverified(settled["grant"])
    assert replace(after, event=before.event) == before
    assert not any(entity.startswith("stripe:") for entity in after.entities)
    assert after.event == settled["id"]


def test_a_refund_that_is_denied_is_noted_once(desk, asked):
    """The note is the seventh step of the tree."""
    desk.decide("deny")
    desk.again("review.denied")
    assert (desk.refunds, len(desk.notes(asked))) == ([], 2)
    assert "was denied" in desk.notes(asked)[1]


def test_a_refund_that_stripe_refuses_is_noted_and_again_if_it_is_made_after_all(desk, asked):
    """The dead letter stays, and says the same; redriven, the refund is made and noted."""
    desk.fail("stripe", 400, REFUSED)
    desk.decide("approve")
    desk.again("review.settled")
    assert (desk.dead_letters, desk.refunds) == (["hookline-agent-billing_support"], [])
    (note,) = desk.notes(asked)[1:]
    assert note.startswith("The refund of ch_2 was approved, and was not made:")
    assert "refund_failed" in desk.tags(asked)
    desk.redrive("billing_support")
    assert desk.refunds == ["ch_2"]
    assert desk.notes(asked)[2:] == ["The refund of ch_2 was approved and made. Please answer the customer."]


def test_a_refund_whose_outcome_nobody_knows_is_noted_after_an_hour(desk, asked):
    """Stripe does not answer; what it does then is noted too."""
    desk.fail("stripe", 500, {}, times=1000)
    desk.decide("approve")
    desk.settle(LATE - 60)
    assert len(desk.notes(asked)) == 1
    desk.settle(120)
    (note,) = desk.notes(asked)[1:]
    assert "Whether it was made is not known" in note
    desk.again("review.settled")
    desk.recover("stripe")
    desk.settle(LATE)
    desk.redrive("billing_support")
    assert (desk.refunds, len(desk.notes(asked))) == (["ch_2"], 3)
    assert "approved and made" in desk.notes(asked)[2]


def test_a_person_is_asked_again_about_a_changed_charge_and_the_answer_is_noted(desk, asked):
    """The first approval leads to no refund, and to no note; the second decision is noted under the first's grant."""
    desk.change("ch_2", amount_refunded=100)
    desk.decide("approve")
    assert [one["data"]["outcome"] for one in desk.published("review.settled")] == ["asked_again"]
    assert (desk.refunds, len(desk.notes(asked)), len(desk.published("approval.required"))) == ([], 1, 2)
    desk.decide("deny")
    assert "was denied" in desk.notes(asked)[1]


@pytest.fixture
def public(monkeypatch):
    """Drafts of how_to are sent to the customer, as an operator may decide; the policy has no ban of it any more."""
    monkeypatch.setattr("functions.agents.technical_support.agent.PUBLIC", ("how_to",))
    ban = '@id("technical_support-sends-nothing-at-intercom")'
    with open(technical.__file__.replace("manifest.py", "policy.cedar"), encoding="utf-8") as file:
        allowed = Policy(file.read().partition(ban)[0])
    monkeypatch.setattr(serve, "policy_of", lambda agent: allowed if agent == "technical_support" else policy_of(agent))


@pytest.mark.parametrize(
    ("channel", "setting", "person"), [("conversation", False, False), ("email", True, False), ("email", False, True)]
)
def test_a_reply_that_intercom_only_stores_is_not_said_to_be_sent(desk, public, channel, setting, person):
    """An e-mail without the workspace's setting: a person has the case, and the note and the record say why."""
    desk.control("intercom", "settings", email_replies=setting)
    chat = desk.chat(HOW, channel=channel)
    reply, *notes = desk.notes(chat)
    assert "help centre" in reply
    (ended,) = desk.published("workflow.ended")
    tags = [one["tag"] for one in desk.state("intercom")["effects"] if one["kind"] == "conversation.tag"]
    assert ("needs_person" in tags, ended["data"]["state"] == "completed") == (person, not person)
    said = "Intercom stored the reply and did not send it: the workspace does not allow e-mail for replies of the API"
    assert [said in note for note in notes] == ([True] if person else [])
    assert (said in ended["data"]["reason"]) == person
