"""What is genuine is taken: without a type, as a form, large, or beside a bad item in a list."""

import json

import pytest

from functions.core.ingress.outbox import RAW_LIMIT
from hookline.testing import fixtures

OK, UNREADABLE = (200, ""), (400, "UnreadableBody")


def types(ingress) -> list[tuple[str, str]]:
    return [(event["type"], event["raw"]["type"]) for event in ingress.events]


@pytest.mark.parametrize(
    ("source", "body", "raw_type"),
    [
        ("standard_webhooks", {"data": {"id": "x"}}, "untyped"),
        ("standard_webhooks", {"type": {}, "data": {}}, "untyped"),
        ("sentry", {"data": {}, "installation": {"uuid": "u"}}, "issue"),
        ("linear", {"type": "Issue", "action": "create", "createdAt": "now", "organizationId": "o"}, "Issue.create"),
        ("stripe", {"id": "evt_1", "type": None}, "untyped"),
        ("openai", {}, "untyped"),
        ("mailgun", {"event-data": {}}, "untyped"),
        ("zoom", {"payload": {"account_id": "a"}}, "untyped"),
        ("jira", {"timestamp": 1}, "untyped"),
        ("meta", {"entry": [{"id": "1"}]}, "untyped"),
    ],
)
def test_what_has_no_type_is_unmapped(ingress, source, body, raw_type):
    headers = {"sentry_hook_resource": "issue"} if source == "sentry" else {}
    assert ingress.send(source, body, **headers) == OK
    assert types(ingress) == [(f"{source}.unmapped", raw_type)]


def test_githubs_form_is_read_as_the_json_in_it(ingress):
    """The content type that GitHub proposes for a new webhook."""
    fixture = fixtures.load("github", "pull_request_opened__ordinary")
    body = {"payload": fixture.body}
    assert ingress.send("github", body, form=True, x_github_event="pull_request", x_github_delivery="guid-1") == OK
    (event,) = ingress.events
    assert (event["type"], event["raw"]["body"]) == ("change.proposed", json.loads(fixture.body))


def test_githubs_ping_as_a_form_is_answered(ingress):
    body = {"payload": json.dumps({"zen": "Keep it logically awesome.", "hook_id": 1})}
    assert ingress.send("github", body, form=True, x_github_event="ping") == OK
    assert ingress.events == []


@pytest.mark.parametrize("payload", ["{", "[1", "no json"])
def test_a_form_whose_payload_is_not_json_is_set_aside(ingress, payload):
    assert ingress.send("github", {"payload": payload}, form=True, x_github_event="push") == UNREADABLE
    assert len(ingress.kept) == 1


COMMAND = {
    "token": "hush",
    "team_id": "T1",
    "command": "/deploy",
    "text": "now",
    "user_id": "U1",
    "response_url": "https://hooks.slack.test/hush",
    "trigger_id": "13.1",
}
PRESSED = {
    "type": "block_actions",
    "token": "hush",
    "team": {"id": "T1"},
    "trigger_id": "13.2",
    "response_url": "https://hooks.slack.test/hush",
    "actions": [{"action_id": "approve"}],
}


def test_slacks_commands_and_buttons_are_events_without_what_lets_others_post(ingress):
    assert ingress.send("slack", COMMAND, form=True) == OK
    assert ingress.send("slack", {"payload": json.dumps(PRESSED)}, form=True) == OK
    assert types(ingress) == [("slack.unmapped", "/deploy"), ("slack.unmapped", "block_actions")]
    assert [event["id"] for event in ingress.events] == ["slack:13.1", "slack:13.2"]
    assert [event["data"]["tenant"] for event in ingress.events] == ["T1", "T1"]
    assert "hush" not in json.dumps(ingress.events)


def test_slacks_check_of_a_commands_address_is_answered(ingress):
    assert ingress.send("slack", {"token": "abc", "ssl_check": "1"}, form=True) == OK
    assert ingress.events == []


def test_an_unreadable_item_of_hubspots_list_holds_no_other(ingress):
    made = {"portalId": 33, "subscriptionId": 12, "occurredAt": 1_790_000_000_000, "changeSource": "CRM_UI"}
    made |= {"subscriptionType": "contact.creation"}
    items = [{**made, "eventId": id, "objectId": object} for id, object in ((1, 900), (2, None), (3, 902))]
    strange = {**made, "eventId": 4, "objectId": 903, "subscriptionType": "object.creation"}
    assert ingress.send("hubspot", [*items, strange]) == OK
    assert [event["subject"] for event in ingress.events] == ["hubspot:contact@33/900", "hubspot:contact@33/902"]
    assert sorted(kept["reason"] for kept in ingress.kept.values()) == [
        "objectId is not a name of 1 to 256 characters",
        "objectTypeId is not a name of 1 to 256 characters",
    ]


def test_a_body_that_a_person_typed_into_a_zendesk_trigger_is_set_aside(ingress):
    """It has no id: two of them could not be told apart."""
    for body in (b"Ticket 12 was solved", b'{"ticket": "12"}'):
        assert ingress.send("zendesk", body) == UNREADABLE
    assert len(ingress.kept) == 2


def test_a_product_of_two_thousand_variants_is_an_event(ingress):
    """1.35 MB: the raw body travels by reference."""
    body = {"id": 1, "variants": [{"id": number, "title": "x" * 620} for number in range(2048)]}
    how = {"x_shopify_topic": "products/update", "x_shopify_shop_domain": "one.myshopify.com"}
    assert ingress.send("shopify", body, **how) == OK
    assert "ref" in ingress.events[0]["raw"]


@pytest.mark.parametrize(("letter", "answers"), [("あ", 11), ("あ", 18), ("a", 50)], ids=["266 KB", "430 KB", "400 KB"])
def test_length_alone_refuses_no_form(ingress, letter, answers, eventbridge):
    """In bytes of UTF-8: eleven answers in Japanese are not more than fifty in English."""
    body = json.loads(fixtures.load("typeform", "form_response__demo_asked_for").body)
    fields = [{"id": f"q{number}", "title": "q" * 480} for number in range(answers)]
    given = [{"type": "text", "text": letter * 8000, "field": {"id": field["id"]}} for field in fields]
    body["form_response"] |= {"definition": {"fields": fields}, "answers": given}
    assert ingress.send("typeform", json.dumps(body, ensure_ascii=False).encode()) == OK
    (event,) = ingress.events
    assert (event["type"], len(event["data"]["answers"])) == ("lead.captured", answers)
    assert len(eventbridge.batches[0][0]["Detail"].encode()) < 1_000_000


@pytest.mark.parametrize(("letter", "answers"), [("あ", 50), ("\U0001f4a3", 50), ("\0", 50)], ids=["あ", "bomb", "NUL"])
def test_a_form_over_the_limit_of_an_event_loses_only_the_ends_of_its_texts(ingress, letter, answers):
    """The raw body, which is kept aside, has all of it."""
    body = json.loads(fixtures.load("typeform", "form_response__demo_asked_for").body)
    fields = [{"id": f"q{number}", "title": "q"} for number in range(answers)]
    given = [{"type": "text", "text": letter * 8000, "field": {"id": field["id"]}} for field in fields]
    body["form_response"] |= {"definition": {"fields": fields}, "answers": given}
    assert ingress.send("typeform", json.dumps(body, ensure_ascii=False).encode()) == OK
    (event,) = ingress.events
    assert len(event["data"]["answers"]) == answers
    assert {len(answer["answer"].encode()) >= 498 for answer in event["data"]["answers"]} == {True}
    assert event["data"]["lead"] == body["form_response"]["token"]
    assert "ref" in event["raw"]


def test_an_item_twice_in_one_list_is_one_event_at_the_first_try(ingress):
    """Its claim is of the same delivery, and holds back nothing."""
    item = json.loads(fixtures.load("hubspot", "contact_creation__two_at_once").body)[0]
    other = {**item, "objectId": 77, "eventId": 78}
    assert ingress.send("hubspot", json.dumps([item, item, other, item]).encode()) == OK
    assert len(ingress.events) == 2


def test_a_credential_anywhere_in_a_body_reaches_no_event(ingress):
    """Slack sends some of them inside of an event."""
    inner = {"type": "function_executed", "bot_access_token": "xwfb-hush", "view": [{"response_urls": ["hush"]}]}
    body = {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": inner}
    assert ingress.send("slack", json.dumps(body).encode()) == OK
    (event,) = ingress.events
    assert event["raw"]["body"]["event"] == {"type": "function_executed", "view": [{}]}


def test_a_raw_body_is_measured_in_bytes(ingress):
    """Two bytes a letter: it is over the limit with half as many."""
    body = {"id": "evt_1", "type": "a.b", "text": "é" * (RAW_LIMIT // 2)}
    assert ingress.send("stripe", json.dumps(body, ensure_ascii=False).encode()) == OK
    assert "ref" in ingress.events[0]["raw"]


def test_a_compressed_body_that_the_gateway_changed_is_415_before_its_signature(ingress):
    """As a mismatch it would look like a wrong secret."""
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert ingress.post("stripe", b"no gzip any more", headers) == (415, "UnknownEncoding")


@pytest.mark.parametrize("headers", [{}, {"x-anything": "1"}])
def test_intercoms_head_is_answered_and_tells_nothing(ingress, headers):
    """It asks whether the address exists before it signs anything."""
    assert ingress.post("intercom", b"", headers, method="HEAD") == OK
    assert ingress.post("intercom", b"", headers)[0] == 401
    assert ingress.events == []
