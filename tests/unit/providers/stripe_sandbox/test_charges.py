"""The Stripe sandbox keeps charges, reviews and refunds as Stripe does."""

import pytest

from tests.unit.providers.stripe_sandbox.calls import APPROVE, answer, error, get, make_charge, post, put, state


def test_a_charge_is_returned_as_it_was_put(stripe):
    assert answer(stripe, get("/v1/charges/ch_1")) == (200, make_charge())


@pytest.mark.parametrize("path", ["/v1/charges/ch_no", "/v1/reviews/prv_no", "/v1/events/evt_no"])
def test_an_object_that_is_missing_is_404_resource_missing(stripe, path):
    status, body = error(stripe, get(path))
    assert (status, body["code"], body["param"]) == (404, "resource_missing", "id")
    assert body["doc_url"].endswith("/resource-missing")


def test_a_charge_that_names_a_review_opens_it(stripe):
    _, review = answer(stripe, get("/v1/reviews/prv_1"))
    assert (review["object"], review["open"], review["reason"]) == ("review", True, "rule")
    assert (review["charge"], review["payment_intent"], review["closed_reason"]) == ("ch_1", "pi_1", None)


def test_approving_a_review_closes_it_and_is_recorded_as_one_effect(stripe, clock):
    status, review = answer(stripe, post(APPROVE, key="k1"))
    assert status == 200
    assert (review["open"], review["reason"], review["closed_reason"]) == (False, "approved", "approved")
    effect = {"kind": "review.approve", "id": "prv_1", "at": int(clock.now), "idempotency_key": "k1"}
    assert state(stripe)["effects"] == [effect]


def test_approving_a_closed_review_is_refused_and_has_no_effect(stripe):
    answer(stripe, post(APPROVE))
    status, body = error(stripe, post(APPROVE))
    assert (status, body["type"]) == (400, "invalid_request_error")
    assert len(state(stripe)["effects"]) == 1


def test_a_partial_refund_leaves_the_rest_and_the_review_open(stripe):
    form = {"charge": "ch_1", "amount": "200", "reason": "duplicate", "metadata[case]": "7"}
    status, refund = answer(stripe, post("/v1/refunds", form))
    assert (status, refund["object"], refund["amount"], refund["charge"]) == (200, "refund", 200, "ch_1")
    assert (refund["reason"], refund["metadata"], refund["status"]) == (
        "duplicate",
        {"case": "7"},
        "succeeded",
    )
    after = state(stripe)
    assert (after["charges"][-1]["amount_refunded"], after["charges"][-1]["refunded"]) == (200, False)
    assert after["reviews"][-1]["open"]
    assert [effect["id"] for effect in after["effects"]] == [refund["id"]]


def test_a_refund_without_amount_gives_back_what_is_left_and_closes_the_review(stripe):
    answer(stripe, post("/v1/refunds", {"charge": "ch_1", "amount": "200"}))
    _, refund = answer(stripe, post("/v1/refunds", {"charge": "ch_1", "reason": "fraudulent"}))
    after = state(stripe)
    assert refund["amount"] == 4000
    assert (after["charges"][-1]["refunded"], after["reviews"][-1]["closed_reason"]) == (
        True,
        "refunded_as_fraud",
    )


@pytest.mark.parametrize(
    ("currency", "message"),
    [
        ("usd", "Refund amount ($42.01) is greater than charge amount ($42.00)"),
        ("jpy", "Refund amount (4,201 JPY) is greater than charge amount (4,200 JPY)"),
        ("ugx", "Refund amount (42.01 UGX) is greater than charge amount (42.00 UGX)"),
        ("kwd", "Refund amount (4.201 KWD) is greater than charge amount (4.200 KWD)"),
    ],
)
def test_refunding_more_than_the_charge_is_400(stripe, currency, message):
    put(stripe, make_charge(currency=currency))
    status, body = error(stripe, post("/v1/refunds", {"charge": "ch_1", "amount": "4201"}))
    assert (status, body["message"], body["param"]) == (400, message, "amount")
    assert not state(stripe)["effects"]


def test_refunding_a_refunded_charge_is_400_charge_already_refunded(stripe):
    answer(stripe, post("/v1/refunds", {"charge": "ch_1"}))
    status, body = error(stripe, post("/v1/refunds", {"charge": "ch_1"}))
    assert (status, body["code"]) == (400, "charge_already_refunded")


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({}, "charge"),
        ({"charge": "ch_1", "amount": "1e3"}, "amount"),
        ({"charge": "ch_1", "amount": "0"}, "amount"),
        ({"charge": "ch_1", "amount": "-5"}, "amount"),
        ({"charge": "ch_1", "amount": "9" * 5000}, "amount"),
        ({"charge": "ch_1", "reason": "because"}, "reason"),
        ({"charge": "ch_1", "color": "red"}, "color"),
    ],
)
def test_a_refund_with_a_wrong_parameter_names_it(stripe, form, param):
    status, body = error(stripe, post("/v1/refunds", form))
    assert (status, body["param"]) == (400, param)


def test_a_charge_placed_in_review_says_so_in_its_outcome():
    assert make_charge()["outcome"]["type"] == "manual_review"
    cleared = make_charge(review=None, risk_level="normal", risk_score=9)["outcome"]
    assert (cleared["type"], cleared["risk_score"], cleared["reason"]) == ("authorized", 9, None)


def test_a_charge_holds_the_card_and_its_country():
    card = make_charge()["payment_method_details"]["card"]
    assert (card["country"], card["fingerprint"], card["last4"]) == ("DE", "fp_1", "4242")
    assert make_charge()["billing_details"]["address"]["country"] == "DE"


@pytest.mark.parametrize("wrong", [{"country": "Germany"}, {"country": "de"}, {"amount": 4.2}, {"amount": -1}])
def test_a_charge_that_stripe_would_not_send_is_not_made(wrong):
    with pytest.raises(ValueError, match=str(next(iter(wrong)))):
        make_charge(**wrong)
