"""The Stripe sandbox acts once under an idempotency key, and replays its answer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.api.sandbox import Dropped, Request
from functions.providers.stripe.sandbox.idempotency import KEY_LIFETIME
from tests.unit.providers.stripe_sandbox.calls import APPROVE, BEARER, answer, error, make_charge, post, put, state


def test_the_same_key_replays_the_first_answer_and_acts_once(stripe):
    first, second = (stripe.handle(post(APPROVE, key="k1")) for _ in range(2))
    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Original-Request"] == first.headers["Request-Id"] != second.headers["Request-Id"]
    assert [call["replayed"] for call in state(stripe)["calls"]] == [False, True]
    assert len(state(stripe)["effects"]) == 1


def test_the_same_key_with_other_parameters_is_an_idempotency_error(stripe):
    stripe.handle(post("/v1/refunds", {"charge": "ch_1", "amount": "1"}, key="k1"))
    status, body = error(stripe, post("/v1/refunds", {"charge": "ch_1", "amount": "2"}, key="k1"))
    assert (status, body["type"]) == (400, "idempotency_error")
    assert "same parameters" in body["message"]


def test_the_same_key_on_another_endpoint_is_an_idempotency_error(stripe):
    stripe.handle(post("/v1/refunds", {"charge": "ch_1", "amount": "1"}, key="k1"))
    status, body = error(stripe, post(APPROVE, key="k1"))
    assert (status, body["type"]) == (400, "idempotency_error")
    assert f"('{APPROVE}' vs '/v1/refunds')" in body["message"]


def test_a_second_request_while_the_first_is_under_way_is_409(stripe):
    during = []
    status, _ = answer(
        stripe, post(APPROVE, key="k1"), acting=lambda: during.append(error(stripe, post(APPROVE, key="k1")))
    )
    assert status == 200
    assert (during[0][0], during[0][1]["code"]) == (409, "idempotency_key_in_use")


def test_many_requests_with_one_key_at_once_act_once(stripe):
    together = threading.Barrier(8)

    def send(_) -> int:
        together.wait(timeout=5)
        return stripe.handle(post("/v1/refunds", {"charge": "ch_1", "amount": "1"}, key="k1")).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(8))) <= {200, 409}
    assert len(state(stripe)["effects"]) == 1


def test_a_server_error_of_the_operation_is_kept_and_replayed(stripe):
    first = stripe.handle(post(APPROVE, key="k1"), acting=lambda: stripe.failure(500))
    second = stripe.handle(post(APPROVE, key="k1"))
    assert (second.status, second.body) == (500, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert not state(stripe)["effects"]


def test_a_refusal_before_the_request_arrives_is_not_kept(stripe):
    limited = stripe.handle(post(APPROVE, key="k1"), arriving=lambda: stripe.failure(429, 3))
    assert (limited.status, limited.headers["Retry-After"]) == (429, "3")
    assert stripe.handle(post(APPROVE, key="k1")).status == 200


def test_a_request_that_fails_validation_does_not_use_up_its_key(stripe):
    assert stripe.handle(post("/v1/refunds", {}, key="k1")).status == 400
    assert stripe.handle(post("/v1/refunds", {"charge": "ch_1"}, key="k1")).status == 200


def test_a_refusal_by_the_operation_itself_is_kept(stripe):
    form = {"charge": "ch_1", "amount": "4201"}
    stripe.handle(post("/v1/refunds", form, key="k1"))
    put(stripe, make_charge(amount=9900))
    assert stripe.handle(post("/v1/refunds", form, key="k1")).status == 400


def test_a_key_is_new_again_after_24_hours(stripe, clock):
    stripe.handle(post(APPROVE, key="k1"))
    clock.now += KEY_LIFETIME
    assert "Idempotent-Replayed" not in stripe.handle(post(APPROVE, key="k1")).headers


@pytest.mark.parametrize(("key", "status"), [("k" * 255, 200), ("k" * 256, 400), ("", 400)])
def test_a_key_has_1_to_255_characters(stripe, key, status):
    assert stripe.handle(post(APPROVE, key=key)).status == status


def test_a_key_has_no_effect_on_get(stripe):
    request = Request("GET", "/v1/charges/ch_1", headers={**BEARER, "idempotency-key": "k1"})
    assert "Idempotent-Replayed" not in (stripe.handle(request) and stripe.handle(request)).headers


def test_a_request_that_broke_off_releases_its_key(stripe):
    def break_off():
        raise Dropped

    with pytest.raises(Dropped):
        stripe.handle(post(APPROVE, key="k1"), acting=break_off)
    assert stripe.handle(post(APPROVE, key="k1")).status == 200
    assert [call["status"] for call in state(stripe)["calls"]] == [None, 200]
