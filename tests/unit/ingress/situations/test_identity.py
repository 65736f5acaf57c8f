"""Two happenings are two events, and one happening is one, by what its source declares to identify it."""

from typing import Any

import pytest

from functions.core.manifests.identity import DAY
from functions.core.platform.canonical import digest

OK, DUPLICATE = (200, ""), (200, "Duplicate")
REVOKED = {"action": "revoked", "sender": {"login": "octo-anna", "id": 5}}


def revoked(ingress, guid: str, **headers: str):
    return ingress.send("github", REVOKED, x_github_event="github_app_authorization", x_github_delivery=guid, **headers)


def test_equal_bodies_under_two_delivery_ids_of_github_are_two_events(ingress):
    assert [revoked(ingress, guid) for guid in ("guid-1", "guid-2", "guid-2")] == [OK, OK, DUPLICATE]
    ids = [event["id"] for event in ingress.events]
    assert ids == [f"github:{guid}/github_app_authorization" for guid in ("guid-1", "guid-2")]
    assert ingress.kept == {}


def test_one_happening_by_a_repositorys_webhook_and_an_apps_is_one_event(ingress):
    """GitHub gives both the same delivery id; the App's body has its installation too."""
    headers = {"x_github_event": "push", "x_github_delivery": "guid-1"}
    push = {"ref": "refs/heads/main", "repository": {"id": 1}}
    assert ingress.send("github", push, **headers) == OK
    assert ingress.send("github", {**push, "installation": {"id": 4242}}, **headers) == DUPLICATE
    assert len(ingress.events) == 1


def test_without_a_delivery_id_equal_bodies_are_copies_since_the_first(ingress):
    """Not by the clock: a minute before midnight and a minute after it are two minutes apart."""
    sent = {"locale": "fr"}
    how = {"x_shopify_topic": "locales/create", "x_shopify_shop_domain": "one.myshopify.com"}
    came, answers = ingress.clock.now, []
    for later in (0, DAY // 2, DAY - 1, DAY, DAY + DAY // 2, 2 * DAY - 1, 2 * DAY):
        ingress.clock.now = came + later
        answers.append(ingress.send("shopify", sent, **how))
    assert answers == [OK, DUPLICATE, DUPLICATE, OK, DUPLICATE, DUPLICATE, OK]
    assert len({event["id"] for event in ingress.events}) == 3


def test_a_retry_after_a_failure_is_the_same_happening(ingress, eventbridge, sqs, monkeypatch, client_error):
    """The time of its first copy is kept although nothing was published."""
    how = {"x_shopify_topic": "locales/create", "x_shopify_shop_domain": "one.myshopify.com"}

    def send(QueueUrl: str, **_: Any) -> None:
        if QueueUrl == "spill":
            raise client_error("ServiceUnavailable")

    eventbridge.refuses = "InternalFailure"
    monkeypatch.setattr(sqs, "send_message", send, raising=False)
    assert ingress.send("shopify", {"locale": "fr"}, **how) == (503, "TryAgain")
    came, eventbridge.refuses = int(ingress.clock.now), None
    ingress.clock.now += 600
    assert ingress.send("shopify", {"locale": "fr"}, **how) == OK
    (event,) = ingress.events
    assert event["id"].startswith("shopify:sha256/")
    assert f"/{came}" in event["id"]


SHOP = {"x_shopify_topic": "locales/create", "x_shopify_shop_domain": "one.myshopify.com"}


def test_a_copy_under_another_delivery_id_is_kept_and_on_record(ingress, logged):
    """Nothing vouches for the id, so it may be a replay; it may be a second happening too."""
    answers = [ingress.send("shopify", {"locale": "fr"}, **SHOP, x_shopify_webhook_id=id) for id in ("1", "1", "2")]
    assert answers == [OK, DUPLICATE, DUPLICATE]
    (key, kept) = next(iter(ingress.kept.items()))
    (event,) = ingress.events
    assert (kept["copy_of"], kept["delivery_id"], len(ingress.kept)) == (event["id"], "2", 1)
    assert key.startswith("unreadable/shopify/copy-")
    doubted = [record for record in ingress.records if record["kind"] == "doubted"]
    assert [(one["event"], one["resource"]) for one in doubted] == [(event["id"], f"s3://bodies/{key}")]
    assert doubted[0]["digests"] == {"body": digest(b'{"locale": "fr"}')}
    assert "although its delivery id differs" in logged()


def test_what_was_kept_as_a_copy_becomes_an_event_when_it_is_redriven(ingress):
    for id in ("1", "2", "3"):
        ingress.send("shopify", {"locale": "fr"}, **SHOP, x_shopify_webhook_id=id)
    for key in ingress.kept:
        assert ingress.redrive("shopify", key) == 1
    first, *others = [event["id"] for event in ingress.events]
    assert sorted(others) == [f"{first}/copy/2", f"{first}/copy/3"]
    assert ingress.kept == {}


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("jira", "x_atlassian_webhook_identifier"),
        ("linear", "linear_delivery"),
        ("razorpay", "x_razorpay_event_id"),
        ("sentry", "request_id"),
        ("shopify", "x_shopify_webhook_id"),
        ("zendesk", "x_zendesk_webhook_invocation_id"),
        ("gitlab", "idempotency_key"),
    ],
)
def test_every_source_with_an_unsigned_delivery_id_keeps_what_it_doubts(ingress, source, header):
    body = {"type": "a", "action": "b", "id": "1", "createdAt": "now", "webhookEvent": "c", "event": "d"}
    body |= {"account_id": "acc_1", "organizationId": "org-1"}
    if source == "gitlab":  # the older form, by its token
        token = "a-token-of-these-tests-only"
        answers = [
            ingress.post(
                source, b"{}", {"x-gitlab-token": token, "x-gitlab-event": "Push Hook", "idempotency-key": id}, token
            )
            for id in "12"
        ]
    else:
        answers = [ingress.send(source, body, **SHOP, sentry_hook_resource="issue", **{header: id}) for id in "12"]
    assert (answers, len(ingress.events), len(ingress.kept)) == ([OK, DUPLICATE], 1, 1)


CALL = {"AccountSid": "AC1", "CallSid": "CA1", "From": "+15550001", "To": "+15550002", "CallStatus": "in-progress"}
ABOUT = {"AccountSid": "AC1", "CallSid": "CA1"}
CALLBACKS = [
    {**CALL, "CallStatus": "ringing"},
    {**CALL, "Digits": "1", "msg": "Gather End"},
    {**CALL, "Digits": "7", "msg": "Gather End"},
    {**CALL, "SpeechResult": "cancel my order", "Confidence": "0.9"},
    {**ABOUT, "RecordingSid": "RE1", "RecordingStatus": "completed", "RecordingDuration": "12"},
    {**ABOUT, "AnsweredBy": "human", "MachineDetectionDuration": "1200"},
    {**ABOUT, "ConferenceSid": "CF1", "StatusCallbackEvent": "participant-join", "SequenceNumber": "1"},
    {"AccountSid": "AC1", "EventType": "onMessageAdded", "ConversationSid": "CH1", "MessageSid": "IM1", "Body": "hi"},
    {"AccountSid": "AC1", "Something": "new"},
]


def test_every_callback_of_one_call_is_an_event(ingress):
    """A ring, two gathers, speech, a recording, detection, a conference, a conversation, and what Twilio adds."""
    assert [ingress.send("twilio", one, form=True) for one in CALLBACKS] == [OK] * len(CALLBACKS)
    assert [ingress.send("twilio", one, form=True) for one in CALLBACKS] == [DUPLICATE] * len(CALLBACKS)
    types = [event["raw"]["type"] for event in ingress.events]
    assert types[4:] == ["completed", "human", "participant-join", "onMessageAdded", "untyped"]


def test_a_twilio_form_in_another_order_is_a_copy(ingress):
    """Its signature covers the sorted parameters, so who captured it can send them in any order."""
    assert ingress.send("twilio", CALL, form=True) == OK
    assert ingress.send("twilio", dict(reversed(CALL.items())), form=True) == DUPLICATE


def test_the_same_digit_twice_is_doubted_and_not_dropped(ingress):
    """Twilio's idempotency token differs, and nothing signs it."""
    gather = {**CALL, "Digits": "1"}
    answers = [ingress.send("twilio", gather, form=True, i_twilio_idempotency_token=id) for id in ("a", "a", "b")]
    assert (answers, len(ingress.kept)) == ([OK, DUPLICATE, DUPLICATE], 1)


def test_two_notifications_of_linear_at_one_moment_are_two_events(ingress):
    body = {"type": "AppUserNotification", "action": "issueMention", "createdAt": "now", "organizationId": "org-1"}
    assert [ingress.send("linear", {**body, "notification": {"id": id}}) for id in "121"] == [OK, OK, DUPLICATE]


def test_two_associations_of_hubspot_under_one_event_id_are_two_events(ingress):
    change = {"portalId": 33, "subscriptionId": 12, "eventId": 1, "occurredAt": 1_790_000_000_000}
    change |= {"subscriptionType": "contact.associationChange", "fromObjectId": 7, "associationRemoved": False}
    items = [
        {**change, "toObjectId": 8},
        {**change, "toObjectId": 9},
        {**change, "toObjectId": 9, "associationRemoved": True},
    ]
    assert ingress.send("hubspot", items) == OK
    assert len({event["id"] for event in ingress.events}) == 3


def test_an_item_of_sendgrid_without_its_id_is_identified_by_its_digest(ingress):
    """It comes again in another list, beside others, and is a copy there too; two equal ones in a list are two."""
    click = {"event": "group_unsubscribe", "email": "anna@example.test", "timestamp": 1_790_000_000}
    delivered = {"event": "delivered", "sg_event_id": "1", "timestamp": 1_790_000_000}
    assert ingress.send("sendgrid", [delivered, click]) == OK
    assert ingress.send("sendgrid", [{**delivered, "sg_event_id": "2"}, click]) == OK
    assert [event["raw"]["type"] for event in ingress.events] == ["delivered", "group_unsubscribe", "delivered"]
    assert ingress.send("sendgrid", [click, click]) == OK
    assert len({event["id"] for event in ingress.events}) == len(ingress.events) == 4


def test_a_false_event_name_does_not_use_up_the_claim_of_the_true_one(ingress):
    """GitHub's name, Sentry's resource and GitLab's event are headers, which nothing signs."""
    issue = {"action": "created", "installation": {"uuid": "u1"}}
    assert [ingress.send("sentry", issue, sentry_hook_resource=name) for name in ("lie", "issue", "issue")] == [
        OK,
        OK,
        DUPLICATE,
    ]
    assert [revoked(ingress, "guid-1"), revoked(ingress, "guid-1")] == [OK, DUPLICATE]
    headers = {"webhook_id": "msg_1"}
    answers = [
        ingress.send("gitlab", {}, x_gitlab_event=name, **headers) for name in ("Push Hook", "Push-Hook", "Push Hook")
    ]
    assert answers[:2] == [OK, OK]


def test_a_false_content_type_does_not_use_up_a_claim(ingress):
    """These bytes are a form and JSON."""
    body = b'{"event":{"type":"message"},"event_id":"Ev1","team_id":"T1","a":"b=c"}'
    answers = [
        ingress.send("slack", body, content_type=kind)
        for kind in ("application/x-www-form-urlencoded", "application/json")
    ]
    assert answers == [OK, OK]
    assert [event["raw"]["type"] for event in ingress.events] == ["untyped", "message"]
