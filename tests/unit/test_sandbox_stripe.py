"""The Stripe sandbox: what it answers as Stripe does, the faults it makes on request, and its labels."""

import base64
import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.sandbox import Dropped, Request
from functions.providers.stripe.sandbox import SANDBOX_API_KEY, Stripe
from functions.providers.stripe.sandbox.idempotency import KEY_LIFETIME
from functions.providers.stripe.sandbox.objects import API_VERSION, charge, charge_succeeded_event
from hookline.local.sandbox_server import Sandbox, SandboxServer

BEARER = {"authorization": f"Bearer {SANDBOX_API_KEY}"}
CONTROL = {"x-sandbox-control": "1"}
APPROVE = "/v1/reviews/prv_1/approve"


class Clock:
    """A clock that tests set."""

    now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


def make_charge(id: str = "ch_1", **changes) -> dict:
    given = {
        "amount": 4200,
        "currency": "usd",
        "customer": "cus_1",
        "created": 1_749_999_000,
        "card_fingerprint": "fp_1",
        "country": "DE",
        "risk_level": "elevated",
        "risk_score": 68,
        "review": "prv_1",
        "payment_intent": "pi_1",
    }
    return charge(id, **{**given, **changes})


def put(stripe: Stripe, *objects: dict, what: str = "charges") -> None:
    assert stripe.control("POST", what, json.dumps(objects).encode()).status == 200


def state(stripe: Stripe) -> dict:
    return json.loads(stripe.control("GET", "state", b"").body)


def post(path: str, form: dict | None = None, key: str | None = None) -> Request:
    headers = {**BEARER, "content-type": "application/x-www-form-urlencoded"}
    if key is not None:
        headers["idempotency-key"] = key
    return Request("POST", path, headers=headers, body=urlencode(form or {}).encode())


def get(path: str, query: str = "") -> Request:
    return Request("GET", path, query, BEARER)


def answer(stripe: Stripe, request: Request, **hooks) -> tuple[int, dict]:
    response = stripe.handle(request, **hooks)
    return response.status, json.loads(response.body)


def error(stripe: Stripe, request: Request) -> tuple[int, dict]:
    status, body = answer(stripe, request)
    return status, body["error"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stripe(clock: Clock) -> Stripe:
    made = Stripe(now=clock)
    put(made, make_charge())
    return made


# ---- authentication, addresses and headers


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


# ---- charges and reviews


def test_a_charge_comes_back_as_it_was_put(stripe):
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


# ---- refunds


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
    assert (after["charges"][0]["amount_refunded"], after["charges"][0]["refunded"]) == (200, False)
    assert after["reviews"][0]["open"]
    assert [effect["id"] for effect in after["effects"]] == [refund["id"]]


def test_a_refund_without_amount_gives_back_what_is_left_and_closes_the_review(stripe):
    answer(stripe, post("/v1/refunds", {"charge": "ch_1", "amount": "200"}))
    _, refund = answer(stripe, post("/v1/refunds", {"charge": "ch_1", "reason": "fraudulent"}))
    after = state(stripe)
    assert refund["amount"] == 4000
    assert (after["charges"][0]["refunded"], after["reviews"][0]["closed_reason"]) == (
        True,
        "refunded_as_fraud",
    )


@pytest.mark.parametrize(
    ("currency", "message"),
    [
        ("usd", "Refund amount ($42.01) is greater than charge amount ($42.00)"),
        ("jpy", "Refund amount (4,201 JPY) is greater than charge amount (4,200 JPY)"),
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


# ---- idempotency keys


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


# ---- events


@pytest.fixture
def events(stripe: Stripe) -> list[str]:
    """The ids of five events, newest first; the last two happened in the same second."""
    made = [charge_succeeded_event(make_charge(), f"evt_{at}", 1000 + min(at, 3)) for at in range(5)]
    made[0]["type"] = "review.opened"
    put(stripe, *made, what="events")
    return ["evt_4", "evt_3", "evt_2", "evt_1", "evt_0"]


def test_events_are_listed_newest_first_and_paged(stripe, events):
    _, first = answer(stripe, get("/v1/events", "limit=2"))
    _, rest = answer(stripe, get("/v1/events", "limit=3&starting_after=evt_3"))
    assert (first["object"], first["url"], first["has_more"]) == ("list", "/v1/events", True)
    assert [event["id"] for event in first["data"] + rest["data"]] == events
    assert not rest["has_more"]


@pytest.mark.parametrize(("type_", "count"), [("charge.succeeded", 4), ("charge.*", 4), ("*", 5), ("*a" * 2500, 0)])
def test_events_are_filtered_by_type_with_a_wildcard(stripe, events, type_, count):
    _, page = answer(stripe, get("/v1/events", urlencode({"type": type_})))
    assert len(page["data"]) == count


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=ten", "starting_after=evt_no"])
def test_a_wrong_paging_parameter_is_named(stripe, events, query):
    status, body = error(stripe, get("/v1/events", query))
    assert status in (400, 404)
    assert body["param"] == query.partition("=")[0]


def test_one_event_is_retrieved_whole(stripe, events):
    assert answer(stripe, get("/v1/events/evt_2")) == (
        200,
        charge_succeeded_event(make_charge(), "evt_2", 1002),
    )


# ---- the objects that fixtures and demonstrations are made of


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


def test_an_event_holds_a_snapshot_of_its_charge():
    live = make_charge()
    event = charge_succeeded_event(live, "evt_1", 1000)
    live["amount"] = 1
    assert event["data"]["object"] == make_charge()
    assert (event["object"], event["type"], event["livemode"]) == ("event", "charge.succeeded", False)
    assert set(event["request"]) == {"id", "idempotency_key"}


# ---- the control interface and the faults


def ask(sandbox: Sandbox, request: Request) -> tuple[int, dict]:
    response = sandbox.answer(request)
    assert response.headers["Hookline-Sandbox"] == "stripe"
    return response.status, json.loads(response.body)


def control(method: str, path: str, value: object = None) -> Request:
    return Request(method, f"/_sandbox/{path}", headers=CONTROL, body=json.dumps(value).encode())


def arm(sandbox: Sandbox, fault: str, path: str = "/v1/reviews/*/approve", **fields) -> None:
    given = {"provider": "stripe", "match": {"method": "POST", "path": path}, "fault": fault, **fields}
    assert ask(sandbox, control("POST", "faults", given))[0] == 200


def approve(sandbox: Sandbox, key: str | None = None) -> int:
    return sandbox.answer(post(f"/stripe{APPROVE}", key=key)).status


@pytest.fixture
def sandbox(stripe: Stripe) -> Sandbox:
    return Sandbox([stripe])


@pytest.mark.parametrize("headers", [{}, {"x-sandbox-control": "yes"}])
@pytest.mark.parametrize("path", ["/_sandbox/stripe/state", "/_sandbox/faults"])
def test_the_control_interface_needs_its_header(sandbox, path, headers):
    assert ask(sandbox, Request("DELETE", path, headers=headers))[0] == 403


@pytest.mark.parametrize("path", ["/nobody/v1/charges/ch_1", "/_sandbox/nobody/state", "/_sandbox/", "//", "/strip"])
def test_what_the_sandbox_does_not_serve_is_404(sandbox, path):
    assert ask(sandbox, Request("GET", path, headers=CONTROL))[0] == 404


def test_the_state_can_be_emptied(sandbox):
    assert approve(sandbox, "k1") == 200
    assert ask(sandbox, control("DELETE", "stripe/state"))[0] == 200
    _, emptied = ask(sandbox, control("GET", "stripe/state"))
    assert not any(emptied.values())


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [1],
        [{}],
        [{**make_charge(), "id": ""}],
        [{**make_charge(), "amount": "12"}],
        [{**make_charge(), "amount": True}],
        [{**make_charge(), "amount": -1}],
        [{**make_charge(), "created": None}],
        [{**make_charge(), "object": "refund"}],
        [make_charge(), {**make_charge(), "review": 7}],
        [{**make_charge(), "metadata": float("nan")}],
    ],
)
def test_charges_of_the_wrong_shape_are_refused_together_in_one_line(value):
    sandbox = Sandbox([Stripe(now=Clock())])
    status, body = ask(sandbox, control("POST", "stripe/charges", value))
    assert status == 400
    assert "\n" not in body["error"]
    assert not ask(sandbox, control("GET", "stripe/state"))[1]["charges"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"[" * 60 + b"]" * 60, b"[1e999]"])
@pytest.mark.parametrize("path", ["faults", "stripe/charges", "stripe/events"])
def test_bad_json_on_the_control_interface_is_400(sandbox, path, body):
    assert ask(sandbox, Request("POST", f"/_sandbox/{path}", headers=CONTROL, body=body))[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"provider": "nobody"},
        {"provider": []},
        {"fault": "fire"},
        {"fault": None},
        {"status": 200},
        {"status": "500"},
        {"status": True},
        {"times": 0},
        {"times": 1.5},
        {"seconds": 31},
        {"seconds": "1"},
        {"retry_after": -1},
        {"saved": 1},
        {"match": "POST"},
        {"match": {"verb": "POST"}},
        {"match": {"path": 1}},
        {"colour": "red"},
    ],
)
def test_a_fault_of_the_wrong_shape_is_refused_by_the_name_of_its_field(sandbox, change):
    status, body = ask(sandbox, control("POST", "faults", {"provider": "stripe", "fault": "reset", **change}))
    field = next(iter(change))
    named = {"match": ("match", "verb", "path")}.get(field, (field,))
    assert status == 400
    assert any(name in body["error"] for name in named)


def test_a_status_fault_answers_so_as_many_times_as_asked_and_does_not_act(sandbox, stripe):
    arm(sandbox, "status", status=503, times=2)
    assert [approve(sandbox) for _ in range(2)] == [503, 503]
    assert not state(stripe)["effects"]
    assert approve(sandbox) == 200


@pytest.mark.parametrize(("fields", "then"), [({"status": 500}, 500), ({"status": 429}, 200), ({"saved": False}, 200)])
def test_a_5xx_fault_is_kept_under_the_key_unless_told_otherwise(sandbox, fields, then):
    arm(sandbox, "status", **fields)
    approve(sandbox, "k1")
    assert approve(sandbox, "k1") == then


def test_a_redirect_says_where_to_and_does_not_act(sandbox, stripe):
    arm(sandbox, "redirect", location="http://127.0.0.1/elsewhere")
    answer = sandbox.answer(Request("POST", "/stripe/v1/reviews/prv_1/approve"))
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1/elsewhere")
    assert not state(stripe)["effects"]


def test_a_fault_can_ask_to_be_retried_later(sandbox):
    arm(sandbox, "status", status=429, retry_after=1)
    assert sandbox.answer(post(f"/stripe{APPROVE}")).headers["Retry-After"] == "1"


def test_a_fault_meets_only_what_it_matches(sandbox):
    arm(sandbox, "reset", path="/v1/reviews/*")
    assert approve(sandbox) == 200
    assert sandbox.answer(get("/stripe/v1/reviews/prv_1")).status == 200
    with pytest.raises(Dropped):
        sandbox.answer(post("/stripe/v1/reviews/prv_1"))


def test_after_acts_and_loses_the_answer_that_a_retry_with_the_key_then_gets(sandbox, stripe):
    arm(sandbox, "after")
    with pytest.raises(Dropped):
        approve(sandbox, "k1")
    assert len(state(stripe)["effects"]) == 1
    assert sandbox.answer(post(f"/stripe{APPROVE}", key="k1")).headers["Idempotent-Replayed"] == "true"
    assert len(state(stripe)["effects"]) == 1


def test_a_slow_request_acts_and_answers_in_the_end(sandbox, stripe):
    arm(sandbox, "slow", seconds=0)
    assert approve(sandbox) == 200
    assert len(state(stripe)["effects"]) == 1


def test_cleared_faults_no_longer_happen(sandbox):
    arm(sandbox, "reset")
    assert ask(sandbox, control("DELETE", "faults")) == (200, {"cleared": 1})
    assert approve(sandbox) == 200


TEXT = st.text(max_size=30)
PATHS = st.sampled_from(
    [
        "/stripe/v1/charges/ch_1",
        f"/stripe{APPROVE}",
        "/stripe/v1/events",
        "/stripe/v1/refunds",
        "/_sandbox/faults",
        "/_sandbox/stripe/charges",
        "/_sandbox/stripe/events",
        "/",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8)
HEADERS = st.dictionaries(st.sampled_from(["authorization", "idempotency-key", "stripe-version", "content-type"]), TEXT)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=PATHS | TEXT,
    query=TEXT,
    headers=HEADERS,
    body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_no_request_whatever_raises(method, path, query, headers, body):
    sandbox = Sandbox([Stripe(now=Clock())])
    for extra in ({}, {**BEARER, **CONTROL}):
        with contextlib.suppress(Dropped):
            assert 200 <= sandbox.answer(Request(method, path, query, {**headers, **extra}, body)).status < 500


# ---- over a socket


@pytest.fixture
def server(stripe: Stripe):
    with SandboxServer([stripe]) as serving:
        yield serving


@pytest.fixture
def http():
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        yield pool


def raw(server: SandboxServer, sent: bytes) -> bytes:
    """What comes back until the server closes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
        return received


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "localhost", "10.0.0.1"])  # noqa: S104 - is refused
def test_it_binds_loopback_addresses_only(stripe, host):
    with pytest.raises(ValueError, match="loopback"):
        SandboxServer([stripe], host=host)


def test_the_first_page_says_that_it_is_a_sandbox(server, http):
    response = http.request("GET", server.url + "/")
    assert "not the real provider" in response.data.decode()
    assert response.headers["Hookline-Sandbox"] == "stripe"


def test_a_review_is_approved_over_http(server, http, stripe):
    headers = {"Authorization": f"Bearer {SANDBOX_API_KEY}", "Idempotency-Key": "k1"}
    first, second = (
        http.request_encode_body("POST", server.urls["stripe"] + APPROVE, headers=headers, encode_multipart=False)
        for _ in range(2)
    )
    assert (first.status, second.status, second.headers["Idempotent-Replayed"]) == (200, 200, "true")
    assert first.data == second.data
    assert first.headers["Hookline-Sandbox"] == "stripe"
    assert len(state(stripe)["effects"]) == 1


def test_a_body_over_1_mb_is_413_on_every_path(server, http):
    for path in ("/stripe/v1/refunds", "/_sandbox/faults"):
        response = http.request("POST", server.url + path, body=b"x" * (1024 * 1024 + 1))
        assert response.status == 413
        assert "error" in response.json()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Content-Length: x", b"400"),
        (b"Content-Length: -1", b"400"),
        (b"Content-Length: 1\r\nContent-Length: 2", b"400"),
        (b"Transfer-Encoding: chunked", b"411"),
        (b"X-A: " + b"a" * 70_000, b"431"),
    ],
)
def test_a_request_whose_length_cannot_be_known_is_refused(server, header, status):
    received = raw(server, b"POST /stripe/v1/refunds HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")
    assert received.split()[1] == status
    assert b"Hookline-Sandbox: stripe" in received


def test_half_a_body_is_never_acted_on(server, stripe):
    sent = post("/v1/refunds", {"charge": "ch_1", "amount": "1000"})
    head = f"POST /stripe/v1/refunds HTTP/1.1\r\nAuthorization: Bearer {SANDBOX_API_KEY}\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(sent.body)}\r\n\r\n"
    assert raw(server, head.encode() + sent.body[:-3]) == b""
    assert not state(stripe)["effects"]


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"NONSENSE\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /stripe/\xff%zz?%00 HTTP/1.1\r\n\r\n",
        b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"",
    ],
)
def test_nonsense_on_the_wire_leaves_no_traceback_and_the_server_serving(server, http, capfd, sent):
    raw(server, sent)
    assert http.request("GET", server.url + "/").status == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_mistake_in_a_stand_in_is_a_labelled_500_and_no_traceback(server, http, stripe, capfd):
    del stripe._account.charges
    response = http.request("GET", server.urls["stripe"] + "/v1/charges/ch_1", headers=BEARER)
    assert (response.status, response.headers["Hookline-Sandbox"]) == (500, "stripe")
    assert http.request("GET", server.url + "/").status == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_folded_header_cannot_put_a_header_into_the_answer(server):
    received = raw(server, b"GET /stripe/v1/events HTTP/1.1\r\nStripe-Version: a\r\n\tEvil: b\r\n\r\n")
    assert b"\nEvil" not in received and b"\tEvil" not in received


@pytest.mark.parametrize(("fault", "effects"), [("reset", 0), ("after", 1)])
def test_a_dropped_connection_is_one_to_its_client_too(server, http, stripe, fault, effects):
    arm(server.sandbox, fault)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        http.request("POST", server.urls["stripe"] + APPROVE, headers=BEARER)
    assert len(state(stripe)["effects"]) == effects


def test_a_timed_out_request_never_acts_and_clearing_lets_it_go(server, http, stripe):
    arm(server.sandbox, "timeout")
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        http.request("POST", server.urls["stripe"] + APPROVE, headers=BEARER, timeout=0.1)
    assert http.request("DELETE", f"{server.url}/_sandbox/faults", headers=CONTROL).status == 200
    assert not state(stripe)["effects"]


def test_the_command_prints_its_addresses_and_stops_quietly_on_sigterm():
    command = [sys.executable, "-m", "hookline.local.serve_sandbox", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603 - our own
        listening = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=5)
    assert listening["sandbox"]["stripe"].startswith("http://127.0.0.1:")
    assert (process.returncode, said.count("\n")) == (0, 1)
    assert "sandbox" in said
