"""The Stripe sandbox answers requests as Stripe does: authentication, addresses, headers and parameters."""

import base64

import pytest

from functions.api.sandbox import Request
from functions.providers.stripe.sandbox import SANDBOX_API_KEY
from functions.providers.stripe.sandbox.objects import API_VERSION
from tests.unit.providers.stripe_sandbox.calls import APPROVE, BEARER, error, get


@pytest.mark.parametrize(
    "authorization",
    [f"Bearer {SANDBOX_API_KEY}", "Basic " + base64.b64encode(f"{SANDBOX_API_KEY}:".encode()).decode()],
)
def test_the_sandbox_key_is_accepted_as_bearer_and_as_basic_user(stripe, authorization):
    request = Request("GET", "/v1/charges/ch_1", headers={"authorization": authorization})
    assert stripe.handle(request).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic ",
        "Basic %%%",
        "Basic /w==",
        "Digest x",
        "Bearer wrong",
        "Bearer \udc80é",
        f"Bearer {SANDBOX_API_KEY}x",
        f"Bearer {SANDBOX_API_KEY[:-1]}",
    ],
)
def test_a_missing_or_wrong_key_is_401_with_stripes_error_body(stripe, authorization):
    request = Request("GET", "/v1/charges/ch_1", headers={"authorization": authorization})
    status, body = error(stripe, request)
    assert (status, body["type"]) == (401, "invalid_request_error")
    assert body["message"]


def test_a_wrong_key_is_not_echoed(stripe):
    real_looking = "sk_live_" + "a1b2c3d4" * 3
    response = stripe.handle(Request("GET", "/v1/events", headers={"authorization": f"Bearer {real_looking}"}))
    assert real_looking[:-4].encode() not in response.body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/"),
        ("GET", "/v1/charges/"),
        ("GET", "/v1/charges/a/b"),
        ("GET", APPROVE),
        ("DELETE", "/v1/charges/ch_1"),
        ("POST", "/v1/charges/ch_1"),
        ("PUT", "/v1/refunds"),
        ("GET", "/v2/events"),
    ],
)
def test_an_unknown_path_or_method_is_an_unrecognized_url(stripe, method, path):
    status, body = error(stripe, Request(method, path, headers=BEARER))
    assert status == 404
    assert body["message"].startswith(f"Unrecognized request URL ({method}: {path}).")


def test_every_answer_has_its_own_request_id(stripe):
    ids = {stripe.handle(get(path)).headers["Request-Id"] for path in ("/v1/charges/ch_1", "/v1/events", "/x")}
    assert len(ids) == 3
    assert all(id_.startswith("req_") for id_ in ids)


@pytest.mark.parametrize(
    ("asked", "given_back"),
    [
        ("2024-06-20", "2024-06-20"),
        ("2025-12-15.clover", "2025-12-15.clover"),
        ("", API_VERSION),
        ("a\r\nSet-Cookie: b", API_VERSION),
        ("é", API_VERSION),
    ],
)
def test_the_stripe_version_is_echoed_when_it_can_be_one(stripe, asked, given_back):
    request = Request("GET", "/v1/events", headers={**BEARER, "stripe-version": asked})
    assert stripe.handle(request).headers["Stripe-Version"] == given_back


def test_a_json_body_is_refused_as_stripe_refuses_it(stripe):
    request = Request("POST", "/v1/refunds", headers={**BEARER, "content-type": "application/json"}, body=b"{}")
    status, body = error(stripe, request)
    assert status == 400
    assert "application/x-www-form-urlencoded" in body["message"]


def test_an_unknown_parameter_is_named(stripe):
    status, body = error(stripe, get("/v1/charges/ch_1", "expand[]=review"))
    assert (status, body["code"], body["param"]) == (400, "parameter_unknown", "expand[]")
