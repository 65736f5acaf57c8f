"""Leads whole in the kit: signed forms in, and what the sandboxes of Slack, HubSpot and SES hold in the end."""

import json
from collections import Counter

import pytest

from hookline.testing.kit import delivery, error, in_turn
from tests.declared import PROJECT

AGENTS = [name for name, agent in PROJECT.agents.items() if agent.flow == "leads"]
ADA = "1001"  # the contact that HubSpot's sandbox has from the start: ada@example.com
LATER = 600  # seconds, in which the members agree and the mail goes out


@pytest.fixture
def leads(kit):
    """All agents of the flow in one account."""
    return lambda **given: kit("lead_router", beside=AGENTS, **given)


def form(name="ada", ids="Form"):
    paths = {"form_response.answers.1.email": f"{name.title()}+Forms@example.com", "form_response.hidden.product": ""}
    return delivery("typeform", "form_response__lead", set=paths, ids=ids)


def trial(name="ada"):
    changes = {"data.email": f"{name.upper()}+trial@example.com"}
    return delivery("standard_webhooks", "trial_started__by_a_person", set=changes, ids="Trial")


def in_crm():
    """A form of HubSpot's own about Ada's contact, and beside it one that somebody imported."""
    return delivery("hubspot", "contact_creation__two_at_once", set={"0.objectId": int(ADA)}, ids="7")


def state(kit, sandbox):
    return json.loads(kit.sandbox(sandbox).control("GET", "state", b"").body)


def counts(kit):
    """The numbers of alerts, tasks and mails."""
    held = (("slack", "messages"), ("hubspot", "tasks"), ("ses", "mails"))
    return tuple(len(state(kit, sandbox)[name]) for sandbox, name in held)


def test_a_lead_of_each_source_leads_to_an_alert_a_task_and_a_mail(leads):
    """HubSpot names a contact only by its id, and no address to write to; an imported contact is no lead."""
    one = leads()
    result = one.wake(form("ben"), trial("cyd"), in_crm(), seconds=LATER)
    assert (result.status, counts(one), result.denials) == ("handled", (3, 3, 2), ())
    assert {one.times for one in result.effects} == {1}
    mails = {one["to"]: one["text"] for one in state(one, "ses")["mails"]}
    assert mails.keys() == {"ben+forms@example.com", "cyd+trial@example.com"}
    assert mails["ben+forms@example.com"].startswith("Hello Ada,\n\n"), "the name in the form"
    ended = [event.data["state"] for event in result.published if event.type == "workflow.ended"]
    assert ended == ["agreed", "agreed"], "maker and checker"


def test_one_person_by_three_forms_at_once_with_copies_is_one_lead(leads):
    """Of three sources; in the end there is one alert, one task and one mail."""
    one = leads()
    forms = [form(), trial(), in_crm()]
    result = one.wake(*forms, *forms, seconds=LATER)
    assert (result.status, counts(one)) == ("handled", (1, 1, 1))
    types = Counter({event.id: event.type for event in result.published}.values())
    assert (types["lead.routed"], types["lead.joined"], types["follow_up.requested"]) == (1, 2, 1)


def test_who_must_not_be_written_to_gets_everything_but_the_mail(leads):
    """They unsubscribed in the CRM, their mailbox bounced, or they left the contact list, under the address itself."""
    one = leads()
    no = {"ben": ("hubspot", "unsubscribe"), "cyd": ("ses", "suppressed"), "dan": ("ses", "left")}
    for name, (provider, control) in no.items():
        one.sandbox(provider).control("POST", control, json.dumps({"email": f"{name}@example.com"}).encode())
    assert one.wake(*(form(name, name) for name in no), seconds=LATER).status == "handled"
    assert counts(one) == (3, 3, 0)


def test_a_mail_with_a_lost_answer_is_a_question_and_no_second_mail(leads):
    """Also after a day; what else the lead leads to has happened."""
    free = {"ses.suppression.read": {"suppressed": False}, "ses.subscription.read": {"unsubscribed_from_all": False}}
    one = leads(answers={**free, "ses.email.send": in_turn(error("answer lost"), {"message": "a second mail"})})
    result = one.wake(form(), seconds=LATER)
    later = one.move_time(24 * 3600)
    told = [one for one in (*result.records, *later.records) if one["identity"] == "connector.ses"]
    sent = [one["kind"] for one in told if one["action"] == "ses:email.send"]
    assert (sent.count("attempted"), sent.count("asked"), sent.count("effected")) == (1, 1, 0)
    assert (len(result.asked), counts(one)[:2]) == (1, (1, 1))


@pytest.mark.parametrize(("when", "at"), [("before", "put_events"), ("after", "hubspot.task.create")])
def test_a_death_in_the_flow_leaves_one_of_each(leads, when, at):
    one = leads()
    one.crash(**{when: at})
    assert one.wake(form(), seconds=LATER).status == "handled"
    assert counts(one) == (1, 1, 1)
