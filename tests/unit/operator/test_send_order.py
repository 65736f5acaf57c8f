"""What `hookline send` sends of fixtures and own bodies, and what it says of what the verifier refuses."""

import json
import threading
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from functions.core.ingress.claims import Claims
from functions.core.platform.canonical import digest
from hookline.cli.commands.send import send as command
from hookline.local.sandbox import SandboxRefused
from hookline.operator import refusals, send, send_order
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.send import Posted, event_ids, first_copies, signed_delivery
from hookline.operator.send_order import Order, Outgoing, deliver, objections, outgoing

CHARGE = ("stripe", "charge_succeeded__ordinary")


def test_a_fixture_is_sent_with_new_ids_and_changed_fields():
    """A value that looks like a placeholder is kept as it was typed."""
    order = Order(*CHARGE, changes={"data.object.amount": "777", "data.object.description": "Example"})
    first, second = (json.loads(outgoing(order).body) for _ in range(2))
    assert first["id"] != second["id"]
    assert first["data"]["object"]["amount"] == 777
    assert first["data"]["object"]["description"] == "Example"


@pytest.mark.parametrize("data", [b"", b"no json", b"\xff\xfe", b'{"id": "evt_Example"}'])
def test_an_own_body_is_sent_byte_for_byte(data):
    """Also one that is not valid, which is the point of it."""
    assert outgoing(Order("stripe", data=data)) == Outgoing({"content-type": "application/json"}, data)


def test_an_own_body_has_the_headers_of_the_fixture_that_is_named():
    """At some providers, only a header tells the type."""
    sent = outgoing(Order("github", "pull_request_opened__ordinary", data=b'{"action": "closed"}'))
    assert sent.headers["x-github-event"] == "pull_request"
    assert sent.body == b'{"action": "closed"}'
    assert outgoing(Order("twilio", data=b"Body=Hi")).headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order(*CHARGE), None),
        (Order("stripe", data=b"no json"), "it is not what stripe sends: the body is not JSON"),
        (Order("stripe", data=b'{"type": "a.b"}'), "it is not what stripe sends: "),
        (Order("github", data=b"{}"), "it has no x-github-event, which github sends: name a fixture too"),
        (Order("stripe", data=b'{"id": "evt_1", "type": "a.b"}'), "its type 'a.b' is not translated"),
    ],
    ids=["a fixture", "no JSON", "no id", "no header", "unmapped"],
)
def test_an_own_body_that_the_provider_would_not_send_is_said_to_be_so(order, said):
    """Before it is sent."""
    found = objections(order, outgoing(order))
    assert (not found) if said is None else any(one.startswith(said) for one in found)


def test_an_own_body_as_the_provider_sends_it_has_no_objection():
    """A copy of a fixture, for example."""
    body = outgoing(Order(*CHARGE)).body
    assert objections(Order("stripe", data=body), Outgoing({"content-type": "application/json"}, body)) == []


@pytest.mark.parametrize(
    ("order", "near"),
    [
        (Order("strip", "x"), "did you mean stripe"),
        (Order("strip", data=b"{}"), "did you mean stripe"),
        (Order("stripe", "charge_suceeded__ordinary"), "did you mean charge_succeeded__ordinary"),
    ],
)
def test_an_unknown_source_or_fixture_gets_the_nearest_without_a_stack(order, near):
    """With exit code 2."""
    with pytest.raises(UnknownName, match=near):
        next(deliver(order))


@pytest.fixture
def stack(monkeypatch):
    """A stack whose verifier answers `status`; what was posted to it."""
    running = SimpleNamespace(posted=[], status=200, live=(), client=lambda service: None)

    def post(running, source, body, *, headers):
        running.posted.append(body)
        return Posted(running.status, "", 0.0, (f"{source}:{json.loads(body)['id']}",))

    monkeypatch.setattr(send_order, "running_stack", lambda: running)
    monkeypatch.setattr(send_order, "post", post)
    monkeypatch.setattr(send_order, "register_charge", lambda running, event: None)
    monkeypatch.setattr(
        send_order, "Refusals", lambda *_: SimpleNamespace(of=lambda body: [f"refused {len(body) > 0}"])
    )
    return running


def test_copies_are_the_same_delivery_and_fresh_ones_are_not(stack):
    """A provider's retry, and another delivery."""
    list(deliver(Order(*CHARGE, times=3)))
    assert len(set(stack.posted)) == 1
    stack.posted.clear()
    ids = [sent.posted.events for sent in deliver(Order(*CHARGE, times=3, fresh=True))]
    assert len(set(ids)) == len(set(stack.posted)) == 3


def test_several_are_sent_at_once(stack, monkeypatch):
    """Each waits until all three are there; one after the other, none would ever be answered."""
    together = threading.Barrier(3, timeout=30)

    def post(running, source, body, *, headers):
        together.wait()
        return Posted(200, "", 0.0)

    monkeypatch.setattr(send_order, "post", post)
    assert len(list(deliver(Order(*CHARGE, times=6, concurrency=3)))) == 6


def test_a_refused_delivery_has_the_reason_of_the_audit_trail(stack):
    """An accepted one needs none."""
    assert [sent.refusal for sent in deliver(Order(*CHARGE))] == [()]
    stack.status = 401
    assert [sent.refusal for sent in deliver(Order(*CHARGE))] == [["refused True"]]


def test_a_charge_that_the_sandbox_refuses_is_sent_all_the_same(stack, monkeypatch):
    """The verifier decides what it is."""

    def refuse(running, event):
        raise SandboxRefused("item 0: amount is missing")

    monkeypatch.setattr(send_order, "register_charge", refuse)
    assert [sent.posted.status for sent in deliver(Order(*CHARGE))] == [200]


@pytest.fixture
def trail(monkeypatch):
    """The records that the trail shows, one list for each look; the last one stays."""
    looks = [[]]

    class Trail:
        def __init__(self, dynamodb):
            pass

        def length(self, identity):
            return 7

        def of_identity(self, identity, after):
            assert (identity, after) == ("webhook.stripe", 7)
            return looks.pop(0) if len(looks) > 1 else looks[0]

    monkeypatch.setattr(refusals, "Trail", Trail)
    return looks


def test_a_refusal_is_what_the_verifier_recorded_about_this_body(trail):
    """It comes through a queue, so it is looked for again; other deliveries are refused at the same time."""
    own, other = ({"body": digest(body)} for body in (b"own", b"other"))
    rejected = {"identity": "webhook.stripe", "kind": "rejected", "resource": "", "reason": "", "digests": own}
    kept = {**rejected, "kind": "kept", "resource": "unreadable/stripe/1", "reason": "the body is not JSON"}
    records = [
        {**rejected, "digests": other, "decision": "StaleTimestamp"},
        {**kept, "decision": ""},
        {**rejected, "decision": "UnreadableBody"},
    ]
    trail[:] = [[], records]
    slept = []
    found = refusals.Refusals(SimpleNamespace(client=lambda service: None), "stripe", slept.append).of(b"own")
    assert found == [
        "webhook.stripe quarantined an unreadable delivery as unreadable/stripe/1 (the body is not JSON)",
        "webhook.stripe rejected a delivery: UnreadableBody",
    ]
    assert slept == [refusals.LOOK_EVERY]


def test_a_refusal_without_a_record_is_said_to_have_none(trail):
    """After ten seconds."""
    slept = []
    found = refusals.Refusals(SimpleNamespace(client=lambda service: None), "stripe", slept.append).of(b"own")
    assert found == ["the audit trail has no record of it after 10 s: see .hookline/emulator.log"]
    assert sum(slept) == pytest.approx(refusals.PATIENCE)


def test_the_id_of_a_digest_has_the_time_that_the_verifier_stored(table, dynamodb, monkeypatch):
    """The provider gives no id, so it is the body's digest with the time of its first copy."""
    monkeypatch.setattr("infra.naming.DELIVERIES_TABLE", table("deliveries"))
    running, now = SimpleNamespace(client=lambda service: dynamodb), 1_790_000_000.0
    url, key = "https://hooks.example/webhooks/github", "a_secret_of_these_tests"
    fixture = outgoing(Order("github", "pull_request_opened__ordinary"))
    headers = {name: value for name, value in fixture.headers.items() if name != "x-github-delivery"}
    delivery = signed_delivery("github", url, headers, fixture.body, key, now)
    seen = []

    def verifier(id, window):
        seen.append(id)
        return Claims(dynamodb, "deliveries", lambda: "1").first(id, window, now - 60)

    made = event_ids("github", delivery, key, now, verifier)
    assert made == [f"{seen[0]}/{int(now) - 60}"]
    assert event_ids("github", delivery, key, now, first_copies(running)) == made
    assert event_ids("github", delivery, key, now) == []


def test_a_body_of_which_a_part_cannot_be_read_has_the_ids_of_the_rest():
    """The verifier publishes those and keeps the others."""
    order = Order("hubspot", "contact_creation__two_at_once")
    items = json.loads(outgoing(order).body)
    body = json.dumps([*items, "no event"]).encode()
    url, key, now = "https://hooks.example/webhooks/hubspot", "a_secret_of_these_tests", 1_790_000_000.0
    delivery = signed_delivery("hubspot", url, {"content-type": "application/json"}, body, key, now)
    assert len(send.event_ids("hubspot", delivery, key, now, lambda id, window: 0)) == len(items)


def test_set_without_something_to_change_is_refused():
    """A list of fixtures is not what was asked for."""
    failed = CliRunner().invoke(command, ["stripe", "--set", "a=1"]).exception
    assert isinstance(failed, OperatorError)
