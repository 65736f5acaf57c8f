"""What the connector sends Intercom, and what the sandbox answers, is valid by Intercom's own client."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from functions.core.gate import effects
from functions.providers.intercom.connector import MANIFEST
from functions.providers.intercom.operations import Intercom as Performer
from functions.providers.intercom.sandbox import Intercom
from functions.providers.intercom.sandbox.account import CONTACT, CONVERSATION, TEAM, TEAMMATE
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

API = json.loads((Path(__file__).parent / "intercom_api/api.json").read_text())
NOW = 1_790_000_000.0


class Recording(Intercom):
    """The sandbox, which keeps what it receives and answers."""

    def __init__(self, now):
        super().__init__(now)
        self.exchanges = []

    def handle(self, request, *hooks):
        response = super().handle(request, *hooks)
        body = json.loads(request.body) if request.body else {}
        path = re.sub(r"/(conversations|contacts)/[^/]+", r"/\1/{id}", request.path)
        route = f"{request.method} {path}"
        if route.endswith("/parts"):
            route += f" {body.pop('message_type')}"
        self.exchanges.append((route, body, response.status, json.loads(response.body)))
        return response


@pytest.fixture(scope="module")
def played():
    """Every operation of the connector, once or more."""
    sandbox = Recording(lambda: NOW)
    with SandboxServer([sandbox]) as server:
        performer = at_sandbox(MANIFEST, lambda: Intercom.credential, server.urls["intercom"], lambda: NOW, Performer)
        given = {
            "conversation.read": [{}],
            "contact.read": [{"contact": CONTACT}],
            "conversation.reply": [{"body": "Hi.", "message_type": kind} for kind in ("comment", "note")],
            "conversation.assign": [{"type": "admin", "assignee_id": TEAMMATE}, {"type": "team", "assignee_id": TEAM}],
            "conversation.tag": [{"name": "billing", "more": ["urgent"]}],
            "conversation.close": [{}],
        }
        for operation in MANIFEST.operations:
            for arguments in given[operation.name]:
                at = {} if "contact" in arguments else {"conversation": CONVERSATION}
                effects.perform(performer, operation, {**at, **arguments}, "a1" * 32, 1, 30)
    return sandbox.exchanges


def errors(name, value, closed=False):
    schema = {**API["$defs"][name], "$defs": API["$defs"]}
    if closed:
        schema["additionalProperties"] = False
    found = jsonschema.Draft202012Validator(schema).iter_errors(value)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


@pytest.mark.parametrize(("route", "name"), API["requests"].items())
def test_a_request_is_valid_by_intercoms_own_client(route, name, played):
    """Its fields have the declared names and types, and none that Intercom does not name."""
    sent = [body for sent_to, body, *_ in played if sent_to == route]
    assert sent
    assert [errors(name, body, closed=True) for body in sent] == [[]] * len(sent)


@pytest.mark.parametrize(("route", "name"), API["answers"].items())
def test_an_answer_of_the_sandbox_is_valid_by_intercoms_own_client(route, name, played):
    """The objects of the answers, with what is in them."""
    answers = [answer for sent_to, _, status, answer in played if sent_to == route and status == 200]
    assert answers
    assert [errors(name, answer) for answer in answers] == [[]] * len(answers)


def test_the_connector_sends_nothing_that_the_client_does_not_have(played):
    """Reads have no body."""
    assert {route for route, *_ in played} == {*API["requests"], *API["answers"]}
    assert all(body == {} for route, body, *_ in played if route.startswith("GET"))


def test_a_request_that_intercom_does_not_know_would_be_found():
    """Else the tests above would show nothing."""
    assert errors("AdminReplyConversationRequest", {"message_type": "comment", "type": "admin"})
    good = {"message_type": "note", "type": "admin", "admin_id": "1"}
    assert errors("AdminReplyConversationRequest", {**good, "bodi": "x"}, closed=True)
    assert errors("AdminReplyConversationRequest", {**good, "message_type": "shout"})
