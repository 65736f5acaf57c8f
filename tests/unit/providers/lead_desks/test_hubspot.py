"""HubSpot's connector: one contact and one task for a lead, and nothing that somebody wrote is overwritten."""

import pytest

from functions.core.gate.outbound import Busy
from functions.core.platform.errors import PermanentError
from functions.providers.hubspot.operations.provider import PORTAL
from functions.providers.hubspot.sandbox import account
from tests.unit.providers.lead_desks.conftest import KEY, Desk

ADA, GRACE = "ada@example.com", "grace@example.com"
TASK = {"subject": "Call Grace", "body": "She asked for a demo", "owner": "100", "due": 1_790_003_600}


def test_an_address_that_hubspot_does_not_know_is_an_answer(hubspot: Desk):
    assert hubspot.call("contact.find", email=GRACE) == {"found": False, "contact": None}
    found = hubspot.call("contact.find", email=ADA)
    assert found == {"found": True, "contact": {"id": "1001", "properties": {"email": ADA, "firstname": "Ada"}}}


def test_an_upsert_creates_a_contact_and_fills_what_is_empty(hubspot: Desk):
    """What a person or another form wrote stays, and so does the owner."""
    first = hubspot.call("contact.upsert", email=GRACE, said={"firstname": "Grace", "company": "Navy"}, owner="100")
    again = hubspot.call("contact.upsert", email=GRACE, said={"company": "Other", "country": "US"}, owner="101")
    assert (first["new"], again["new"], again["id"] == first["id"]) == (True, False, True)
    assert (first["wrote"][1], again["wrote"]) == ("email", ["country"])
    held = hubspot.call("contact.read", contact=first["id"])["properties"]
    assert {name: held[name] for name in ("company", "country", "hubspot_owner_id")} == {
        "company": "Navy",
        "country": "US",
        "hubspot_owner_id": "100",
    }


def test_a_secondary_address_does_not_become_the_main_one(hubspot: Desk):
    """HubSpot finds a contact by either."""
    hubspot.control("contacts", email=GRACE, properties={"hs_additional_emails": "grace@home.example"})
    filled = hubspot.call("contact.upsert", email="grace@home.example", said={"country": "US"})
    assert (filled["new"], filled["wrote"]) == (False, ["country"])
    held = hubspot.call("contact.read", contact=filled["id"])["properties"]
    assert (held["email"], held["country"]) == (GRACE, "US")
    assert hubspot.call("contact.upsert", email=GRACE, said={"country": "DE"})["wrote"] == []


def test_a_batch_that_fails_in_part_is_a_refusal_with_its_category(hubspot: Desk):
    """HubSpot answers 207, which is no error of HTTP."""
    hubspot.control("settings", half_failures=1)
    with pytest.raises(PermanentError, match="VALIDATION_ERROR"):
        hubspot.call("contact.upsert", email=GRACE, said={})
    assert hubspot.state()["effects"] == []


def test_one_key_makes_one_task_on_the_contacts_timeline(hubspot: Desk):
    made = [hubspot.call("task.create", email=ADA, **TASK) for _ in range(2)]
    assert [one["new"] for one in made] == [True, False]
    (task,) = hubspot.state()["tasks"]
    assert (task["contact"], task["properties"]["hookline_key"]) == ("1001", KEY)
    assert task["properties"]["hs_timestamp"] == "1790003600000"
    assert hubspot.call("contact_task.create", key="b2" * 32, contact="1001", **TASK)["new"]


@pytest.mark.parametrize("how", [{"email": ADA}, {"contact": "1001"}])
def test_a_contact_is_given_to_an_owner_by_its_address_or_its_id(hubspot: Desk, how):
    operation = "person.assign" if "email" in how else "contact.assign"
    assert hubspot.call(operation, owner="103", **how)["properties"] == {"hubspot_owner_id": "103"}


def test_a_person_who_unsubscribed_from_everything_is_told_from_the_others(hubspot: Desk):
    assert hubspot.call("consent.read", email=ADA)["unsubscribed_from_all"] is False
    hubspot.control("unsubscribe", email=ADA)
    read = hubspot.call("consent.read", email=ADA)
    assert (read["unsubscribed_from_all"], read["subscriptions"][0]["status"]) == (True, "UNSUBSCRIBED")
    assert hubspot.call("consent.read", email="ada+offer@example.com")["unsubscribed_from_all"] is True
    assert hubspot.call("consent.read", email="adam+offer@example.com")["unsubscribed_from_all"] is False


def test_the_owners_are_those_of_the_portal_that_the_operator_bound(hubspot: Desk):
    read = hubspot.call("owners.list", portal=str(account.PORTAL))
    assert [one["email"] for one in read["items"]][:2] == ["mia@example.com", "noah@example.com"]
    with pytest.raises(PermanentError, match="portal 44"):
        hubspot.call("owners.list", portal="44")


@pytest.mark.parametrize("operation", ["contact.find", "consent.read"])
def test_an_event_of_another_portal_is_refused_before_anything_is_asked(hubspot: Desk, operation):
    """The token would act on its own portal."""
    with pytest.raises(PermanentError, match="portal 44"):
        hubspot.call(operation, headers={PORTAL: "44"}, email=ADA)
    assert {call["path"] for call in hubspot.state()["calls"]} <= {"/account-info/v3/details"}
    assert hubspot.call(operation, headers={PORTAL: str(account.PORTAL)}, email=ADA)


def test_the_limit_of_requests_is_a_retry_in_ten_seconds(hubspot: Desk):
    hubspot.control("settings", requests_per_window=1)
    hubspot.call("contact.read", contact="1001")
    with pytest.raises(Busy):
        hubspot.call("contact.read", contact="1001")
    hubspot.clock[0] += 11
    assert hubspot.call("contact.read", contact="1001")["id"] == "1001"
