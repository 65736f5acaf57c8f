"""The MCP server: it reads, and acts only where that is allowed."""

import json
import sys
from unittest.mock import Mock

import anyio
import pytest
from botocore.exceptions import ClientError
from mcp import Client, StdioServerParameters

from hookline import mcp_server
from hookline.mcp_server import build
from hookline.operator.errors import OperatorError
from tests.unit.console.test_templates import TOKEN
from tests.unit.fakes import NOW

ACTS = {
    *("decide_review", "suspend_agent", "resume_agent", "cancel_run", "redrive_dead_letter", "start_replay"),
    *("redrive_all_dead_letters", "discard_dead_letter", "reconcile_source", "make_checkpoint", "run_what_if"),
}


def served(allow_acts, ask):
    """What a client of the server gets by `ask`."""

    async def run():
        async with Client(build(lambda: None, lambda: NOW, allow_acts)) as client:
            return await ask(client)

    return anyio.run(run)


def called(tool, **given):
    """The result of a tool: whether it is an error, and its text."""
    result = served(True, lambda client: client.call_tool(tool, given))
    return result.is_error, result.content[0].text


@pytest.mark.parametrize("allow_acts", [False, True])
def test_without_leave_there_is_no_tool_that_acts(allow_acts):
    """Each tool says in its annotations whether it only reads."""
    tools = served(allow_acts, lambda client: client.list_tools()).tools
    acting = {tool.name for tool in tools if not tool.annotations.read_only_hint}
    assert acting == (ACTS if allow_acts else set())
    assert len(tools) - len(acting) == 29
    assert all(tool.description for tool in tools)


def test_an_act_that_is_not_offered_cannot_be_called():
    """By its name."""
    result = served(False, lambda client: client.call_tool("suspend_agent", {"name": "fraud", "why": ""}))
    assert result.is_error


def test_what_is_returned_is_json_without_tokens(monkeypatch):
    """A grant in a text from outside does not reach a model."""
    monkeypatch.setattr(mcp_server, "trace", lambda account, id: {"event": id, "text": TOKEN})
    failed, text = called("trace_event", id="stripe:evt_1")
    assert (failed, TOKEN in text, '"event": "stripe:evt_1"' in text) == (False, False, True)


def test_an_error_of_the_operator_is_one_of_the_tool(monkeypatch):
    """With its message."""

    def refuse(account, id):
        raise OperatorError("no event has this id")

    monkeypatch.setattr(mcp_server, "trace", refuse)
    failed, text = called("trace_event", id="x")
    assert failed
    assert "no event has this id" in text


def test_a_decision_is_bound_to_what_was_seen(monkeypatch):
    """Other digests than those of the review decide nothing."""
    seen = {"action_digest": "a", "state_digest": "s"}
    decided = []
    monkeypatch.setattr(mcp_server.reviews, "waiting", lambda account, id, now: {"id": id, **seen})
    monkeypatch.setattr(mcp_server.reviews, "decide", lambda account, review, do, note: decided.append(do) or {})
    asked = {"id": "1", "approve": True, "note": ""}
    assert called("decide_review", **asked, action_digest="a", state_digest="other")[0]
    assert decided == []
    assert not called("decide_review", **asked, **seen)[0]
    assert decided == ["approve"]


def test_the_command_serves_the_official_client_on_standard_input_and_output():
    """A process of its own, as a coding agent starts it; without leave it only reads, and a wrong name is an error."""
    command = ["-P", "-m", "hookline", "mcp", "--aws"]
    parameters = StdioServerParameters(command=sys.executable, args=command, env={"AWS_REGION": "us-east-1"})

    async def asked():
        async with Client(parameters) as client:
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool("show_source", {"name": name}) for name in ("stripe", "strype")]

    tools, (right, wrong) = anyio.run(asked)
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert json.loads(right.content[0].text)["path"] == "/webhooks/stripe"
    assert wrong.is_error and "stripe" in wrong.content[0].text


def test_an_act_that_is_final_needs_a_reason(monkeypatch):
    """As on the command line."""
    monkeypatch.setattr(mcp_server.dead_letters, "find", lambda account, id: id)
    monkeypatch.setattr(mcp_server.dead_letters, "discard", lambda *_: pytest.fail("it was discarded"))
    failed, text = called("discard_dead_letter", id="1", why=" ")
    assert failed and "'why' is empty" in text


def test_what_aws_refuses_is_an_error_of_the_tool(monkeypatch):
    """In words, and not as a traceback."""
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "not for you"}}, "Query")
    monkeypatch.setattr(mcp_server, "trace", Mock(side_effect=refused))
    failed, text = called("trace_event", id="x")
    assert failed and "AWS: An error occurred (AccessDenied)" in text
