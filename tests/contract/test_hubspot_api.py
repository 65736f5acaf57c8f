"""What the connector sends HubSpot, and what the sandbox answers, is valid by HubSpot's own description.

hubspot_api/api.json has the parts of HubSpot's published OpenAPI descriptions that the connector uses, copied by
hand, with where each is from: names, types and required members. A member that they do not name is refused here. A
property without a value is null in HubSpot's answers, which the description leaves out.
"""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import jsonschema
import pytest

from functions.core.gate import effects
from functions.providers.hubspot.connector import MANIFEST
from functions.providers.hubspot.operations import HubSpot as Performer
from functions.providers.hubspot.operations import created
from functions.providers.hubspot.sandbox import HubSpot
from functions.providers.hubspot.sandbox.account import CONTACT, PORTAL
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

API = json.loads((Path(__file__).parent / "hubspot_api/api.json").read_text())
NOW = 1_790_000_000.0
ADA, GRACE = "ada@example.com", "grace@example.com"


class Recording(HubSpot):
    """The sandbox, which keeps what it receives and answers, by HubSpot's name of the operation."""

    def __init__(self, now):
        super().__init__(now)
        self.exchanges = []

    def handle(self, request, *hooks):
        response = super().handle(request, *hooks)
        self.exchanges.append((named(request), request, response))
        return response


def named(request):
    for operation in API["content"]:
        method, template = operation.split(" ")
        literal = operation.endswith(("search", "upsert"))
        fits = re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), request.path)
        if method == request.method and fits and (literal or not request.path.endswith(("search", "upsert"))):
            return operation
    return f"{request.method} {request.path}"


def errors(schema, value):
    found = jsonschema.Draft202012Validator({**schema, "$defs": API["$defs"]}).iter_errors(value)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


@pytest.fixture(scope="module")
def played():
    """Every operation and the listing of the connector, once or more."""
    sandbox = Recording(lambda: NOW)
    with pytest.MonkeyPatch.context() as patch, SandboxServer([sandbox]) as server:
        performer = at_sandbox(MANIFEST, lambda: HubSpot.credential, server.urls["hubspot"], lambda: NOW, Performer)
        task = {"subject": "Call", "body": "She asked", "owner": "100", "due": 1_790_003_600, "priority": "HIGH"}
        given = {
            "contact.find": [{"email": ADA}],
            "contact.read": [{"contact": CONTACT}],
            "contact.upsert": [{"email": GRACE, "said": {"firstname": "Grace"}, "owner": "100"}],
            "person.assign": [{"email": ADA, "owner": "101"}],
            "contact.assign": [{"contact": CONTACT, "owner": "102"}],
            "task.create": [{"email": ADA, **task}],
            "contact_task.create": [{"contact": CONTACT, **task}],
            "consent.read": [{"email": ADA}, {"email": "left@example.com"}],
            "owners.list": [{"portal": str(PORTAL)}],
        }
        sandbox.control("POST", "unsubscribe", json.dumps({"email": "left@example.com"}).encode())
        for operation in MANIFEST.operations:
            for arguments in given[operation.name]:
                effects.perform(performer, operation, arguments, "a1" * 32, 1, 30)
        patch.setattr(created, "PAGE", 1)
        times = {"since": int(NOW) - 1, "until": int(NOW) + 1}
        for after in ({}, {"after": CONTACT}):
            performer.call(MANIFEST.listing("contact.list"), {**times, **after}, None, 30)
        sandbox.control("POST", "settings", b'{"half_failures": 1}')
        with pytest.raises(Exception, match="refused"):
            effects.perform(
                performer, MANIFEST.operation("contact.upsert"), {"email": "new@example.com"}, "b2" * 32, 1, 30
            )
    return sandbox.exchanges


@pytest.mark.parametrize("route", API["content"])
def test_a_request_is_valid_by_hubspots_description(route, played):
    """Its parameters and its body have the declared names and types, and none that HubSpot does not name."""
    declared = API["content"][route]
    sent = [request for name, request, _ in played if name == route]
    assert sent, "no request of the connector is this operation: it does not belong into api.json"
    for request in sent:
        query = dict(parse_qsl(request.query))
        assert set(query) <= set(declared["query"])
        assert [errors(declared["query"][name], value) for name, value in query.items()] == [[]] * len(query)
        body = json.loads(request.body) if request.body not in (b"", b"{}") else None
        assert (body is None) == (declared["body"] is None)
        assert body is None or errors(declared["body"], body) == []


@pytest.mark.parametrize("route", API["content"])
def test_an_answer_of_the_sandbox_is_valid_by_hubspots_description(route, played):
    """With a status that HubSpot describes, and with every required member."""
    answers = [response for name, _, response in played if name == route and response.status < 400]
    assert answers
    for response in answers:
        assert errors(API["content"][route]["answers"][str(response.status)], json.loads(response.body)) == []


def test_the_connector_sends_nothing_that_the_description_does_not_have(played):
    """And uses everything that is in api.json."""
    assert {name for name, *_ in played} == set(API["content"])


def test_a_request_that_hubspot_does_not_know_would_be_found():
    """Else the tests above would show nothing."""
    search = API["content"]["POST /crm/objects/2026-09/contacts/search"]["body"]
    good = {"after": "0", "filterGroups": [], "limit": 1, "properties": [], "sorts": []}
    assert errors(search, good) == []
    assert errors(search, {**good, "sort": []})
    assert errors(search, {**good, "limit": "1"})
    assert errors(search, {"filterGroups": []})
    assert errors(search, {**good, "filterGroups": [{"filters": [{"propertyName": "a", "operator": "IS"}]}]})
