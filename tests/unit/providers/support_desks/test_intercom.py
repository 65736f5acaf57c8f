"""Intercom's connector: it writes as the token's teammate, in the delivery's workspace, and says what was sent."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.gate import effects
from functions.core.gate.authority import for_tenant
from functions.core.gate.outbound import Busy, Refused
from functions.core.manifests.tenant import scoped
from functions.core.platform.errors import RetryableError
from functions.providers.intercom.connector import MANIFEST
from functions.providers.intercom.operations import conversations, marks
from functions.providers.intercom.sandbox.account import ADMIN, CONTACT, CONVERSATION, TEAM, TEAMMATE, WORKSPACE
from tests.unit.providers.support_desks.conftest import KEY, Desk

REPLY = {"body": "Try again, please.", "message_type": "comment"}


def test_a_conversation_is_read_as_text_with_its_parts(intercom: Desk):
    """Each says whose it is."""
    intercom.control(f"conversations/{CONVERSATION}", action="reply", text="Hello?\n<b>Anybody</b>?")
    read = intercom.call("conversation.read", conversation=CONVERSATION)
    assert (read["contacts"], read["state"], read["complete"]) == ([CONTACT], "open", True)
    assert read["source"]["body"] == "I can't log in since yesterday."
    (part,) = read["parts"]
    assert (part["body"], part["own"], part["hookline"]) == ("Hello?\n<b>Anybody</b>?", False, None)
    assert part["author"]["type"] == "user"


def test_a_reply_is_sent_as_the_tokens_teammate_and_its_text_is_no_markup(intercom: Desk):
    """Its answer is the message as the conversation has it afterwards."""
    made = intercom.call("conversation.reply", conversation=CONVERSATION, **{**REPLY, "body": "<b>1 & 2</b>\nBye"})
    assert (made["own"], made["delivered"], made["author"]["id"]) == (True, True, ADMIN)
    assert made["body"] == f"<b>1 & 2</b>\nBye\nRef: {KEY[:16]}"
    assert intercom.state()["parts"][-1]["body"].startswith("<p>&lt;b&gt;1 &amp; 2&lt;/b&gt;</p><p>Bye</p>")


@pytest.mark.parametrize(("setting", "delivered"), [(False, False), (True, True)])
def test_a_reply_to_an_email_that_intercom_only_stores_is_not_delivered(intercom: Desk, setting, delivered):
    """Intercom answers 200 to both; a setting of the workspace decides."""
    intercom.control("settings", email_replies=setting)
    began = intercom.control("conversations", text="Hi.", subject="Help", channel="email")["conversation"]
    made = intercom.call("conversation.reply", conversation=began, **REPLY)
    assert made["delivered"] is delivered
    assert intercom.found("conversation.reply", conversation=began)["delivered"] is delivered


def test_a_note_is_delivered_to_nobody(intercom: Desk):
    """So it has no `delivered`."""
    made = intercom.call("conversation.reply", conversation=CONVERSATION, body="Ask Bo.", message_type="note")
    assert (made["part_type"], made["delivered"]) == ("note", None)


@pytest.mark.parametrize(
    ("part", "channel", "said"),
    [
        ({"part_type": "comment", "notified_at": 1}, "email", None),
        ({"part_type": "comment", "notified_at": 1, "email_message_metadata": {}}, "email", None),
        ({"part_type": "comment", "notified_at": 1, "email_message_metadata": {"subject": "Re"}}, "email", True),
        ({"part_type": "comment", "notified_at": None}, "conversation", False),
        ({"part_type": "comment"}, "email", False),
    ],
)
def test_delivered_is_unknown_unless_intercom_says_so(part, channel, said):
    """A time of notification alone does not say that an e-mail left."""
    assert conversations.delivered(part, channel) is said


def test_a_reply_whose_read_fails_is_written_and_its_delivery_unknown(intercom: Desk, monkeypatch):
    """An error after the effect must not make it look undone."""
    monkeypatch.setattr(conversations, "described", _fails)
    made = intercom.call("conversation.reply", conversation=CONVERSATION, **REPLY)
    assert made == {"hookline": KEY[:16], "delivered": None}
    assert len(intercom.state()["effects"]) == 1


def _fails(*_: object) -> None:
    raise RetryableError("late")


def test_a_reply_is_found_again_by_its_reference_and_no_other(intercom: Desk):
    """Whatever the agent's text was the second time."""
    assert intercom.found("conversation.reply", conversation=CONVERSATION) is None
    intercom.call("conversation.reply", conversation=CONVERSATION, **REPLY)
    assert intercom.found("conversation.reply", conversation=CONVERSATION)["own"] is True
    assert intercom.found("conversation.reply", key="b2" * 32, conversation=CONVERSATION) is None


def test_a_reference_that_a_customer_copies_proves_nothing(intercom: Desk):
    """It counts in what the token's own teammate wrote."""
    intercom.control(f"conversations/{CONVERSATION}", action="reply", text=f"As you said: Ref: {KEY[:16]}")
    assert intercom.found("conversation.reply", conversation=CONVERSATION) is None


def test_a_conversation_with_more_parts_than_are_read_is_not_taken_for_whole(intercom: Desk):
    """Intercom gives the newest 500."""
    account = intercom.sandbox
    for _ in range(501):
        account.part(CONVERSATION, "comment", {"type": "user", "id": CONTACT}, "x", notified=True)
    read = intercom.call("conversation.read", conversation=CONVERSATION)
    assert (len(read["parts"]), read["complete"]) == (500, False)


def test_the_id_of_a_tag_is_asked_for_once_and_again_if_it_is_gone(intercom: Desk):
    """Somebody may delete a tag: then it is made anew. A note is one request."""
    at = {"conversation": CONVERSATION}
    for _ in range(2):
        intercom.call("conversation.tag", **at, name="vip")
    assert intercom.calls("POST") == ["/tags", *[f"/conversations/{CONVERSATION}/tags"] * 2]
    intercom.sandbox.control("DELETE", "state", b"")
    assert intercom.call("conversation.tag", **at, name="vip")["name"] == "vip"
    assert intercom.calls("POST") == [
        f"/conversations/{CONVERSATION}/tags",
        "/tags",
        f"/conversations/{CONVERSATION}/tags",
    ]
    intercom.call("conversation.reply", **at, body="Ask Bo.", message_type="note")
    assert intercom.calls("GET") == []


def test_a_conversation_is_assigned_closed_and_tagged(intercom: Desk):
    """A tag is there once, however often it is set."""
    at = {"conversation": CONVERSATION}
    assert intercom.call("conversation.assign", **at, type="admin", assignee_id=TEAMMATE)["admin_assignee_id"] == 900002
    assert intercom.call("conversation.assign", **at, type="team", assignee_id=TEAM)["team_assignee_id"] == TEAM
    assert intercom.call("conversation.assign", **at, type="admin", assignee_id="0")["admin_assignee_id"] is None
    for _ in range(2):
        assert intercom.call("conversation.tag", **at, name="billing", more=["urgent"])["name"] == "billing"
    assert intercom.call("conversation.close", **at)["state"] == "closed"
    (conversation,) = intercom.state()["conversations"]
    assert [tag["name"] for tag in conversation["tags"]["tags"]] == ["billing", "urgent"]
    with pytest.raises(Refused, match="404: assignee_not_found"):
        intercom.call("conversation.assign", **at, type="admin", assignee_id="7")


def test_a_contact_has_no_confirmed_address(intercom: Desk):
    """Intercom's API does not say that anybody confirmed one."""
    read = intercom.call("contact.read", contact=CONTACT)
    assert (read["email"], read["verified_emails"]) == ("ada@example.com", [])
    assert read["location"] == {"country": "Germany"}


@pytest.mark.parametrize(("workspace", "allowed"), [(WORKSPACE, True), ("another", False)])
def test_a_conversation_of_another_workspace_is_refused(intercom: Desk, workspace, allowed):
    """The token would act on its own workspace, where the id is somebody else's."""
    operation = MANIFEST.operation("conversation.reply")
    given = {"conversation": CONVERSATION, **REPLY}
    entity = scoped(f"intercom:conversation/{CONVERSATION}", workspace)
    scoped_operation, arguments = for_tenant(MANIFEST, operation, given, entity)
    if allowed:
        assert effects.perform(intercom.performer, scoped_operation, arguments, KEY, 1, 30)["own"]
    else:
        with pytest.raises(Refused, match="another workspace"):
            effects.perform(intercom.performer, scoped_operation, arguments, KEY, 1, 30)
    assert len(intercom.state()["effects"]) == allowed


def test_the_workspace_is_asked_for_once_and_never_sent(intercom: Desk, monkeypatch):
    """The header is the connector's own."""
    sent = []
    send = intercom.performer._exchange
    monkeypatch.setattr(
        intercom.performer,
        "_exchange",
        lambda method, url, headers, *rest: (sent.append(headers), send(method, url, headers, *rest))[1],
    )
    read = replace(MANIFEST.operation("contact.read"), headers={"Hookline-Workspace": WORKSPACE})
    for _ in range(2):
        intercom.performer.call(read, {"contact": CONTACT}, None, 30)
    assert all("Hookline-Workspace" not in headers for headers in sent)
    assert all(headers["Intercom-Version"] == "2.16" for headers in sent)
    assert len([path for path in intercom.calls("GET") if path == "/me"]) <= 1


def test_intercoms_rate_limit_says_when_its_window_ends(intercom: Desk):
    """By the reset of its headers: it sends no Retry-After."""
    intercom.call("contact.read", contact=CONTACT)
    intercom.control("settings", requests_per_window=1)
    with pytest.raises(Busy) as raised:
        intercom.call("contact.read", contact=CONTACT)
    assert raised.value.retry_after == 10


def test_a_reference_is_read_from_the_end_of_a_message_alone():
    """What comes after it is not ours."""
    assert marks.mark_of(f"Hi\nRef: {KEY[:16]}\n") == KEY[:16]
    assert [marks.mark_of(text) for text in (None, "", f"Ref: {KEY[:16]} Bye", "Ref: short")] == [None] * 4


def test_every_answer_of_the_sandbox_is_json_with_intercoms_form_of_errors(intercom: Desk):
    """A list of codes, each with a message."""
    answer = intercom.sandbox.failure(503)
    assert json.loads(answer.body)["errors"][0]["code"] == "server_error"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "author", "body"]), inner),
    max_leaves=6,
)
_NAMES = ("source", "conversation_parts", "contacts", "tags", "author", "body", "type", "total_count")


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(_NAMES), _JSON | st.dictionaries(st.sampled_from(_NAMES), _JSON)))
def test_any_conversation_is_described_and_none_of_it_is_taken_for_ours(conversation):
    """Whatever Intercom answers, a message of nobody's is not our own."""
    read = conversations.described(conversation, ADMIN)
    assert all(not part["own"] and part["delivered"] is None for part in read["parts"])
