"""Zendesk's connector: one request for an update, which meets no other one unseen and is found again by its key."""

import base64

import pytest

from functions.api.sandbox import Request
from functions.core.gate.credentials import authorization, check_credential
from functions.core.gate.outbound import Busy, Refused
from functions.core.platform.errors import ConfigurationError, PermanentError, RetryableError
from functions.providers.zendesk.connector import MANIFEST
from functions.providers.zendesk.operations.tickets import Collision, changes
from functions.providers.zendesk.sandbox.account import AGENT, CUSTOMER, TICKET
from functions.providers.zendesk.sandbox.provider import SANDBOX_OAUTH, SANDBOX_TOKEN, Zendesk
from tests.unit.providers.support_desks.conftest import KEY, Desk

T = str(TICKET)
UPDATES = f"/api/v2/tickets/{T}"


def test_a_ticket_is_read_without_its_envelope(zendesk: Desk):
    """The agent gets the declared fields."""
    read = zendesk.call("ticket.read", ticket=T)
    assert (read["id"], read["status"], read["requester_id"], read["via"]) == (
        TICKET,
        "new",
        CUSTOMER,
        {"channel": "web"},
    )
    assert "generated_timestamp" not in read


def test_one_update_is_one_request_with_all_that_changes(zendesk: Desk):
    """The tags that the ticket has stay, and its audit has the ledger's key."""
    zendesk.control(f"tickets/{T}", action="comment", text="Again.")
    zendesk.call("ticket.update", ticket=T, additional_tags=["vip"])
    zendesk.clock[0] += 1
    changes = {"comment": "Looking into it.", "priority": "high", "status": "pending", "assignee_id": str(AGENT)}
    made = zendesk.call("ticket.update", ticket=T, additional_tags=["billing"], remove_tags=["none"], **changes)
    assert zendesk.calls("PUT") == [UPDATES] * 2
    assert (made["tags"], made["priority"], made["status"], made["assignee_id"]) == (
        ["billing", "vip"],
        "high",
        "pending",
        AGENT,
    )
    assert zendesk.state()["audits"][-1]["metadata"]["custom"] == {"hookline": KEY}


@pytest.mark.parametrize(("given", "public"), [({}, False), ({"public": False}, False), ({"public": True}, True)])
def test_a_comment_is_an_internal_note_unless_it_is_said_to_be_public(zendesk: Desk, given, public):
    """Zendesk's own default is a reply to the customer."""
    zendesk.call("ticket.update", ticket=T, comment="Hello.", **given)
    assert zendesk.state()["comments"][-1]["public"] is public


def test_an_update_is_refused_if_the_ticket_changed_since_the_agent_read_it(zendesk: Desk):
    """No update is spent on it, and the agent decides again."""
    stamp = zendesk.call("ticket.read", ticket=T)["updated_at"]
    zendesk.clock[0] += 5
    zendesk.control(f"tickets/{T}", action="comment", text="Never mind.")
    with pytest.raises(Collision) as raised:
        zendesk.call("ticket.update", ticket=T, comment="Hello.", updated_stamp=stamp)
    assert isinstance(raised.value, RetryableError)
    assert zendesk.calls("PUT") == []


def test_an_update_that_meets_another_one_reads_the_ticket_again(zendesk: Desk):
    """Zendesk answers 409 to a safe update of a ticket that changed a moment ago."""
    zendesk.control("settings", conflicts=1)
    zendesk.call("ticket.update", ticket=T, additional_tags=["vip"])
    assert [call["status"] for call in zendesk.state()["calls"] if call["method"] == "PUT"] == [409, 200]
    zendesk.control("settings", conflicts=2)
    with pytest.raises(Busy, match="409"):
        zendesk.call("ticket.update", ticket=T, additional_tags=["late"])
    assert zendesk.state()["tickets"][0]["tags"] == ["vip"]


def test_an_update_that_meets_a_customers_change_is_a_collision(zendesk: Desk):
    """The agent's stamp is not replaced by a newer one."""
    stamp = zendesk.call("ticket.read", ticket=T)["updated_at"]
    zendesk.control("settings", conflicts=1)
    with pytest.raises(Collision):
        zendesk.call("ticket.update", ticket=T, comment="Hello.", updated_stamp=stamp)
    assert zendesk.state()["effects"] == []


def test_an_update_is_found_again_by_its_key_and_no_other(zendesk: Desk):
    """Whether or not it wrote a comment."""
    assert zendesk.found("ticket.update", ticket=T) is None
    zendesk.call("ticket.update", ticket=T, priority="low")
    assert zendesk.found("ticket.update", ticket=T)["author_id"] == AGENT
    assert zendesk.found("ticket.update", key="b2" * 32, ticket=T) is None


def test_the_accounts_limit_of_updates_says_when_to_come_back(zendesk: Desk):
    """A hundred a minute, and reads are not counted."""
    zendesk.control("settings", updates_per_minute=1)
    zendesk.call("ticket.update", ticket=T, priority="low")
    zendesk.clock[0] += 20
    with pytest.raises(Busy) as raised:
        zendesk.call("ticket.update", ticket=T, priority="high")
    assert raised.value.retry_after == 40
    zendesk.clock[0] += 41
    assert zendesk.call("ticket.update", ticket=T, priority="high")["priority"] == "high"


def test_a_closed_ticket_is_refused_without_a_request_to_change_it(zendesk: Desk):
    """Nothing reopens it."""
    zendesk.control(f"tickets/{T}", action="status", status="closed")
    with pytest.raises(PermanentError, match="closed"):
        zendesk.call("ticket.update", ticket=T, comment="Hello.")
    assert zendesk.calls("PUT") == []


def test_tags_that_cannot_be_read_are_not_replaced():
    """Zendesk's `tags` replaces all of them."""
    ticket = {"status": "open", "updated_at": "2026-09-21T13:33:20Z", "tags": None}
    with pytest.raises(RetryableError, match="would be lost"):
        changes({"additional_tags": ["vip"]}, ticket, KEY)


def test_a_tag_is_added_once_and_removed_however_it_is_written():
    """Zendesk keeps tags in small letters."""
    ticket = {"status": "open", "updated_at": "2026-09-21T13:33:20Z", "tags": ["vip", "billing"]}
    assert changes({"additional_tags": ["Billing", "New"], "remove_tags": ["VIP"]}, ticket, KEY)["tags"] == [
        "billing",
        "new",
    ]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("{{ticket.comments_formatted}}", "{ {ticket.comments_formatted}}"),
        ("{% if a %}", "{ % if a %}"),
        ("a {b} c", "a {b} c"),
    ],
)
def test_a_comment_fills_in_no_placeholder(text, sent):
    """One could show a customer the internal notes."""
    ticket = {"status": "open", "updated_at": "2026-09-21T13:33:20Z", "tags": []}
    assert changes({"comment": text}, ticket, KEY)["comment"]["body"] == sent


def test_an_update_that_changes_nothing_is_refused(zendesk: Desk):
    """An empty comment is none."""
    with pytest.raises(PermanentError, match="changes nothing"):
        zendesk.call("ticket.update", ticket=T, comment="  ")


def test_a_refusal_has_zendesks_error_code_and_nothing_that_people_wrote(zendesk: Desk):
    """Its description stays out of logs."""
    with pytest.raises(Refused) as raised:
        zendesk.call("ticket.update", ticket=T, assignee_id=str(CUSTOMER))
    assert str(raised.value) == "zendesk answered 422: RecordInvalid"
    with pytest.raises(Refused, match="404: RecordNotFound"):
        zendesk.call("ticket.read", ticket="1")


def test_comments_are_read_to_the_last_page(zendesk: Desk):
    """A page has a hundred, and Zendesk's last page has a cursor too."""
    for number in range(120):
        zendesk.control(f"tickets/{T}", action="comment", text=f"{number}", trusted=number > 0)
    read = zendesk.call("comments.read", ticket=T)
    assert (len(read["items"]), read["complete"]) == (121, True)
    assert len([path for path in zendesk.calls("GET") if path.endswith("/comments")]) == 2
    assert [one["metadata"].get("trusted") for one in read["items"][:3]] == [None, False, None]
    assert read["items"][1]["plain_body"] == "0"


@pytest.mark.parametrize(("verified", "found"), [(True, ["grace@example.com"]), (False, [])])
def test_a_users_confirmed_addresses_are_told_from_the_others(zendesk: Desk, verified, found):
    """An address that nobody confirmed links to nothing."""
    who = zendesk.control("tickets", text="Hi.", email="Grace@example.com", name="Grace", verified=verified)[
        "requester"
    ]
    read = zendesk.call("user.read", user=str(who))
    assert (read["verified_emails"], read["complete"], read["role"]) == (found, True, "end-user")
    assert [one["verified"] for one in read["identities"]] == [verified]


def test_a_suspended_user_has_no_confirmed_address(zendesk: Desk):
    """Zendesk suspends those whom it takes for spammers."""
    zendesk.sandbox.users[CUSTOMER]["suspended"] = True
    assert zendesk.call("user.read", user=str(CUSTOMER))["verified_emails"] == []


@pytest.mark.parametrize(
    ("secret", "sent"),
    [
        ("me@acme.test/token:key", f"Basic {base64.b64encode(b'me@acme.test/token:key').decode()}"),
        ("oauth-token", "Bearer oauth-token"),
    ],
)
def test_an_api_token_and_an_oauth_token_are_each_presented_as_zendesk_takes_them(secret, sent):
    """A secret without a colon is an OAuth token."""
    check_credential(MANIFEST, secret)
    assert authorization(MANIFEST.credential, secret) == {"Authorization": sent}


@pytest.mark.parametrize("secret", ["two words", ":key", "tök"])
def test_what_is_neither_token_is_refused_when_it_is_set(secret):
    """And is not quoted."""
    with pytest.raises(ConfigurationError, match="a token without a colon") as raised:
        check_credential(MANIFEST, secret)
    assert secret not in str(raised.value)


@pytest.mark.parametrize(("sent", "status"), [("", 401), ("Bearer x", 401), (f"Bearer {SANDBOX_OAUTH}", 200)])
def test_the_sandbox_takes_its_own_tokens_alone(clock, sent, status):
    """As Zendesk does."""
    request = Request("GET", UPDATES, headers={"authorization": sent})
    assert Zendesk(clock).handle(request).status == status
    assert SANDBOX_TOKEN.partition(":")[0].endswith("/token")
