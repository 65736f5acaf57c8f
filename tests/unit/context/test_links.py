"""Links: which customer has a confirmed address, by verified events; whatever is missing or ambiguous is no link."""

import json
from dataclasses import replace

import pytest

from functions.core.authority.mailboxes import digest_of
from functions.core.authority.vouchers import Confirmation
from functions.core.context.following import follow
from functions.core.context.link_rules import Rules
from functions.core.context.links import MOST_HOLDERS, Links
from functions.core.context.projector import Projector
from functions.core.context.timeline import KEEP_SECONDS, Timelines
from functions.core.platform.errors import ConfigurationError
from tests.unit.fakes import NOW

USER, CUSTOMER = "zendesk:user/7", "stripe:customer/cus_1"
ADA = digest_of("ada@example.com")
RULES = Rules.read(
    json.dumps(
        {
            "zendesk:user": {
                "to": "stripe:customer",
                "with": ["stripe:charge"],
                "operations": ["stripe:charge.retrieve"],
            }
        }
    )
)


@pytest.fixture
def links(dynamodb, table) -> Links:
    return Links(dynamodb, table("timelines"))


@pytest.fixture
def project(links, make_event, make_grant, make_audit, clock, grant_key):
    """Projects an event about a customer or a payment, as the context service does."""
    projector = Projector(Timelines(links.dynamodb, links.table), links, [grant_key], make_audit(), clock)

    def project(type: str, *entities: str, source: str = "webhook.stripe", time: str = "", **data: object) -> None:
        event = make_event(data) if type == "payment.succeeded" else make_event()
        told = dict(event.data) if type == "payment.succeeded" else {"deleted": False, **data}
        name = f"{type} {entities} {source} {time} {sorted(data.items())}"
        made = replace(
            event,
            id=f"stripe:{name}" if source.startswith("webhook.") else f"{source}:{type}:{name}",
            type=type,
            source=source,
            subject=entities[0],
            entities=list(entities),
            time=time or "2026-09-21T13:33:21Z",
            correlationid="stripe:evt_1",
            grant=make_grant(*entities),
            data=told,
        )
        projector(made)

    return project


def followed(links: Links, *addresses: str, entity: str = USER, now: float = NOW, rules: Rules = RULES):
    """What the link of `entity` leads to, whose addresses a provider confirms."""
    return follow(entity, Confirmation(entity, [digest_of(one) for one in addresses]), rules, links, now)


def test_a_confirmed_address_leads_to_the_customer_and_their_charges(links, project):
    """The customer has the address by a signed event, and its charges were named together with it by others."""
    project("customer.updated", CUSTOMER, customer="cus_1", email="Ada@Example.com")
    project("payment.succeeded", "stripe:charge/ch_1", CUSTOMER, charge="ch_1", customer="cus_1")
    project("payment.succeeded", "stripe:charge/ch_2", "stripe:customer/cus_2", charge="ch_2", customer="cus_2")
    found = followed(links, "ada@example.com")
    assert list(found.extension.entities) == [CUSTOMER, "stripe:charge/ch_1"]
    assert list(found.extension.operations) == ["stripe:charge.retrieve"]
    assert found.extension.entity == USER


def test_an_unconfirmed_requester_has_no_link_and_the_reason_says_so(links, project):
    """Whatever address the customer has: the provider confirms none of the requester's, or was not asked."""
    project("customer.updated", CUSTOMER, customer="cus_1", email="ada@example.com")
    assert followed(links).why == f"the provider confirms no address of {USER}"
    assert follow(USER, None, RULES, links, NOW).why == f"no connector has confirmed an address of {USER}"
    other = Confirmation("zendesk:user/8", [ADA])
    assert follow(USER, other, RULES, links, NOW).extension is None


def test_an_agents_event_says_nothing_about_whose_an_address_is(links, project):
    """Its data is its own word, also where its grant names the customer."""
    project("customer.updated", CUSTOMER, source="agent.fraud", customer="cus_1", email="ada@example.com")
    assert followed(links, "ada@example.com").extension is None


def test_an_agents_event_adds_no_entities_to_what_a_link_leads_to(links, project):
    """Only what sources named together comes with a customer."""
    project("customer.updated", CUSTOMER, customer="cus_1", email="ada@example.com")
    project("payment.succeeded", "stripe:charge/ch_9", CUSTOMER, source="agent.fraud", customer="cus_1")
    assert list(followed(links, "ada@example.com").extension.entities) == [CUSTOMER]


def test_two_customers_with_the_address_are_no_link(links, project):
    """Which of them the requester is, nobody has confirmed."""
    for number in (1, 2):
        project("customer.updated", f"stripe:customer/cus_{number}", customer=f"cus_{number}", email="ada@example.com")
    found = followed(links, "ada@example.com")
    assert (found.extension, found.why) == (None, f"2 of stripe:customer have the confirmed address of {USER}")


def test_two_confirmed_addresses_of_two_customers_are_no_link(links, project):
    """The requester could be either."""
    project("customer.updated", CUSTOMER, customer="cus_1", email="ada@example.com")
    project("customer.updated", "stripe:customer/cus_2", customer="cus_2", email="ada@work.example")
    assert followed(links, "ada@example.com", "ada@work.example").extension is None
    assert followed(links, "ada@example.com", "ada@home.example").extension is not None


def test_more_customers_than_are_looked_at_are_no_link(links):
    """Also if most of them have another address by now."""
    for number in range(MOST_HOLDERS + 1):
        links.keep(f"stripe:customer/cus_{number}", ADA, "2026-09-21T12:00:00Z", NOW)
    for number in range(1, MOST_HOLDERS + 1):
        links.keep(f"stripe:customer/cus_{number}", "", "2026-09-21T13:00:00Z", NOW)
    assert followed(links, "ada@example.com").extension is None


@pytest.mark.parametrize("later_first", [False, True])
def test_an_address_that_moved_links_nothing_in_any_order(links, project, later_first):
    """The customer's newest address counts, whenever its event arrives."""
    moves = [("12:00:00", "ada@example.com"), ("13:00:00", "eve@example.com")]
    for time, email in reversed(moves) if later_first else moves:
        project("customer.updated", CUSTOMER, time=f"2026-09-21T{time}Z", customer="cus_1", email=email)
    assert followed(links, "ada@example.com").extension is None
    assert followed(links, "eve@example.com").extension is not None


def test_two_addresses_of_one_moment_are_no_address(links, project):
    """Which is the later one is not known."""
    for email in ("ada@example.com", "eve@example.com"):
        project("customer.updated", CUSTOMER, customer="cus_1", email=email)
    assert [followed(links, one).extension for one in ("ada@example.com", "eve@example.com")] == [None, None]


def test_a_deleted_customer_is_no_link(links, project):
    """The deletion is a later event without an address."""
    project("customer.updated", CUSTOMER, customer="cus_1", email="ada@example.com")
    later = "2026-09-22T00:00:00Z"
    project("customer.updated", CUSTOMER, time=later, customer="cus_1", email=None, deleted=True)
    assert followed(links, "ada@example.com").extension is None


def test_a_link_expires(links, project):
    """Also while DynamoDB has not deleted the item yet."""
    project("customer.updated", CUSTOMER, customer="cus_1", email="ada@example.com")
    assert followed(links, "ada@example.com", now=NOW + KEEP_SECONDS - 1).extension is not None
    assert followed(links, "ada@example.com", now=NOW + KEEP_SECONDS + 1).extension is None


def test_a_link_stays_within_the_tenants_of_its_rule(links, project):
    """A connected account's customer with the address is another one, and so are its charges."""
    project("customer.updated", "stripe:customer@acct_1/cus_1", customer="cus_1", email="ada@example.com")
    assert followed(links, "ada@example.com").extension is None
    project("customer.updated", CUSTOMER, customer="cus_1", email="ada@example.com")
    project("payment.succeeded", "stripe:charge@acct_1/ch_1", CUSTOMER, charge="ch_1", customer="cus_1")
    assert list(followed(links, "ada@example.com").extension.entities) == [CUSTOMER]
    assert followed(links, "ada@example.com", entity="zendesk:user@other/7").extension is None


def test_without_a_rule_of_the_settings_there_is_no_link(links, project):
    """The settings of a deployment allow none unless they say so."""
    project("customer.updated", CUSTOMER, customer="cus_1", email="ada@example.com")
    found = followed(links, "ada@example.com", rules=Rules.read(""))
    assert (found.extension, found.why) == (None, "the settings allow no link from zendesk:user")


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"a:b": 1}', '{"a:b": {"to": "c:d"}}', '{"a:b": {"to": 1, "operations": []}}']
)
def test_rules_that_cannot_be_read_are_a_configuration_error(text):
    """A connector does not start with a part of its rules."""
    with pytest.raises(ConfigurationError, match="links that the settings allow"):
        Rules.read(text)


@pytest.mark.parametrize(
    "address",
    [None, 7, "", "ada", "ada@", "@example.com", "ada@example.com ", "a da@example.com", "ada@exämple.com",
     "\u212Aate@example.com", "ada@example.com\n", "ada@x@example.com", f"{'a' * 65}@example.com", "a" * 300],
)  # fmt: skip
def test_what_is_no_plain_address_has_no_digest(address):
    """Letters that look like others, blanks and ends of lines make no address equal to another."""
    assert digest_of(address) == ""


def test_only_the_case_of_an_address_is_ignored():
    """A plus-address is another address."""
    assert digest_of("ADA@example.COM") == ADA
    assert len({ADA, digest_of("ada+1@example.com"), digest_of("a.da@example.com")}) == 3
