"""What follows a routed lead: the CRM, the alert, and the mail that somebody may get."""

import json
from types import SimpleNamespace

import pytest

from functions.agents.content_checker.check import objection
from functions.agents.content_writer.draft import by_rules
from functions.agents.lead_crm.texts import task_body
from functions.agents.lead_follow_up.agent import run
from functions.agents.lead_follow_up.blocks import BLOCKS, SUBJECTS
from functions.agents.lead_follow_up.mail import mail_of
from functions.agents.sales_alert.agent import alert
from functions.api.agent import PermanentError
from functions.events.lead_routing import FollowUpRequested, LeadRouted
from hookline.testing.kit import SANDBOX, error, event, in_turn, wake
from tests.hostile_texts import TEXT

LEAD, TASK = LeadRouted.example, FollowUpRequested.example
PERSON = ["typeform:response/a", "person:email/ada@example.com", "person:mailbox/ada@example.com"]
ENTITIES = {"entities": PERSON, "address": "ada@example.com"}
OWNERS = [{"id": "7", "email": "noah@example.com", "archived": False}, {"id": "8", "email": "sam@example.com"}]
KEPT = {
    "hubspot.owners.list": {"results": OWNERS},
    "hubspot.contact.upsert": {"results": [{"id": "51", "new": True}]},
    "hubspot.task.create": {"results": [{"id": "9", "new": True}]},
}
FREE = {
    "ses.suppression.read": {"suppressed": False},
    "ses.subscription.read": {"known": True, "unsubscribed_from_all": False, "topics": {}},
    "hubspot.consent.read": {"unsubscribed_from_all": False, "subscriptions": []},
}
ONE_KIND = {"unsubscribed_from_all": False, "subscriptions": [{"name": "News", "status": "UNSUBSCRIBED"}]}
DRAFT = json.dumps({"subject": "welcome", "blocks": ["hello", "general", "closing"], "name": "Ada"})


def ended_event(state="agreed", text=DRAFT):
    data = {"state": state, "result": {"proposal": {"text": text}}}
    return SimpleNamespace(type="workflow.ended", data=data, entities=PERSON)


def full_task(**changes):
    texts = {
        name: [{"id": id, "text": text} for id, text in of.items()]
        for name, of in (("subjects", SUBJECTS), ("blocks", BLOCKS))
    }
    return {**TASK, **texts, **changes}


def test_a_lead_is_posted_once_with_what_is_known():
    result = wake("sales_alert", event("lead.routed", known=["2 x payment succeeded"]))
    (effect,) = result.effects
    assert (effect.operation, effect.destination) == ("slack.message.post", "sales")
    text = effect.arguments["text"]
    assert text.startswith("New warm lead for mia@example.com (emea), score 55\n> Ada Lovelace, ")
    assert "Before: 2 x payment succeeded" in text


def test_of_two_forms_the_one_that_permits_it_leads_to_the_mail(kit):
    """Also if it joins a lead; and only one of them does."""
    follow_up = kit("lead_follow_up")
    silent = event("lead.routed", **ENTITIES, writable="no consent", consent=None)
    permits = event("lead.joined", **ENTITIES, lead="b")
    also = event("lead.joined", **ENTITIES, lead="c")
    assert [follow_up.wake(one).types for one in (silent, permits, also)] == [[], ["follow_up.requested"], []]


def test_what_a_lead_wrote_is_quoted_in_one_line():
    """Nobody can write a line of the alert's own, nor turn the text around."""
    text = alert({**LEAD, "said": f"{TEXT}\nNew hot lead for boss@example.com", "full_name": "a\nScore: 100"})
    assert [line.partition(" ")[0] for line in text.splitlines()] == ["New", ">", ">", "Score:", "Before:"]
    assert "\u202e" not in text


def test_an_alert_says_why_nobody_writes():
    text = alert({**LEAD, "writable": "no consent", "keeps": "77", "owners": []})
    assert text.splitlines()[0] == "New warm lead for owner 77 of the contact (emea), score 55"
    assert text.splitlines()[-1] == "No mail by itself: no consent"


def test_a_task_asks_about_an_address_that_looks_like_a_typo():
    body = task_body({**LEAD, "meant": "ada@gmail.com", "writable": "the domain looks like a typo"})
    assert "Did they mean ada@gmail.com?" in body
    assert "No mail goes out by itself: the domain looks like a typo." in body


def test_a_mail_is_asked_for_a_person_who_consented():
    result = wake("lead_follow_up", event("lead.routed", entities=PERSON))
    assert result.types == ["follow_up.requested"]
    assert [one["id"] for one in result.published[0].data["subjects"]] == [*SUBJECTS]


@pytest.mark.parametrize("why", ["no consent", "no address", "the domain looks like a typo"])
def test_no_mail_is_asked_for_anybody_else(why):
    result = wake("lead_follow_up", event("lead.routed", writable=why))
    assert (result.types, [one.why for one in result.outcomes]) == ([], [f"no mail: {why}"])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"ses.suppression.read": {"suppressed": True, "reason": "BOUNCE"}}, "the address is on the suppression list"),
        ({"ses.subscription.read": {"known": True, "unsubscribed_from_all": True}}, "they left the contact list"),
        (
            {"hubspot.consent.read": {"unsubscribed_from_all": True, "subscriptions": []}},
            "they unsubscribed in the CRM",
        ),
        ({"hubspot.consent.read": ONE_KIND}, "they unsubscribed in the CRM"),
    ],
)
def test_who_said_no_or_bounced_gets_no_mail(make_follow_up, answer, why):
    """It is read right before the mail would be sent."""
    tools = make_follow_up({**FREE, **answer})
    assert tools.run(ended_event()).why == f"no mail: {why}"
    assert tools.sent == []


def test_the_agreed_mail_is_sent_to_the_address_of_the_event(make_follow_up):
    tools = make_follow_up(FREE)
    assert tools.run(ended_event()).why == "sent"
    (mail,) = tools.sent
    assert (mail["to"], mail["recipient"], mail["subject"]) == ("sender", "ada@example.com", SUBJECTS["welcome"])
    assert mail["text"].startswith("Hello Ada,\n\n")


def test_without_an_agreement_nothing_is_read_or_sent(make_follow_up):
    tools = make_follow_up({})
    assert tools.run(ended_event("handed_to_person")).why == "no mail: the members did not agree (handed_to_person)"


@pytest.fixture
def make_follow_up():
    """The agent with answers by operation, and the mails that it sent."""

    def make(answers):
        sent = []
        ses = SimpleNamespace(
            suppression_read=lambda **_: answers["ses.suppression.read"],
            subscription_read=lambda **_: answers["ses.subscription.read"],
            email_send=lambda **given: sent.append(given),
        )
        hubspot = SimpleNamespace(consent_read=lambda **_: answers["hubspot.consent.read"])
        return SimpleNamespace(sent=sent, run=lambda event: run(event, SimpleNamespace(ses=ses, hubspot=hubspot)))

    return make


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "{}",
        "[]",
        json.dumps({"subject": "welcome", "blocks": ["hello", TEXT], "name": ""}),
        json.dumps({"subject": "welcome", "blocks": [], "name": ""}),
        json.dumps({"subject": "welcome", "blocks": ["hello"], "name": "http://evil.example"}),
        json.dumps({"subject": "welcome", "blocks": ["hello"], "name": "evil.example"}),
        json.dumps({"subject": "welcome", "blocks": [["hello"]], "name": "Ada"}),
        json.dumps({"subject": "welcome", "blocks": ["hello"], "name": "A" * 41}),
        "[" * 100_000,
    ],
)
def test_only_approved_texts_and_a_name_can_be_in_a_mail(text):
    with pytest.raises(PermanentError, match="no mail of approved blocks"):
        mail_of(text)


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        ({"subject": "welcome", "blocks": ["hello", "general", "closing"], "name": "Ada"}, ""),
        ({"subject": "welcome", "blocks": ["hello-nobody", "general", "closing"], "name": ""}, ""),
        ({"subject": "other", "blocks": ["hello", "general", "closing"], "name": "Ada"}, "subject is not an approved"),
        ({"subject": "welcome", "blocks": ["hello", "mine", "closing"], "name": "Ada"}, "block is not an approved"),
        ({"subject": "welcome", "blocks": ["hello", "closing"], "name": "Ada"}, "write 3 to 6 blocks"),
        ({"subject": "welcome", "blocks": ["general", "hello", "closing"], "name": "Ada"}, "begin with a greeting"),
        ({"subject": "welcome", "blocks": ["hello", "hello-nobody", "closing"], "name": "Ada"}, "one greeting"),
        ({"subject": "welcome", "blocks": ["hello", "general", "closing"], "name": ""}, "goes with a name"),
        ({"subject": "welcome", "blocks": ["hello", "general", "closing"], "name": "www.evil.example/x"}, "no name"),
        ({"subject": "welcome", "blocks": ["hello", "general", "closing"], "name": "evil.example"}, "no name"),
        ({"subject": "welcome", "blocks": ["hello", "general", "closing"], "name": "Eve"}, "not theirs"),
        ({"subject": "welcome", "blocks": "hello", "name": "Ada"}, "write ids as texts"),
        ({"subject": "welcome"}, "write a JSON object"),
    ],
)
def test_a_checker_objects_to_all_else(draft, found):
    said = objection(json.dumps(draft), full_task())
    assert (found in said) if found else said == ""


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "http://evil.example now", "evil.example", TEXT, "", None, "O’Neil", "Jean-Luc P."]
)
@pytest.mark.parametrize("product", ["analytics", "unknown", None])
def test_maker_and_checker_agree_within_two_proposals_on_any_lead(name, product):
    """A name that is none is objected to, and left out; the sender takes what they agree on."""
    task = full_task(full_name=name, product=product)
    first = by_rules(task, []).model_dump_json()
    if said := objection(first, task):
        first = by_rules(task, [{"member": "content_checker", "text": said}]).model_dump_json()
    assert objection(first, task) == ""
    assert mail_of(first).text.endswith("The team")


def agreed():
    result = {"proposal": {"text": DRAFT}, "best": None, "rounds": 1}
    return event("workflow.ended", manager="content_manager", state="agreed", result=result, entities=PERSON)


def test_the_gate_lets_the_agreed_mail_out_once_as_the_bound_sender():
    answers = {**FREE, "ses.email.send": {"message": "m1"}, "hubspot.consent.read": SANDBOX}
    result = wake("lead_follow_up", agreed(), answers=answers)
    assert [(one.operation, one.destination, one.times) for one in result.effects] == [("ses.email.send", "sender", 1)]
    assert result.effects[0].arguments["recipient"] == "ada@example.com"


def test_a_mail_whose_outcome_is_unknown_waits_for_a_person():
    """The event comes back, and a second answer would be there: nobody asks SES for it."""
    lost = in_turn(error("answer lost"), {"message": "a second mail"})
    answers = {**FREE, "ses.email.send": lost, "hubspot.consent.read": SANDBOX}
    result = wake("lead_follow_up", agreed(), answers=answers)
    (question,) = result.asked
    assert (question.action.operation, result.status, result.tries) == ("email.send", "handled", 2)
    assert len([one for one in result.records if (one["kind"], one["action"]) == ("attempted", "ses:email.send")]) == 1
    assert [one for one in result.records if (one["kind"], one["action"]) == ("effected", "ses:email.send")] == []


def test_the_crm_keeps_a_contact_and_one_task_and_what_joins_adds_no_task(kit):
    crm = kit("lead_crm")
    routed = crm.wake(event("lead.routed", **ENTITIES))
    joined = crm.wake(event("lead.joined", **ENTITIES))
    assert [one.operation for one in routed.effects] == ["hubspot.contact.upsert", "hubspot.task.create"]
    assert [one.operation for one in joined.effects] == ["hubspot.contact.upsert"]
    state = json.loads(crm.sandbox("hubspot").control("GET", "state", b"").body)
    assert len(state["tasks"]) == 1
    assert [one["properties"]["hubspot_owner_id"] for one in state["contacts"] if "ada@" in str(one)] == ["100"]
