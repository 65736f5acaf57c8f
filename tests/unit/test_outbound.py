"""Calls to a provider, against the sandbox on this machine's loopback address."""

import json
import math
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from functions.api.sandbox import Request, Response
from functions.core.gate import outbound
from functions.core.gate.outbound import (
    MAX_ANSWER_BYTES,
    Busy,
    FailureReplayed,
    OutcomeUnknown,
    OutOfTime,
    Provider,
    Refused,
    Unreachable,
    Unwell,
)
from functions.core.manifests.arguments import Flag, Number, Text
from functions.core.manifests.connector import ConnectorManifest, Operation, Verdict
from functions.core.manifests.credentials import Bearer
from functions.core.platform.errors import ConfigurationError, PermanentError, RetryableError
from functions.providers.stripe.connector import MANIFEST as STRIPE
from functions.providers.stripe.sandbox import SANDBOX_API_KEY, Stripe
from functions.providers.stripe.sandbox.objects import charge
from hookline.local.faults import Fault
from hookline.local.sandbox_server import SandboxServer

READ = Operation(
    "thing.read",
    kind="read",
    entity="acme:thing/{thing}",
    method="GET",
    path="/things/{thing}",
    takes={"limit": Text()},
)
ACT = Operation(
    "thing.act",
    kind="effect",
    entity="acme:thing/{thing}",
    method="POST",
    path="/things/{thing}/act",
    encoding="form",
    idempotency="key",
    takes={"note": Text()},
)
ACME = ConnectorManifest(
    name="acme",
    owner="tests",
    operations=[READ, ACT],
    hosts=["api.acme.test"],
    base="https://api.acme.test/",
    credential=Bearer(),
    headers={"Acme-Version": "7"},
)


class Acme:
    """A provider that keeps what it is asked, and answers the next of `answers`, at the end {"ok": true}."""

    name = "acme"

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[Response] = []

    def handle(self, request: Request, arriving: object = None, acting: object = None) -> Response:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else Response.json(200, {"ok": True})


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def stripe(clock) -> Stripe:
    """Stripe with one charge, which waits in a review."""
    stripe = Stripe(clock)
    made = charge(
        "ch_1",
        amount=4200,
        currency="usd",
        customer="cus_1",
        created=1,
        card_fingerprint="fp_1",
        country="US",
        risk_level="normal",
        risk_score=1,
        review="prv_1",
    )
    stripe.control("POST", "charges", json.dumps([made]).encode())
    return stripe


@pytest.fixture
def server(acme, stripe):
    with SandboxServer([acme, stripe]) as running:
        yield running


@pytest.fixture
def call(server) -> Callable:
    """Performs an operation of acme's or of Stripe's."""
    acme = Provider(ACME, lambda: "token", server.urls["acme"])
    stripe = Provider(STRIPE, lambda: SANDBOX_API_KEY, server.urls["stripe"])

    def perform(operation: Operation | str, key: str | None = None, seconds: float = 5, **arguments: object) -> object:
        if isinstance(operation, str):
            return stripe.call(STRIPE.operation(operation), arguments, key, seconds)
        return acme.call(operation, arguments, key, seconds)

    return perform


@pytest.fixture
def arm(server) -> Callable:
    """Arms a fault of Stripe's."""

    def arm(kind: str, status: int = 500, retry_after: int | None = None, saved: bool = False) -> None:
        server.sandbox.faults.arm(Fault("stripe", kind, "*", "", status, retry_after, 1, 30.0, saved))

    return arm


def effects(stripe: Stripe) -> list[str]:
    state = json.loads(stripe.control("GET", "state", b"").body)
    return [effect["idempotency_key"] for effect in state["effects"]]


def test_a_good_answer_is_its_json(call):
    """As the provider wrote it."""
    assert call("charge.retrieve", charge="ch_1")["amount"] == 4200


def test_an_effect_takes_place_once_under_its_key(call, stripe):
    """A repeat under the same key gets the first one's answer and does nothing."""
    first = call("review.approve", key="k" * 64, review="prv_1")
    assert call("review.approve", key="k" * 64, review="prv_1") == first
    assert (first["open"], effects(stripe)) == (False, ["k" * 64])


def test_a_refusal_is_permanent_and_quotes_the_code_only(call):
    """The provider's message may quote what a customer wrote; the error code is a word of its API."""
    with pytest.raises(Refused) as refused:
        call("charge.retrieve", charge="ch_absent")
    assert str(refused.value) == "stripe answered 404: resource_missing"


@pytest.mark.parametrize("body", [b"", b"oops", b"[]", b'{"error": "words"}', b'{"error": null}'])
def test_a_refusal_without_an_error_code_is_permanent(call, acme, body):
    """Whatever stands in its body."""
    acme.answers = [Response(400, body)]
    with pytest.raises(Refused, match="acme answered 400: no error code"):
        call(READ, thing="1")


@pytest.mark.parametrize("status", [409, 429])
def test_being_told_to_wait_is_retryable_with_the_time_given(call, acme, status):
    """Nothing happened, and the provider says when it may be tried again."""
    acme.answers = [Response.json(status, {}, {"Retry-After": "7"})]
    with pytest.raises(RetryableError) as refused:
        call(READ, thing="1")
    assert (type(refused.value), refused.value.retry_after) == (Busy, 7.0)


def test_stripes_own_rate_limit_is_retryable(call, arm):
    """The sandbox answers as Stripe does."""
    arm("status", 429, retry_after=3)
    with pytest.raises(RetryableError) as refused:
        call("charge.retrieve", charge="ch_1")
    assert (type(refused.value), refused.value.retry_after) == (Busy, 3.0)


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "Wed, 99 Oct 2026 07:28:00 GMT"])
def test_a_retry_after_that_cannot_be_read_is_none(call, acme, text):
    """Then the queue's own back-off decides."""
    acme.answers = [Response.json(429, {}, {"Retry-After": text})]
    with pytest.raises(RetryableError) as refused:
        call(READ, thing="1")
    assert refused.value.retry_after is None


def test_a_time_to_wait_is_a_number_that_json_can_carry(call, acme):
    """The agent gets it in a JSON answer, which has no infinity."""
    acme.answers = [Response.json(429, {}, {"Retry-After": "9" * 400})]
    with pytest.raises(RetryableError) as refused:
        call(READ, thing="1")
    assert refused.value.retry_after is None or math.isfinite(refused.value.retry_after)


@pytest.mark.parametrize("status", [500, 502, 503, 599])
def test_a_failing_provider_leaves_the_outcome_unknown(call, acme, status):
    """It may have acted before it failed."""
    acme.answers = [Response.json(status, {})]
    with pytest.raises(OutcomeUnknown, match=f"acme answered {status}"):
        call(ACT, thing="1")


def test_a_lost_answer_leaves_the_outcome_unknown_and_a_repeat_finds_out(call, arm, stripe):
    """The effect took place; under the same key its answer comes back, and nothing happens again."""
    arm("after")
    with pytest.raises(OutcomeUnknown):
        call("review.approve", key="k" * 64, review="prv_1")
    assert call("review.approve", key="k" * 64, review="prv_1")["open"] is False
    assert effects(stripe) == ["k" * 64]


def test_a_provider_that_does_not_answer_in_time_leaves_the_outcome_unknown(call, arm, monkeypatch):
    """The call ends with the event's time."""
    monkeypatch.setattr(outbound, "SHORTEST_CALL", 0.01)
    monkeypatch.setattr(outbound, "PATIENCE_SECONDS", 0.05)
    arm("timeout")
    with pytest.raises(OutcomeUnknown, match="did not answer"):
        call("charge.retrieve", charge="ch_1", seconds=0.05)


def test_a_provider_that_is_given_next_to_no_time_is_not_called_unwell(call, arm, monkeypatch):
    """Else an agent could open everybody's circuit by asking with its time all but over."""
    monkeypatch.setattr(outbound, "SHORTEST_CALL", 0.01)
    arm("timeout")
    with pytest.raises(OutOfTime) as failed:
        call("charge.retrieve", charge="ch_1", seconds=0.05)
    assert not isinstance(failed.value, Unwell)


def test_a_provider_that_cannot_be_reached_did_nothing(call):
    """A connection that was refused carried no request."""
    with socket.socket() as bound:  # it does not listen
        bound.bind(("127.0.0.1", 0))
        unreachable = Provider(ACME, lambda: "token", f"http://127.0.0.1:{bound.getsockname()[1]}")
        with pytest.raises(RetryableError) as failed:
            unreachable.call(READ, {"thing": "1"}, None, 5)
    assert type(failed.value) is Unreachable


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(call, acme, server, status):
    """Not even to the same host: the credential and the effect go where the manifest says."""
    acme.answers = [Response(status, b"", {"Location": f"{server.urls['acme']}/elsewhere"})]
    with pytest.raises(Refused, match=str(status)):
        call(ACT, thing="1")
    assert [request.path for request in acme.asked] == ["/things/1/act"]


def test_an_answer_may_be_as_large_as_the_limit(call, acme):
    """To the byte."""
    acme.answers = [Response(200, b'"' + b"a" * (MAX_ANSWER_BYTES - 2) + b'"')]
    assert len(call(READ, thing="1")) == MAX_ANSWER_BYTES - 2


@pytest.mark.parametrize(("operation", "error"), [(ACT, OutcomeUnknown), (READ, Refused)], ids=["effect", "read"])
def test_an_answer_over_the_limit_is_not_read(call, acme, operation, error):
    """The effect may have happened, only its answer is of no use; a read is in vain, and the provider is well."""
    acme.answers = [Response(200, b'"' + b"a" * MAX_ANSWER_BYTES + b'"')]
    with pytest.raises(error, match="more than"):
        call(operation, thing="1")


def test_a_call_after_an_oversized_answer_is_answered(call, acme):
    """What was left unread must not spoil the connection for the next event."""
    acme.answers = [Response(200, b'"' + b"a" * MAX_ANSWER_BYTES + b'"')]
    with pytest.raises(Refused):
        call(READ, thing="1")
    assert call(READ, thing="2") == {"ok": True}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"ok": ', b"\xff"])
def test_an_answer_that_is_not_json_leaves_the_outcome_unknown(call, acme, body):
    """A 200 of something in between is not the provider's word."""
    acme.answers = [Response(200, body)]
    with pytest.raises(OutcomeUnknown, match="not JSON"):
        call(ACT, thing="1")


@pytest.mark.parametrize("seconds", [-1, 0, 0.4])
def test_with_too_little_time_nothing_is_sent(call, acme, seconds):
    """A call that must be cut off would only end in doubt."""
    with pytest.raises(RetryableError, match="too few"):
        call(ACT, seconds=seconds, thing="1")
    assert acme.asked == []


@pytest.mark.parametrize("hosts", [[], ["api.acme.test"]])
def test_a_provider_without_an_address_on_a_declared_host_is_refused(hosts):
    """At the cold start, before anything is handled."""
    manifest = ConnectorManifest(name="acme", owner="tests", operations=[READ], hosts=hosts)
    with pytest.raises(ConfigurationError, match="not on a host"):
        Provider(manifest, lambda: "token")


def test_the_declared_address_is_taken():
    """Without a sandbox."""
    Provider(ACME, lambda: "token")


@pytest.mark.parametrize(
    ("id", "path"),
    [
        ("1/act", "/things/1%2Fact"),
        ("../admin", "/things/..%2Fadmin"),
        ("1?limit=9", "/things/1%3Flimit%3D9"),
        ("1#x", "/things/1%23x"),
        ("a b%2F", "/things/a%20b%252F"),
        ("é", "/things/%C3%A9"),
        ("{thing}", "/things/%7Bthing%7D"),
    ],
)
def test_an_id_stays_one_segment_of_the_path(call, acme, id, path):
    """Whatever it holds, it cannot reach another path, query or operation."""
    call(READ, thing=id)
    assert [(request.path, request.query) for request in acme.asked] == [(path, "")]


@pytest.mark.parametrize("id", [".", ".."])
def test_an_id_of_dots_does_not_leave_its_folder(call, acme, id):
    """A path is made simpler on the way: `/things/..` would become `/`."""
    with pytest.raises(PermanentError):
        call(ACT, thing=id)
    assert acme.asked == []


def test_a_request_carries_what_the_manifest_declares(call, acme):
    """The version's header, the credential, and the key of an effect."""
    call(ACT, key="k" * 64, thing="1", note="a&b")
    asked = acme.asked[0]
    headers = {name: asked.headers.get(name) for name in ("acme-version", "authorization", "idempotency-key")}
    assert headers == {"acme-version": "7", "authorization": "Bearer token", "idempotency-key": "k" * 64}
    assert (asked.method, asked.body, asked.headers["content-type"]) == (
        "POST",
        b"note=a%26b",
        "application/x-www-form-urlencoded",
    )


def test_a_read_has_its_options_in_the_query_and_no_key(call, acme):
    """And no body."""
    call(READ, thing="1", limit="5&x=1")
    asked = acme.asked[0]
    assert (asked.method, asked.query, asked.body) == ("GET", "limit=5%26x%3D1", b"")
    assert "idempotency-key" not in asked.headers


def test_a_provider_without_a_credential_gets_no_authorization(acme, server):
    """What is not declared is not sent."""
    manifest = ConnectorManifest(
        name="acme", owner="tests", operations=[READ], hosts=["a.test"], base="https://a.test/"
    )
    Provider(manifest, lambda: "token", server.urls["acme"]).call(READ, {"thing": "1"}, None, 5)
    assert "authorization" not in acme.asked[0].headers


def test_a_credential_that_cannot_be_sent_is_not_quoted(server):
    """A line break at its end, as a shell leaves it, is a mistake of configuration and no reason to show it."""
    said = "sent without it"
    try:
        Provider(ACME, lambda: "sk_hush\n", server.urls["acme"]).call(READ, {"thing": "1"}, None, 5)
    except Exception as error:  # noqa: BLE001 - whatever is raised ends up in the log
        said = f"{type(error).__name__}: {error}"
    assert "sk_hush" not in said


SEND = Operation(
    "thing.send",
    kind="effect",
    entity="acme:thing/{thing}",
    method="POST",
    path="/sent",
    takes={"amount": Number(), "now": Flag()},
    encoding="form",
    idempotency="key",
    sends={"metadata": {"mark": "{key}"}},
)


def test_an_id_that_the_path_does_not_hold_goes_into_the_body_and_the_mark_with_it(call, acme):
    """As forms have numbers and flags."""
    call(SEND, "key", thing="t 1", amount=5, now=True, metadata={"mark": "key"})
    assert (acme.asked[0].path, acme.asked[0].body) == ("/sent", b"thing=t+1&amount=5&now=true&metadata%5Bmark%5D=key")


def test_what_an_operation_always_sends_goes_along_with_a_read_too(call, acme):
    read = Operation(
        "thing.list", kind="read", entity="acme:thing/{thing}", method="GET", path="/things", sends={"limit": "5"}
    )
    call(read, thing="1")
    assert acme.asked[0].query == "thing=1&limit=5"


JUDGED = replace(ACME, verdict=Verdict(ok="ok", error="error", busy=["slow_down"], unknown=["broke"]))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"ok": False, "error": "no_such_thing"}, Refused),
        ({"ok": False, "error": "slow_down"}, Busy),
        ({"ok": False, "error": "broke"}, OutcomeUnknown),
        ({"ok": False}, Refused),
        ({"ok": "true"}, OutcomeUnknown),
        ({"ok": 1}, OutcomeUnknown),
        ({}, OutcomeUnknown),
        (["ok"], OutcomeUnknown),
        (None, OutcomeUnknown),
    ],
)
def test_a_provider_that_answers_200_to_everything_is_judged_by_the_body(server, acme, answer, error):
    """What has no verdict may be done or not."""
    acme.answers = [Response.json(200, answer)]
    with pytest.raises(error) as raised:
        Provider(JUDGED, lambda: "token", server.urls["acme"]).call(ACT, {"thing": "1"}, "key", 5)
    assert type(raised.value) is error


def test_an_answer_that_says_that_it_is_done_is_handed_on(server, acme):
    acme.answers = [Response.json(200, {"ok": True, "id": 7})]
    answer = Provider(JUDGED, lambda: "token", server.urls["acme"]).call(ACT, {"thing": "1"}, "key", 5)
    assert answer == {"ok": True, "id": 7}


def test_json_that_is_too_deep_to_read_is_no_answer(call, acme):
    acme.answers = [Response(200, b"[" * 100_000)]
    with pytest.raises(OutcomeUnknown, match="not JSON"):
        call(ACT, "key", thing="1")


def test_an_id_that_the_path_of_a_read_does_not_hold_goes_into_the_query(call, acme):
    call(Operation("thing.list", kind="read", entity="acme:thing/{thing}", method="GET", path="/things"), thing="t/1")
    assert (acme.asked[0].path, acme.asked[0].query) == ("/things", "thing=t%2F1")


def test_a_failure_that_the_provider_kept_is_told_from_a_new_one(call, arm):
    """Repeating it under the same key would go on for a day."""
    arm("status", saved=True)
    with pytest.raises(OutcomeUnknown) as first:
        call("review.approve", "key", review="prv_1")
    assert type(first.value) is OutcomeUnknown
    with pytest.raises(FailureReplayed, match="as it did before"):
        call("review.approve", "key", review="prv_1")


def test_a_refund_is_found_by_the_mark_that_it_was_made_with(call):
    call("refund.create", "key", charge="ch_1", amount=100, metadata={"hookline": "key"})
    refunds = call("refund.list", charge="ch_1")
    assert [refund["metadata"] for refund in refunds["data"]] == [{"hookline": "key"}]


def test_a_credential_that_was_rotated_is_presented_from_then_on(acme, server):
    """The provider asks for it each time."""
    credentials = iter(["first", "second"])
    rotating = Provider(ACME, lambda: next(credentials), server.urls["acme"])
    for _ in range(2):
        rotating.call(READ, {"thing": "1"}, None, 5)
    assert [request.headers["authorization"] for request in acme.asked] == ["Bearer first", "Bearer second"]
