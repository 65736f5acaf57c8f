"""What a provider's answer means: done, refused, to be retried, or unknown."""

import contextlib
import itertools
import math
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from functions.api.sandbox import Response
from functions.core.gate import outbound
from functions.core.gate.outbound import (
    MAX_ANSWER_BYTES,
    Busy,
    FailureReplayed,
    OutcomeUnknown,
    OutOfTime,
    Refused,
    Unauthorized,
    Unreachable,
    Unwell,
)
from functions.core.manifests.connector import Verdict
from functions.core.platform.errors import Gone, RetryableError
from functions.providers.stripe.connector import MANIFEST as STRIPE
from hookline.testing.providers import at_sandbox
from tests.unit.gate.outbound.acme import ACME, ACT, READ, effects


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


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": "error", "category": "VALIDATION_ERROR", "message": "Ada's", "errors": []}, "VALIDATION_ERROR"),
        ({"category": "VALIDATION_ERROR", "errors": [{"message": "Ada's", "in": "name"}]}, "VALIDATION_ERROR"),
        ({"category": "VALIDATION_ERROR", "errors": [{"code": "INVALID_EMAIL", "message": "x"}]}, "INVALID_EMAIL"),
        ({"code": "FORM_NOT_FOUND", "description": "Ada's form"}, "FORM_NOT_FOUND"),
        ({"category": "what Ada wrote", "code": 7}, "no error code"),
    ],
)
def test_a_refusals_code_is_found_in_the_forms_of_providers(call, acme, body, code):
    """And no more of the body is quoted."""
    acme.answers = [Response.json(400, body)]
    with pytest.raises(Refused) as refused:
        call(READ, thing="1")
    assert str(refused.value) == f"acme answered 400: {code}"


@pytest.mark.parametrize(("status", "headers"), [(423, {}), (425, {}), (477, {"Retry-After": "7"})])
def test_what_is_locked_for_now_is_retryable(call, acme, status, headers):
    """Nothing was done: HubSpot locks a record for two seconds, and an account while it moves it."""
    acme.answers = [Response.json(status, {"category": "LOCKED"}, headers)]
    with pytest.raises(RetryableError, match=f"{status}: LOCKED") as refused:
        call(ACT, thing="1")
    assert (type(refused.value), refused.value.retry_after) == (Busy, 7.0 if headers else None)


def test_a_timeout_that_says_when_to_ask_again_leaves_the_outcome_unknown(call, acme):
    """The request may have been at work."""
    acme.answers = [Response.json(408, {}, {"Retry-After": "7"})]
    with pytest.raises(OutcomeUnknown):
        call(ACT, thing="1")


@pytest.mark.parametrize("status", [409, 429])
def test_a_request_to_wait_is_retryable_with_the_time_given(call, acme, status):
    """Nothing happened, and the provider says when it may be tried again."""
    acme.answers = [Response.json(status, {}, {"Retry-After": "7"})]
    with pytest.raises(RetryableError) as refused:
        call(READ, thing="1")
    assert (isinstance(refused.value, Busy), refused.value.retry_after) == (True, 7.0)


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
    """The effect took place; under the same key its answer is returned, and nothing happens again."""
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


def test_a_provider_that_gets_almost_no_time_is_not_called_unwell(call, arm, monkeypatch):
    """Otherwise an agent could open everybody's circuit by asking with almost no time left."""
    monkeypatch.setattr(outbound, "SHORTEST_CALL", 0.01)
    arm("timeout")
    with pytest.raises(OutOfTime) as failed:
        call("charge.retrieve", charge="ch_1", seconds=0.05)
    assert not isinstance(failed.value, Unwell)


def test_a_provider_that_cannot_be_reached_did_nothing(call):
    """A connection that was refused carried no request."""
    with socket.socket() as bound:  # it does not listen
        bound.bind(("127.0.0.1", 0))
        unreachable = at_sandbox(ACME, lambda: "token", f"http://127.0.0.1:{bound.getsockname()[1]}")
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
    """An effect may have happened, so its outcome is unknown; a read fails, and the provider counts as healthy."""
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
    """A 200 from a proxy is not the provider's answer."""
    acme.answers = [Response(200, body)]
    with pytest.raises(OutcomeUnknown, match="not JSON"):
        call(ACT, thing="1")


@pytest.mark.parametrize("seconds", [-1, 0, 0.4])
def test_with_too_little_time_nothing_is_sent(call, acme, seconds):
    """A call that is cut off has an unknown outcome."""
    with pytest.raises(RetryableError, match="too few"):
        call(ACT, seconds=seconds, thing="1")
    assert acme.asked == []


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
        at_sandbox(JUDGED, lambda: "token", server.urls["acme"]).call(ACT, {"thing": "1"}, "key", 5)
    assert type(raised.value) is error


def test_an_answer_that_says_that_it_is_done_is_handed_on(server, acme):
    acme.answers = [Response.json(200, {"ok": True, "id": 7})]
    answer = at_sandbox(JUDGED, lambda: "token", server.urls["acme"]).call(ACT, {"thing": "1"}, "key", 5)
    assert answer == {"ok": True, "id": 7}


def test_json_that_is_too_deep_to_read_is_no_answer(call, acme):
    acme.answers = [Response(200, b"[" * 100_000)]
    with pytest.raises(OutcomeUnknown, match="not JSON"):
        call(ACT, "key", thing="1")


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
    assert refunds["complete"]
    assert [refund["metadata"] for refund in refunds["items"]] == [{"hookline": "key"}]


def test_a_credential_that_is_not_accepted_is_retried(call, acme):
    """A rotated one is read within minutes; until then its events wait, and none is a dead letter at once."""
    acme.answers = [Response.json(401, {"error": {"code": "expired"}})]
    with pytest.raises(Unauthorized, match="acme answered 401: expired"):
        call(ACT, key="key", thing="1")


def test_a_request_that_timed_out_at_the_provider_may_have_acted(call, acme):
    acme.answers = [Response.json(408, {})]
    with pytest.raises(OutcomeUnknown, match="408"):
        call(ACT, key="key", thing="1")


def test_a_call_after_an_answer_that_is_too_large_is_answered(call, acme):
    """The rest of the large answer is not taken for the next one."""
    acme.answers = [Response.json(200, {"text": "x" * (MAX_ANSWER_BYTES + 70_000)}), Response.json(200, {"id": "2"})]
    with pytest.raises(Refused, match="bytes"):
        call(READ, thing="1")
    assert call(READ, thing="2") == {"id": "2"}


def test_a_refund_is_found_among_more_than_a_page(call):
    """Stripe lists ten unless it is asked for more, the newest first: the oldest of twelve would not be seen."""
    for number in range(12):
        call("refund.create", f"key-{number}", charge="ch_1", amount=1, metadata={"hookline": f"key-{number}"})
    refunds = call("refund.list", charge="ch_1")
    assert [refund["metadata"]["hookline"] for refund in refunds["items"]] == [f"key-{n}" for n in range(12)[::-1]]
    listing = replace(STRIPE.operation("refund.list"), sends={"limit": 5})
    assert call(listing, charge="ch_1") == refunds


class Dripping(BaseHTTPRequestHandler):
    """Answers one byte after the other, and never ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.ended.wait(0.02):  # type: ignore[attr-defined]  # set below
                self.wfile.write(b" ")

    def log_message(self, *_: object) -> None:
        pass


def test_an_answer_that_drips_is_given_up_at_the_deadline():
    """Each read from the socket is in time, so a timeout of reads alone would wait for ever."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    server.ended = threading.Event()  # type: ignore[attr-defined]  # the handler's
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ticks = itertools.count(0.0, 0.5)  # each look at the clock is half a second later
    try:
        acme = at_sandbox(ACME, lambda: "token", f"http://127.0.0.1:{server.server_port}", clock=lambda: next(ticks))
        with pytest.raises(OutcomeUnknown, match="did not answer"):
            acme.call(READ, {"thing": "1"}, None, 5.0)
    finally:
        server.ended.set()  # type: ignore[attr-defined]  # as above
        server.shutdown()
        server.server_close()
    assert next(ticks) < 12


@pytest.mark.parametrize("status", [404, 409])
def test_what_the_provider_no_longer_has_is_gone(call, acme, status):
    """Which statuses say so is the operation's to declare; 409 would be a reason to try again otherwise."""
    acme.answers = [Response.json(status, {"error": {"code": "call_not_found"}})] * 2
    with pytest.raises(Gone, match=f"acme answered {status}: call_not_found"):
        call(replace(ACT, gone=(404, 409)), thing="t_1")
    with pytest.raises(Busy if status == 409 else Refused):
        call(ACT, thing="t_1")


def test_a_200_without_a_body_is_an_answer_of_an_operation_that_has_none(call, acme):
    """Of any other, the body was cut, and nobody knows what it said."""
    acme.answers = [Response(200, b""), Response(200, b"")]
    assert call(replace(ACT, bodiless=True), thing="t_1") is None
    with pytest.raises(OutcomeUnknown, match="not JSON"):
        call(ACT, thing="t_1")
