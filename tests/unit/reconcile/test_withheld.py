"""Of what a sandbox withholds, a reconciliation loses nothing and publishes nothing twice.

Its connector, its verifier, the delivery table and the comparison are those that are deployed.
"""

import json
from importlib import import_module

import pytest

from functions.core.ingress.builder import EventBuilder
from functions.core.manifests.reconcile import Window
from functions.core.platform.environment import VerifierEnvironment
from functions.core.platform.identities import RECONCILE
from functions.core.reconcile.run import Reconciler, Ways
from functions.core.reconcile.table import Deliveries
from hookline.local.sandbox_providers import sandbox_providers
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox
from hookline.testing.signing import sign

SENT, WITHHELD_OF = 40, 20  # one of twenty is 5 %
HOUR = 3600
SECRET = "a_secret_of_these_tests_a_secret_of_these_tests"
PERFORMERS = {"typeform": "Typeform", "hubspot": "HubSpot"}
URL = "https://hooks.example.test/webhooks/"


def part(name, module, attribute):
    return getattr(import_module(f"functions.providers.{name}.{module}"), attribute)


class World:
    """One provider's sandbox and everything that its deliveries pass, as deployed, in memory."""

    def __init__(self, name, start, context, dynamodb, clock, server, sandbox, clients, grant_key):
        self.name, self.clock, self.context, self.sandbox = name, clock, context, sandbox
        environment = VerifierEnvironment(
            audit_queue_url="audit", source=name, public_url="https://hooks.example.test/", bus="bus",
            spill_queue_url="spill", deliveries_table="deliveries", bodies_bucket="bodies", signing_secret="signing",
            grant_key="grant", addresses="unknown", expected="*",
        )  # fmt: skip
        module = "functions.core.ingress.handlers.verifier"
        self.verifier = start(module, environment, {"signing": SECRET, "grant": grant_key}, **clients)
        self.connector = part(name, "connector", "MANIFEST")
        kind = part(name, "operations", PERFORMERS[name])
        self.performer = at_sandbox(self.connector, lambda: sandbox.credential, server.urls[name], clock, kind)
        self.table = Deliveries(dynamodb, "deliveries", clock)

    def control(self, path, **given):
        response = self.sandbox.control("POST", path, json.dumps(given).encode())
        assert response.status == 200, response.body
        return json.loads(response.body)

    def deliver(self, payload):
        """What the verifier answers to a signed delivery."""
        body = json.dumps(payload).encode()
        url = URL + self.name
        headers = sign(self.name, method="POST", url=url, headers={}, body=body, secret=SECRET, now=self.clock())
        self.context.invoked_function_arn = "arn:aws:lambda:us-east-1:111122223333:function:verifier"
        http = {"method": "POST", "sourceIp": "192.0.2.7", "path": f"/webhooks/{self.name}"}
        event = {"rawQueryString": "", "headers": headers, "requestContext": {"http": http}, "body": body.decode()}
        said = self.verifier(event, self.context)
        assert said["statusCode"] == 200, said
        return said["body"]

    def ingest(self, bodies):
        self.context.invoked_function_arn = f"arn:aws:lambda:us-east-1:111122223333:function:verifier:{RECONCILE}"
        said = self.verifier({"fetched": list(bodies), "by": f"{self.name}:listing"}, self.context)
        return [(one["outcome"], one["reason"]) for one in said["outcomes"]]

    def read(self, listing, arguments):
        return self.performer.call(self.connector.listing(listing), arguments, None, 30)

    def reconcile(self, since, until):
        provider = import_module(f"functions.providers.{self.name}.reconcile")
        builder = EventBuilder(part(self.name, "source", "MANIFEST"), lambda _: None)
        ways = Ways(self.read, self.table.states, self.ingest)
        return Reconciler(provider, builder, ways, self.clock, self.clock() + 100).run(Window(since, until))


@pytest.fixture
def world(start, dynamodb, table, s3, sqs, eventbridge, grant_key, lambda_context, clock):
    """Makes the world of a provider."""
    table("deliveries")
    s3.create_bucket(Bucket="bodies")
    clients = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "events": eventbridge}
    servers = []

    def make(name):
        sandbox = sandbox_providers()[name](lambda: clock.now)
        server = SandboxServer([sandbox])
        servers.append(server)
        server.__enter__()
        return World(name, start, lambda_context, dynamodb, lambda: clock.now, server, sandbox, clients, grant_key)

    yield make
    for server in servers:
        server.__exit__(None, None, None)


def typeform(world, number, at):
    """One response to one of two forms; the body of its webhook."""
    given = {"form": f"form{number % 2}", "email": f"p{number}@example.com", "at": at}
    world.control("responses", **given, withheld=number % WITHHELD_OF == 0)
    state = json.loads(world.sandbox.control("GET", "state", b"").body)
    return state["sent"][-1]


def test_of_the_responses_of_which_typeform_withholds_one_in_twenty_none_is_lost(world, eventbridge, monkeypatch):
    """Over two forms and several pages; a webhook that comes later is a duplicate."""
    monkeypatch.setattr("functions.providers.typeform.operations.responses.PAGE", 8)
    forms = world("typeform")
    for form, url in (
        ("other", "https://example.com/another"),
        ("form0", URL + "typeform"),
        ("form1", URL + "typeform"),
    ):
        forms.control("forms", id=form, url=url)
    # A form without our webhook: its responses are no business of ours.
    forms.control("responses", form="other", email="x@example.com")
    start = int(forms.clock()) - HOUR
    bodies = [typeform(forms, number, start + number) for number in range(SENT)]
    withheld = bodies[::WITHHELD_OF]
    assert {forms.deliver(body) for body in bodies if body not in withheld} == {""}

    found = forms.reconcile(start, start + HOUR)
    assert (found.listed, found.arrived, found.is_whole, found.stopped) == (SENT, SENT - len(withheld), True, "")
    assert {one.outcome for one in found.missing} == {"published"}
    ids = {f"typeform:{body['form_response']['form_id']}/{body['form_response']['token']}" for body in withheld}
    assert {one.id for one in found.missing} == ids
    again = forms.reconcile(start, start + HOUR)
    assert (again.listed, again.arrived, again.missing) == (SENT, SENT, ())
    assert {forms.deliver(body) for body in withheld} == {"Duplicate"}
    assert len(eventbridge.events) == SENT
    assert len({event["id"] for event in eventbridge.events}) == SENT


def test_of_the_contacts_of_which_hubspot_withholds_one_in_twenty_none_is_lost(world, eventbridge, monkeypatch):
    """Over several pages; a webhook of either kind of subscription that comes later is a duplicate."""
    monkeypatch.setattr("functions.providers.hubspot.operations.created.PAGE", 8)
    crm = world("hubspot")
    start = int(crm.clock()) - HOUR
    withheld = []
    for number in range(SENT):
        given = {"email": f"p{number}@example.com", "at": start + number}
        for body in crm.control("contacts", **given, withheld=number % WITHHELD_OF == 0)["deliveries"]:
            assert crm.deliver(body) == ""
        if number % WITHHELD_OF == 0:
            withheld.append(json.loads(crm.sandbox.control("GET", "state", b"").body)["sent"][-1])

    found = crm.reconcile(start, start + HOUR)
    assert (found.listed, found.arrived, found.is_whole, found.stopped) == (SENT, SENT - len(withheld), True, "")
    assert {one.outcome for one in found.missing} == {"published"}
    assert {one.id for one in found.missing} == {f"hubspot:33/0-1/{event['objectId']}" for event in withheld}
    again = crm.reconcile(start, start + HOUR)
    assert (again.listed, again.arrived, again.missing) == (SENT, SENT, ())
    generic = [{**event, "subscriptionType": "object.creation", "objectTypeId": "0-1"} for event in withheld]
    assert {crm.deliver([event]) for event in (*withheld, *generic)} == {"Duplicate"}
    # Another object with the number of a contact is another happening.
    company = {**generic[0], "objectTypeId": "0-2"}
    assert crm.deliver([company]) == ""
    assert len(eventbridge.events) == SENT + 1
    made = [event for event in eventbridge.events if event.get("reconciled")]
    assert [(event["type"], event["entities"]) for event in made] == [
        ("lead.captured", [f"hubspot:contact@33/{event['objectId']}"]) for event in withheld
    ]
