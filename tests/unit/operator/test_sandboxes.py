"""`hookline sandbox`: what the sandboxes received and hold, without their control key."""

import json
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
import urllib3
from click.testing import CliRunner

from functions.api.sandbox import Request
from functions.providers.slack.sandbox import CHANNEL, SANDBOX_TOKEN, Slack
from functions.providers.stripe.connector import MANIFEST as STRIPE
from functions.providers.stripe.sandbox import Stripe
from hookline.cli.commands.sandbox import sandbox as command
from hookline.local import stack
from hookline.local.control import control_token
from hookline.local.sandbox import SandboxError, Sandboxes, SandboxRefused
from hookline.local.sandbox_log import LARGEST, MOST, RequestLog, fields
from hookline.local.sandbox_server import SandboxServer
from hookline.operator import sandboxes
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.sandboxes import operation_of

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def running(tmp_path, monkeypatch):
    """A stack whose sandboxes are served here."""
    with SandboxServer([Slack(lambda: 1_790_000_000.0), Stripe(lambda: 1_790_000_000.0)], control_token(tmp_path)) as s:
        found = SimpleNamespace(sandboxes=Sandboxes(tmp_path, 1, "1", s.urls), live=())
        monkeypatch.setattr(stack, "find", lambda: found)
        monkeypatch.setattr(sandboxes, "sandbox_providers", lambda: {"slack": Slack, "stripe": Stripe})
        yield found


def post(running, text):
    """Post a message as the connector does."""
    headers = {"Authorization": f"Bearer {SANDBOX_TOKEN}", "Content-Type": FORM}
    url = f"{running.sandboxes.urls['slack']}/api/chat.postMessage"
    body = urlencode({"channel": CHANNEL, "text": text})
    assert urllib3.request("POST", url, body=body, headers=headers).status == 200


def run(*words):
    return CliRunner().invoke(command, words, catch_exceptions=False).output


def test_a_request_is_shown_with_its_operation_and_its_fields(running):
    """And the effects and the objects that it made; the credential is nowhere."""
    post(running, "octo-repo#12")
    found = json.loads(run("slack", "--json"))
    (request,) = found["requests"]
    assert (request["operation"], request["method"], request["path"], request["status"]) == (
        "message.post",
        "POST",
        "/api/chat.postMessage",
        200,
    )
    assert request["body"] == {"channel": CHANNEL, "text": "octo-repo#12"}
    assert [effect["kind"] for effect in found["effects"]] == ["message.post"]
    assert [message["text"] for message in found["state"]["messages"]] == ["octo-repo#12"]
    page = run("slack")
    assert "  POST /api/chat.postMessage  200  (message.post)\n" in page
    assert "      text: octo-repo#12\n" in page
    assert SANDBOX_TOKEN not in page + json.dumps(found)


def test_what_a_message_holds_does_not_control_the_terminal(running):
    """An agent wrote it."""
    post(running, "\x1b[31mred\nPOST /fake")
    assert "\x1b" not in run("slack")
    assert "\nPOST /fake" not in run("slack")


def test_the_list_counts_requests_and_effects(running):
    """One line for each sandbox."""
    post(running, "one")
    post(running, "two")
    rows = {row["sandbox"]: row for row in json.loads(run("--json"))["sandboxes"]}
    assert (rows["slack"]["requests"], rows["slack"]["effects"]) == (2, 2)
    assert (rows["stripe"]["requests"], rows["stripe"]["effects"]) == (0, 0)
    assert any(line.split() == ["slack", "2", "2"] for line in run().splitlines())


def test_a_provider_that_is_called_itself_is_said_to_be_so(running):
    """An empty sandbox would look like an agent that does nothing."""
    running.live = ("stripe",)
    assert "stripe itself is called" in run("stripe")
    assert "stripe itself is called" in run()


def test_without_a_stack_the_list_has_no_counts_and_one_sandbox_is_refused(monkeypatch):
    """Both name the command that starts it."""
    monkeypatch.setattr(stack, "find", lambda: None)
    assert "'hookline up' starts it" in run()
    with pytest.raises(OperatorError, match="run 'hookline up' first"):
        run("slack")
    with pytest.raises(UnknownName, match="did you mean slack"):
        run("slak")


def test_a_sandbox_newer_than_the_running_ones_says_what_starts_it(running, monkeypatch):
    """Its provider was added after 'up'."""
    monkeypatch.setattr(sandboxes, "sandbox_providers", lambda: {"acme": Slack, "slack": Slack})
    rows = {row["sandbox"]: row for row in json.loads(run("--json"))["sandboxes"]}
    assert (rows["acme"]["url"], rows["acme"]["requests"], rows["slack"]["requests"]) == (None, None, 0)
    assert "Newer than the running sandboxes: acme; 'hookline up' starts them." in run()
    with pytest.raises(OperatorError, match="acme is newer than the running sandboxes: run 'hookline up'"):
        run("acme")


def test_a_sandbox_that_died_or_refuses_is_one_line(running, tmp_path):
    """No traceback of the HTTP client."""
    with pytest.raises(SandboxRefused, match="the sandbox answered 404"):
        running.sandboxes.control("GET", "/_sandbox/nothing")
    gone = Sandboxes(tmp_path, 1, "1", {"slack": "http://127.0.0.1:1/slack"})
    with pytest.raises(SandboxError, match="'hookline up' starts them"):
        gone.control("GET", "/_sandbox/requests")


def test_an_emptied_sandbox_has_received_nothing(running):
    """Its requests go with its state."""
    post(running, "one")
    running.sandboxes.control("DELETE", "/_sandbox/slack/state")
    assert json.loads(run("slack", "--json"))["received"] == 0


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/v1/charges/ch_1", "charge.retrieve"),
        ("POST", "/v1/reviews/prv_1/approve", "review.approve"),
        ("GET", "/v1/charges/ch_1/x", ""),
        ("DELETE", "/v1/charges/ch_1", ""),
    ],
)
def test_a_request_is_the_operation_with_its_method_and_path(method, path, operation):
    """Also one that no operation makes."""
    assert operation_of(STRIPE, {"method": method, "path": path}) == operation
    assert operation_of(None, {"method": method, "path": path}) == ""


@pytest.mark.parametrize(
    ("content", "form", "shown"),
    [
        (b"", True, None),
        (b"a=1&b=&a=2", True, {"a": ["1", "2"], "b": ""}),
        (b'{"a": [1]}', False, {"a": [1]}),
        (b'{"a": 1}', True, {"a": 1}),
        (b"\xff", True, "1 bytes that are neither a form nor JSON"),
        (b"[" * 9000, False, "9000 bytes that are neither a form nor JSON"),
        (b"x" * (LARGEST + 1), True, f"{LARGEST + 1} bytes, which are not kept"),
    ],
)
def test_a_body_is_shown_by_its_fields_or_with_the_reason_why_not(content, form, shown):
    """Whatever a connector sends."""
    assert fields(content, form) == shown


def test_only_the_last_requests_are_kept_and_all_are_counted():
    """A day of load tests must not fill the memory."""
    log = RequestLog()
    for number in range(MOST + 3):
        log.add(Request("GET", f"/{number}"), None)
    found = log.content()
    assert (found["received"], len(found["requests"])) == (MOST + 3, MOST)
    assert (found["requests"][0]["path"], found["requests"][-1]["path"]) == ("/3", f"/{MOST + 2}")
