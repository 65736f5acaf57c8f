"""What a translation makes of a fixture, field by field."""

import pytest

from functions.core.ingress.delivery import Translation
from hookline.testing import fixtures
from tests.unit.providers.translations.readings import read, translated

HEAD, BASE = "6dcb09b5b57875f334f61aebed695e2e4193db5e", "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c"
ASKED = "May we write to you about our products?"
# What is known of a person who said nothing.
UNKNOWN = dict.fromkeys(
    ("email", "address", "person", "meant", "full_name", "company", "size", "country", "product", "consent", "utm")
)
EXPECTED = {
    ("github", "pull_request_synchronize__from_a_fork"): Translation(
        "change.updated",
        "github:pull_request/1296Example/12",
        ["github:pull_request/1296Example/12", f"github:commit/1296Example/{HEAD}"],
        {
            "repository": "octo-Example/octo-repo",
            "repository_id": "1296Example",
            "number": 12,
            "title": "Retry the export when the network is slow",
            "text": "The nightly export gave up after one timeout. It now tries three times.",
            "author": "stranger",
            "draft": False,
            "fork": True,
            "head": HEAD,
            "replaces": "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c",
            "base": BASE,
            "base_branch": "main",
            "changed_files": 2,
            "changed_lines": 40,
            "action": "synchronize",
        },
    ),
    ("zendesk", "zen_event_type_ticket_comment_added__by_requester"): Translation(
        "ticket.updated",
        "zendesk:ticket/35Example",
        ["zendesk:ticket/35Example", "zendesk:user/8447Example"],
        {
            "ticket": "35Example",
            "change": "commented",
            "requester": "8447Example",
            "subject": "Charged twice",
            "text": "Any news about my money?",
            "author": "8447Example",
            "from_requester": True,
            "public": True,
            "channel": "web_service",
            "priority": "normal",
            "status": "open",
            "tags": ["billing", "card"],
            "author_role": "customer",
            "by_api": None,
            "previous_status": None,
            "merged_into": None,
        },
    ),
    ("intercom", "conversation_user_created__by_messenger"): Translation(
        "ticket.created",
        "intercom:conversation/2154Example",
        ["intercom:conversation/2154Example", "intercom:contact/667dExample"],
        {
            "ticket": "2154Example",
            "requester": "667dExample",
            "subject": "Cannot log in",
            "text": "Hello,\nI can't log in since yesterday.",
            "channel": "conversation",
            "priority": "normal",
            "status": "open",
            "tags": ["login"],
            "author_role": "customer",
            "by_api": None,
        },
    ),
    ("typeform", "form_response__demo_asked_for"): Translation(
        "lead.captured",
        "typeform:response/a3a12ec67a13Example",
        ["typeform:response/a3a12ec67a13Example", "person:email/ada@example.com", "person:mailbox/ada@example.com"],
        {
            **UNKNOWN,
            "lead": "a3a12ec67a13Example",
            "channel": "form",
            "origin": "lT4ZExample",
            "email": "ada@example.com",
            "address": "ada@example.com",
            "person": "ada@example.com",
            "size": "12",
            "answers": [
                {"question": "What do you need?", "answer": "A demo for our support team."},
                {"question": "Where can we write to you?", "answer": "ada@example.com"},
                {"question": "Which of these do you use?", "answer": "Zendesk, Slack"},
                {"question": "May we call you?", "answer": "yes"},
                {"question": "How many are you?", "answer": "12"},
            ],
            "form": "lT4ZExample",
            "submitted": "2026-09-21T13:33:20Z",
            "hidden": [{"name": "user_id", "value": "abc123456"}],
        },
    ),
    ("typeform", "form_response__lead"): Translation(
        "lead.captured",
        "typeform:response/b4b23fd78b24Example",
        [
            "typeform:response/b4b23fd78b24Example",
            "person:email/ada.example+forms@example.com",
            "person:mailbox/ada.example@example.com",
        ],
        {
            **UNKNOWN,
            "lead": "b4b23fd78b24Example",
            "channel": "form",
            "origin": "mX5ZExample",
            "email": "Ada.Example+forms@example.com",
            "address": "ada.example+forms@example.com",
            "person": "ada.example@example.com",
            "full_name": "Ada Lovelace",
            "company": "Analytical Engines",
            "size": "11-50",
            "country": "United Kingdom",
            "product": "analytics",
            "consent": {"given": True, "text": ASKED, "at": "2026-09-21T13:33:20Z"},
            "utm": {"source": "news", "medium": "email", "campaign": "autumn", "term": None, "content": None},
            "answers": [
                {"question": "What is your name?", "answer": "Ada Lovelace"},
                {"question": "Your address at work?", "answer": "Ada.Example+forms@example.com"},
                {"question": "Where do you work?", "answer": "Analytical Engines"},
                {"question": "How many are you?", "answer": "11-50"},
                {"question": "In which country?", "answer": "United Kingdom"},
                {"question": ASKED, "answer": "yes"},
            ],
            "form": "mX5ZExample",
            "submitted": "2026-09-21T13:33:20Z",
            "hidden": [
                {"name": "utm_source", "value": "news"},
                {"name": "utm_medium", "value": "email"},
                {"name": "utm_campaign", "value": "autumn"},
                {"name": "product", "value": "analytics"},
                {"name": "partner", "value": "acme"},
            ],
        },
    ),
    ("hubspot", "contact_propertychange__form"): Translation(
        "lead.captured",
        "hubspot:contact/5246Example",
        [
            "hubspot:contact/5246Example",
            "person:email/grace.example+demo@example.com",
            "person:mailbox/grace.example@example.com",
        ],
        {
            **UNKNOWN,
            "lead": "5246Example",
            "channel": "form",
            "origin": "FORM",
            "email": "Grace.Example+demo@example.com",
            "address": "grace.example+demo@example.com",
            "person": "grace.example@example.com",
            "answers": [],
            "form": None,
            "submitted": None,
            "hidden": [],
        },
    ),
    ("standard_webhooks", "trial_started__by_a_person"): Translation(
        "product.event",
        "standard_webhooks:trial/acc_2Example",
        [
            "standard_webhooks:trial/acc_2Example",
            "person:email/ada.example+trial@example.com",
            "person:mailbox/ada.example@example.com",
        ],
        {
            **UNKNOWN,
            "name": "trial.started",
            "subject": "acc_2Example",
            "email": "Ada.Example+trial@example.com",
            "address": "ada.example+trial@example.com",
            "person": "ada.example@example.com",
            "full_name": "Ada Lovelace",
            "company": "Analytical Engines",
            "size": "12",
            "country": "GB",
            "product": "analytics",
            "consent": {"given": True, "text": "Write to me about the product.", "at": "2026-09-21T13:33:10Z"},
            "utm": {"source": "news", "medium": "email", "campaign": "autumn", "term": None, "content": None},
            "plan": "team",
        },
    ),
    ("standard_webhooks", "trial_started__by_a_customer"): Translation(
        "product.event",
        "standard_webhooks:trial/acc_1Example",
        ["standard_webhooks:trial/acc_1Example"],
        {**UNKNOWN, "name": "trial.started", "subject": "acc_1Example", "plan": "team"},
    ),
    ("openai", "batch_expired__half_done"): Translation(
        "model.run.failed",
        "openai:batch/batch_6853Example",
        ["openai:batch/batch_6853Example"],
        {"run": "batch_6853Example", "kind": "batch", "ended": 1790000000, "reason": "expired"},
    ),
    ("stripe", "charge_dispute_created__fraudulent"): Translation(
        "payment.disputed",
        "stripe:dispute/du_Example",
        ["stripe:dispute/du_Example", "stripe:charge/ch_Example"],
        {
            "dispute": "du_Example",
            "charge": "ch_Example",
            "amount": 4200,
            "currency": "usd",
            "exponent": 2,
            "reason": "fraudulent",
            "status": "needs_response",
            "created": 1790000000,
            "due": 1790600000,
        },
    ),
}


@pytest.mark.parametrize(("source", "fixture"), EXPECTED)
def test_a_domain_event_says_exactly_what_its_delivery_said(source: str, fixture: str) -> None:
    assert translated(source, fixture) == [EXPECTED[source, fixture]]


def test_a_list_of_raw_events_is_as_many_translations() -> None:
    leads = translated("hubspot", "contact_creation__two_at_once")
    assert [lead.subject for lead in leads if lead] == ["hubspot:contact/1246Example", "hubspot:contact/2246Example"]
    assert [raw_event.id for raw_event in read(fixtures.load("hubspot", "contact_creation__two_at_once"))] == [
        "33/0-1/1246Example",
        "33/0-1/2246Example",
    ]


@pytest.mark.parametrize(
    ("fixture", "type"),
    [
        ("charge_failed__declined", "payment.failed"),
        ("charge_refunded__in_part", "payment.refunded"),
        ("radar_early_fraud_warning_created__stolen_card", "payment.suspected"),
        ("review_closed__approved", "payment.review_closed"),
        ("charge_succeeded__ordinary", "payment.succeeded"),
    ],
)
def test_what_a_fraud_agent_needs_of_stripe_is_translated(fixture: str, type: str) -> None:
    (translation,) = translated("stripe", fixture)
    assert translation and translation.type == type
    assert "stripe:charge/ch_Example" in translation.entities
