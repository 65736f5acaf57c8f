"""The support desk's agents: what they look up, write and propose, and what a customer's words cannot make them do."""

import json
from dataclasses import replace

import pytest

from functions.providers.intercom.sandbox.account import TEAM
from hookline.testing.kit import Kit, event, wake

LINKS = {
    "zendesk:user": {
        "to": "stripe:customer",
        "with": ["stripe:charge"],
        "operations": ["context:timeline.read", "stripe:charge.retrieve", "stripe:refund.create"],
    }
}
ADA = "ada@shop.example.com"
TWICE = "My card was charged twice for one order."
FACTS = [{"member": "support_triage", "text": text} for text in ("intent=payment_problem", "language=en")]


def charge(id: str, created: int, **changes: object) -> dict:
    """A paid charge, as Stripe's sandbox keeps it."""
    made = {"id": id, "object": "charge", "amount": 4200, "amount_captured": 4200, "amount_refunded": 0}
    made |= {"currency": "usd", "created": created, "customer": "cus_1", "paid": True, "captured": True}
    return {**made, "refunded": False, "disputed": False, "status": "succeeded", **changes}


def assigned(ticket: int, requester: int, agent: str = "billing_support", facts: object = FACTS, **payload: object):
    """The desk's task about a ticket."""
    task = {"ticket": str(ticket), "requester": str(requester), "subject": None, "text": TWICE, "channel": "web"}
    about = {"task": {**task, "first": True}, "trail": [], "facts": facts, "may_hand_to": ["person"], **payload}
    return event(
        "task.assigned",
        publisher="agent.support_desk",
        entities=[f"zendesk:ticket/{ticket}", f"zendesk:user/{requester}"],
        agent=agent,
        manager="support_desk",
        payload=about,
    )


@pytest.fixture
def billing():
    """Opens the desk of a customer with two charges of one amount, and a ticket of theirs; returns both."""

    def opened(links: object = LINKS, email: str = ADA, **ticket: object) -> tuple[Kit, dict]:
        past = [event("customer.updated", publisher="webhook.stripe", customer="cus_1", email=email)]
        past += [
            event("payment.succeeded", publisher="webhook.stripe", charge=one, customer="cus_1")
            for one in ("ch_1", "ch_2")
        ]
        kit = Kit("billing_support", past=past, links=links)
        charges = [charge("ch_1", 1000), charge("ch_2", 1060)]
        kit.sandbox("stripe").control("POST", "charges", json.dumps(charges).encode())
        made = kit.sandbox("zendesk").control(
            "POST", "tickets", json.dumps({"text": TWICE, "email": ADA, **ticket}).encode()
        )
        return kit, json.loads(made.body)

    return opened


def kinds(result, kind: str) -> list[str]:
    """The reasons of the records of a kind."""
    return [one["reason"] for one in result.records if one["kind"] == kind]


def test_a_refund_for_a_confirmed_requester_waits_for_a_person_and_happens_once(billing):
    """The later of two charges of one amount. The extension and its uses are on record."""
    kit, made = billing()
    with kit:
        result = kit.wake(assigned(made["ticket"], made["requester"]))
        assert result.status == "handled", result
        assert [one.operation for one in result.effects] == ["zendesk.ticket.update"]
        assert "stripe:customer/cus_1" in result.effects[0].arguments["comment"].replace("[.]", ".")
        assert result.types == ["approval.required", "refund.proposed", "task.reported"] or set(result.types) >= {
            "refund.proposed",
            "task.reported",
        }
        assert len(kinds(result, "extended")) == 1
        assert kinds(result, "linked")
        approved = kit.approve(result)
        assert [one.operation for one in approved.effects] == ["stripe.refund.create"]
        refunds = json.loads(kit.sandbox("stripe").control("GET", "state", b"").body)["refunds"]
        listed = refunds.values() if isinstance(refunds, dict) else refunds
        assert [one["charge"] for one in listed] == ["ch_2"]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"verified": False, "email": "other@example.com"}, "the provider confirms no address"),
        ({"email": "eve@example.com"}, "no stripe:customer has the confirmed address"),
    ],
)
def test_a_requester_who_is_not_the_confirmed_customer_gets_no_look_up(billing, how, why):
    """The ticket gets its note, no charge is read, nothing is proposed, and the reason is on record."""
    kit, made = billing(**{"email": ADA}) if "email" not in how else billing()
    ticket = json.loads(
        kit.sandbox("zendesk")
        .control("POST", "tickets", json.dumps({"text": f"I am {ADA}. {TWICE}", **how}).encode())
        .body
    )
    with kit:
        result = kit.wake(assigned(ticket["ticket"], ticket["requester"]))
        assert result.status == "handled", result
        assert why in kinds(result, "unlinked")[0]
        assert not kinds(result, "linked")
        assert result.types == ["task.reported"]
        assert "not known" in result.effects[0].arguments["comment"]


def test_a_sender_whom_zendesk_doubts_gets_no_look_up(billing):
    """A confirmed address is no proof of who wrote."""
    kit, made = billing()
    said = {"action": "comment", "text": "Please refund it.", "trusted": False, "channel": "email"}
    kit.sandbox("zendesk").control("POST", f"tickets/{made['ticket']}", json.dumps(said).encode())
    with kit:
        result = kit.wake(assigned(made["ticket"], made["requester"]))
        assert not kinds(result, "extended")
        assert "Zendesk doubts" in result.effects[0].arguments["comment"]


def test_without_the_operators_setting_there_is_no_look_up(billing):
    """Which is what a deployment has unless its operator says otherwise."""
    kit, made = billing(links={})
    with kit:
        result = kit.wake(assigned(made["ticket"], made["requester"]))
        assert kinds(result, "unlinked") == ["the settings allow no link from zendesk:user"]
        assert result.types == ["task.reported"]


def test_a_message_that_joins_after_the_note_goes_to_a_person(billing):
    """One event leads to one update by each member: the second answer is not written over the first."""
    kit, made = billing()
    with kit:
        first = kit.wake(assigned(made["ticket"], made["requester"]))
        news = [{"subject": None, "text": "It was order 4711."}]
        again = assigned(made["ticket"], made["requester"], news=news, another_attempt={})
        again = replace(
            first.event, id=f"{first.event.id}2", data=first.event.data | {"payload": again.changes["payload"]}
        )
        second = kit.wake(again)
    assert second.published[0].data["content"]["to"] == "person"
    assert not second.effects


def test_technical_support_writes_one_note_with_tags(billing):
    """Never a reply to the customer unless its settings and its policy say so."""
    facts = [{"member": "support_triage", "text": text} for text in ("intent=bug", "language=de", "urgency=high")]
    kit = Kit("technical_support")
    made = json.loads(kit.sandbox("zendesk").control("POST", "tickets", b'{"text": "Fehler"}').body)
    with kit:
        result = kit.wake(assigned(made["ticket"], made["requester"], agent="technical_support", facts=facts))
        (update,) = result.effects
        assert update.arguments["additional_tags"] == ["intent_bug", "language_de", "mood_calm"]
        assert (update.arguments["priority"], "public" in update.arguments) == ("high", False)
        assert result.published[0].data["content"]["says"] == "done"


def test_labels_of_another_member_than_triage_count_for_nothing():
    """A specialist hands a case on; its words are no labels."""
    facts = [{"member": "account_support", "text": "intent=bug"}]
    result = wake("technical_support", assigned(1, 7, agent="technical_support", facts=facts))
    assert result.published[0].data["content"]["to"] == "person"
    assert not result.effects


@pytest.mark.parametrize("state", ["handed_to_person", "expired", "stalled"])
def test_the_clerk_writes_one_summary_for_a_person(state):
    """A case that the desk did not finish."""
    kit = Kit("support_clerk")
    made = json.loads(kit.sandbox("zendesk").control("POST", "tickets", b'{"text": "Bonjour"}').body)
    told = event(
        "workflow.ended",
        publisher="agent.support_desk",
        entities=[f"zendesk:ticket/{made['ticket']}", f"zendesk:user/{made['requester']}"],
        manager="support_desk",
        state=state,
        reason="no specialist speaks its language (fr)",
        result={"trail": [], "facts": [{"member": "support_triage", "text": "language=fr"}]},
    )
    with kit:
        (update,) = kit.wake(told).effects
    assert update.arguments["additional_tags"] == ["needs_person", "intent_unsure", "language_fr", "mood_calm"]


@pytest.mark.parametrize("state", ["completed", "superseded", "cancelled"])
def test_the_clerk_leaves_finished_cases_alone(state):
    """The specialist has written, or the ticket is over."""
    told = event("workflow.ended", publisher="agent.support_desk", manager="support_desk", state=state, result={})
    assert not wake("support_clerk", told).effects


def ticket(type: str = "ticket.updated", **changes: object):
    """An event of a ticket at Zendesk."""
    return event(type, publisher="webhook.zendesk", **changes)


@pytest.mark.parametrize(
    ("happens", "publishes"),
    [
        (ticket("ticket.created"), ["case.message"]),
        (ticket("ticket.created", author_role="agent"), []),
        (ticket("ticket.created", subject="Automatic reply: Re: your order"), []),
        (ticket("ticket.created", subject="AW: Abwesenheitsnotiz"), []),
        (ticket(), ["case.message"]),
        (ticket(from_requester=False, author_role="agent", by_api=True), []),
        (ticket(from_requester=None), []),
        (ticket(public=False), []),
        (ticket(text="Out of office until Monday"), []),
        (ticket(text="Fuera de la oficina"), []),
        (ticket(change="tags", text=None), []),
        (ticket(change="assigned", text=None), []),
        (ticket(change="status", text=None, status="solved"), ["case.closed"]),
        (ticket(change="status", text=None, status="open", previous_status="solved"), []),
        (ticket(change="merged", text=None, merged_into="2"), ["case.closed"]),
        (ticket(change="spam", text=None), ["case.closed"]),
        (ticket(change="deleted", text=None), ["case.closed"]),
        (ticket(change="undeleted", text=None), []),
    ],
)
def test_only_a_customers_message_opens_a_case_and_only_the_tickets_end_closes_it(happens, publishes):
    """Own notes, replies of staff, automatic replies and changes wake nobody further."""
    assert wake("support_intake", happens).types == publishes


def test_a_long_message_fits_a_case():
    """A run's task has a limit in bytes of JSON, in which a letter can have twelve."""
    (case,) = wake("support_intake", ticket("ticket.created", text="💥" * 5000)).published
    assert len(json.dumps(case.data)) < 6000


@pytest.mark.parametrize(("ticket", "said"), [("77", True), ("76", False)])
def test_a_further_note_says_that_there_is_an_earlier_one(ticket, said):
    """A message after the note opens a case of its own. A note of another ticket of the customer is none."""
    ended = event(
        "workflow.ended",
        publisher="agent.support_desk",
        entities=[f"zendesk:ticket/{ticket}", "zendesk:user/7"],
        manager="support_desk",
        state="completed",
        result={"result": "noted: bug"},
    )
    kit = Kit("technical_support", past=[ended])
    kit.sandbox("zendesk").control("POST", "tickets", json.dumps({"ticket": 77, "requester": 7}).encode())
    facts = [{"member": "support_triage", "text": "intent=bug"}]
    with kit:
        (update,) = kit.wake(assigned(77, 7, agent="technical_support", facts=facts)).effects
    assert ("earlier notes of this ticket: noted: bug" in update.arguments["comment"]) is said


def test_at_intercom_the_clerk_sets_all_tags_and_assigns_to_the_team(monkeypatch):
    """Its API has no priority, so that is a tag."""
    monkeypatch.setattr("functions.agents.support_clerk.agent.TEAMS", {"": TEAM})
    told = event(
        "workflow.ended",
        publisher="agent.support_desk",
        entities=["intercom:conversation@sandbox1/1295", "intercom:contact@sandbox1/c1"],
        manager="support_desk",
        state="handed_to_person",
        reason="it is not clear what the customer wants",
        result={"facts": [{"member": "support_triage", "text": "urgency=high"}]},
    )
    kit = Kit("support_clerk")
    kit.sandbox("intercom").control("POST", "conversations", b'{"conversation": "1295", "contact": "c1"}')
    with kit:
        result = kit.wake(told)
    note, tag, assign = result.effects
    assert [tag.arguments["name"], *tag.arguments["more"]] == [
        "needs_person",
        "intent_unsure",
        "language_unknown",
        "mood_calm",
        "priority_high",
    ]
    assert (assign.arguments["type"], assign.arguments["assignee_id"]) == ("team", TEAM)
