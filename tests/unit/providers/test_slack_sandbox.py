"""The Slack sandbox: what it answers as Slack does."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from functions.api.sandbox import Request, Response
from functions.core.platform.errors import RetryableError
from functions.providers.slack.connector import MANIFEST
from functions.providers.slack.operations import Slack as Performer
from functions.providers.slack.sandbox import CHANNEL, LONGEST_TEXT, SANDBOX_TOKEN, Slack
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

POST, HISTORY = "/api/chat.postMessage", "/api/conversations.history"
BEARER = {"authorization": f"Bearer {SANDBOX_TOKEN}"}
MARK = {"event_type": "order_made", "event_payload": {"key": "1"}}


@pytest.fixture
def slack(clock):
    return Slack(clock)


@pytest.fixture
def post(slack):
    def call(headers=BEARER, path=POST, **fields):
        body = urlencode({"channel": CHANNEL, "text": "hello", **fields}).encode()
        response = slack.handle(Request("POST", path, headers=headers, body=body))
        return response.status, json.loads(response.body)

    return call


@pytest.fixture
def history(slack):
    def call(**fields):
        response = slack.handle(Request("GET", HISTORY, urlencode({"channel": CHANNEL, **fields}), BEARER))
        return json.loads(response.body)

    return call


def test_a_message_is_posted_and_listed_the_newest_first(post, history):
    """With its metadata only on request."""
    first, second = post(metadata=json.dumps(MARK))[1], post(text="again")[1]
    assert first["ok"]
    assert first["ts"] != second["ts"]
    assert [said["text"] for said in history()["messages"]] == ["again", "hello"]
    assert ["metadata" in said for said in history()["messages"]] == [False, False]
    assert history(include_all_metadata="true")["messages"][1]["metadata"] == MARK


def test_a_list_is_cut_and_says_so(post, history):
    post()
    post(text="again")
    listed = history(limit="1")
    assert ([said["text"] for said in listed["messages"]], listed["has_more"]) == (["again"], True)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"headers": {}}, "not_authed"),
        ({"headers": {"authorization": "Bearer xoxb-another"}}, "invalid_auth"),
        ({"path": "/api/chat.delete"}, "unknown_method"),
        ({"channel": "C0NOBODY"}, "channel_not_found"),
        ({"text": " "}, "no_text"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "msg_too_long"),
        ({"metadata": "{"}, "invalid_metadata_format"),
        ({"metadata": json.dumps({"event_type": "a b", "event_payload": {}})}, "invalid_metadata_format"),
        ({"metadata": "[]"}, "invalid_metadata_format"),
        ({"path": HISTORY, "limit": "0"}, "invalid_limit"),
    ],
)
def test_what_it_refuses_it_says_in_the_body_of_a_200(post, history, changes, word):
    """As Slack does; nothing is posted."""
    assert post(**changes) == (200, {"ok": False, "error": word})
    assert history()["messages"] == []


def test_a_limit_of_its_rate_is_a_status_with_the_time_to_wait(slack):
    refused = slack.failure(429, 30)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "30")
    assert json.loads(refused.body)["error"] == "ratelimited"


def test_a_fault_in_place_of_the_operation_posts_nothing(slack, history):
    """Its answer is the fault's."""
    request = Request("POST", POST, headers=BEARER, body=urlencode({"channel": CHANNEL, "text": "hello"}).encode())
    assert slack.handle(request, acting=lambda: Response.json(503, {})).status == 503
    assert history()["messages"] == []


@pytest.fixture
def connector(slack):
    """The connector's performer at the sandbox."""
    with SandboxServer([slack]) as server:
        yield at_sandbox(MANIFEST, lambda: SANDBOX_TOKEN, server.urls["slack"], lambda: 0.0, Performer)


def test_a_list_that_slack_cuts_is_read_on_for_its_read_back(slack, connector, post):
    """Fewer messages than were asked for are not all: a message that is not found would be posted again."""
    for number in range(4):
        post(text=f"{number}")
    slack.control("POST", "settings", b'{"most_listed": 2}')
    (read,) = [one for one in MANIFEST.operations if one.name == "message.list"]
    listed = connector.call(read, {"channel": CHANNEL}, None, 5)
    assert ([one["text"] for one in listed["messages"]], listed["has_more"]) == (["3", "2", "1", "0"], False)
    newest = connector.call(replace(read, sends={**read.sends, "limit": "3"}), {"channel": CHANNEL}, None, 5)
    assert ([one["text"] for one in newest["messages"]], newest["has_more"]) == (["3", "2", "1"], False)
    for number in range(8):
        post(text=f"{number}")
    with pytest.raises(RetryableError, match="more than 5 pages"):
        connector.call(read, {"channel": CHANNEL}, None, 5)


def test_its_state_tells_what_was_posted_and_asked(slack, post):
    post()
    state = json.loads(slack.control("GET", "state", b"").body)
    assert [effect["kind"] for effect in state["effects"]] == ["message.post"]
    assert state["calls"] == [{"method": "POST", "path": POST, "status": 200}]
    slack.control("DELETE", "state", b"")
    assert json.loads(slack.control("GET", "state", b"").body)["messages"] == []
