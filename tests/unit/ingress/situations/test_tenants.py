"""Whose account a delivery is about: entities are apart, and what is not expected is unmapped with the reason."""

import json
from typing import Any

import pytest

from functions.core.authority import grants
from functions.core.context.timeline import Entry, Timelines
from functions.core.events.catalogue import check, model_of
from functions.core.events.event import Event
from hookline.testing import fixtures

OK = (200, "")


def charge(**changes: Any) -> dict[str, Any]:
    """Stripe's event of a payment, with these members changed."""
    found: dict[str, Any] = json.loads(fixtures.load("stripe", "charge_succeeded__ordinary").fresh().body)
    return {**found, "livemode": True, **changes}


def entities(ingress) -> list[list[str]]:
    return [event["entities"] for event in ingress.events]


def test_the_same_contact_id_of_two_portals_is_two_contacts(ingress):
    creation = {"subscriptionId": 12, "eventId": 1, "occurredAt": 1_790_000_000_000, "objectId": 51}
    creation |= {"subscriptionType": "contact.creation", "changeSource": "CRM_UI"}
    for portal in (33, 44):
        assert ingress.send("hubspot", [{**creation, "portalId": portal}]) == OK
    assert entities(ingress) == [["hubspot:contact@33/51"], ["hubspot:contact@44/51"]]
    assert [event["subject"] for event in ingress.events] == ["hubspot:contact@33/51", "hubspot:contact@44/51"]


def test_equal_bytes_of_two_shops_are_two_events_each_with_its_shop(ingress):
    for shop in ("one.myshopify.com", "two.myshopify.com"):
        how = {"x_shopify_topic": "locales/create", "x_shopify_shop_domain": shop}
        assert ingress.send("shopify", {"locale": "fr"}, **how) == OK
    assert [event["data"]["tenant"] for event in ingress.events] == ["one.myshopify.com", "two.myshopify.com"]


def test_by_default_stripes_other_accounts_are_unmapped_and_modes_are_apart(ingress):
    """A Connect endpoint reports every connected account, and its live mode also test events."""
    for changes in ({}, {"account": "acct_9"}, {"livemode": False}):
        assert ingress.send("stripe", charge(**changes)) == OK
    types = [(event["type"], bool(event["entities"]), event["data"].get("reason")) for event in ingress.events]
    assert types == [
        ("payment.succeeded", True, None),
        ("stripe.unmapped", False, "account acct_9 is not expected: the setting 'expected' allows own, own.*"),
        ("payment.succeeded", True, None),
    ]
    assert set(ingress.events[0]["entities"]).isdisjoint(ingress.events[2]["entities"])
    for event in ingress.events:
        assert check(event["type"], event["data"]) == event["data"]


def test_expected_accounts_and_modes_have_entities_of_their_own(ingress, grant_key, clock):
    """The same ids in two of them never meet."""
    ingress.expected["stripe"] = ["own*", "acct_*"]
    sent = charge()
    for number, changes in enumerate(
        ({}, {"account": "acct_9"}, {"livemode": False}, {"account": "acct_9", "livemode": False})
    ):
        assert ingress.send("stripe", {**sent, "id": f"evt_{number}", **changes}) == OK
    charges = [event["subject"] for event in ingress.events]
    id = sent["data"]["object"]["id"]
    assert charges == [f"stripe:charge{tenant}/{id}" for tenant in ("", "@acct_9", "@own.test", "@acct_9.test")]
    granted = [grants.check(event["grant"], [grant_key], clock.now).entities for event in ingress.events]
    assert [sorted(one) for one in granted] == [sorted(one) for one in entities(ingress)]


def test_an_operator_can_leave_test_mode_out(ingress):
    ingress.expected["stripe"] = ["own"]
    assert ingress.send("stripe", charge(livemode=False)) == OK
    (event,) = ingress.events
    assert event["data"]["reason"] == "account own.test is not expected: the setting 'expected' allows own"


def test_where_credentials_are_of_test_mode_live_is_the_other_tenant(ingress):
    """The local stack, and a stage with test keys: a sum never holds both."""
    ingress.mode, ingress.expected["stripe"] = "test", ["*"]
    sent = charge()
    for number, live in enumerate((False, True)):
        assert ingress.send("stripe", {**sent, "id": f"evt_{number}", "livemode": live}) == OK
    id = sent["data"]["object"]["id"]
    assert [event["subject"] for event in ingress.events] == [f"stripe:charge/{id}", f"stripe:charge@own.live/{id}"]


def test_the_timelines_of_two_tenants_share_no_sum(ingress, dynamodb, table, clock):
    ingress.expected["stripe"] = ["*"]
    sent, timelines = charge(), Timelines(dynamodb, table("timelines"))
    for number, changes in enumerate(({}, {"account": "acct_9"}, {"livemode": False})):
        ingress.send("stripe", {**sent, "id": f"evt_{number}", **changes})
    for event in ingress.events:
        model = model_of(event["type"])
        for entity in event["entities"]:
            timelines.add(entity, Entry.of(Event(**event)), model.measures, model.facets, clock.now)
    for entity in [entity for named in entities(ingress) for entity in named]:
        assert timelines.read(entity, 10)["aggregates"]["count payment.succeeded"] == 1


def test_an_installation_of_a_github_app_changes_no_entity(ingress):
    """The ids of repositories are unique: a repository's webhook and an App's report the same pull request."""
    fixture = fixtures.load("github", "pull_request_opened__ordinary")
    body = json.loads(fixture.body)
    for guid, changes in (("1", {}), ("2", {"installation": {"id": 4242}})):
        ingress.send("github", {**body, **changes}, x_github_event="pull_request", x_github_delivery=guid)
    assert entities(ingress)[0] == entities(ingress)[1] != []


def test_a_delivery_that_names_no_tenant_is_unmapped(ingress):
    """With two of them behind one secret, it could be either's."""
    body = json.loads(fixtures.load("intercom", "conversation_user_created__by_messenger").body)
    assert ingress.send("intercom", {**body, "app_id": None}) == OK
    (event,) = ingress.events
    assert (event["type"], event["data"]["reason"]) == ("intercom.unmapped", "it names no workspace")


@pytest.mark.parametrize("name", ["a/b", "a@b", "a:b", "", " ", "x" * 101, "é", ["a"], True])
def test_a_tenants_name_that_could_name_another_entity_is_none(ingress, name):
    body = json.loads(fixtures.load("intercom", "conversation_user_created__by_messenger").body)
    assert ingress.send("intercom", {**body, "app_id": name}) == OK
    assert ingress.events[0]["entities"] == []


def test_metas_entries_of_several_accounts_are_of_none(ingress):
    """One delivery is one event there, so it can be of one account only."""
    for entries in ([{"id": "1"}, {"id": "1"}], [{"id": "1"}, {"id": "2"}]):
        assert ingress.send("meta", {"object": "page", "entry": entries}) == OK
    assert [event["data"]["tenant"] for event in ingress.events] == ["1", None]


def test_a_form_is_not_named_in_the_grant_of_a_response(ingress):
    """It holds the answers of everybody."""
    ingress.send("typeform", json.loads(fixtures.load("typeform", "form_response__demo_asked_for").body))
    named = {one.partition("/")[0] for one in entities(ingress)[0]}
    assert named == {"typeform:response", "person:email", "person:mailbox"}
