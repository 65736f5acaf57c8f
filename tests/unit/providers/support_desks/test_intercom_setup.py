"""What is missing at Intercom for replies to e-mails, by a conversation as its API answers it."""

import json

import pytest

from functions.api.sandbox import Request
from functions.providers.intercom import setup
from tests.unit.providers.support_desks.conftest import Desk


@pytest.fixture
def answered(intercom: Desk):
    """A conversation that the API replied to, as GET /conversations/ID answers it."""

    def made(channel: str, setting: bool, replies: bool = True) -> dict:
        intercom.control("settings", email_replies=setting)
        id = intercom.control("conversations", text="Hi.", subject="Help", channel=channel)["conversation"]
        if replies:
            intercom.call("conversation.reply", conversation=id, body="Hello.", message_type="comment")
        headers = {"authorization": f"Bearer {intercom.sandbox.credential}", "intercom-version": "2.16"}
        return json.loads(intercom.sandbox.handle(Request("GET", f"/conversations/{id}", "", headers, b"")).body)

    return made


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (("email", False), ["the newest reply of the API was stored and sent to nobody"]),
        (("email", True), []),
        (("conversation", False), ["the conversation did not begin by e-mail"]),
        (("email", True, False), ["the API has not replied to the conversation"]),
    ],
)
def test_a_reply_to_an_email_shows_whether_the_setting_is_there(answered, how, said):
    """Nothing else of the API says so."""
    found = setup.missing(answered(*how), "", [])
    assert [reason.partition(":")[0] for reason in found] == said


@pytest.mark.parametrize("found", [{}, {"type": "conversation"}, {"type": "conversation", "source": 1}, {"errors": []}])
def test_what_is_no_conversation_is_said_to_be_none(found):
    """An error of the API, or another file."""
    (reason,) = setup.missing(found, "", [])
    assert "GET /conversations/ID" in reason
