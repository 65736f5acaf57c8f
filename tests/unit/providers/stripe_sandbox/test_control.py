"""The control interface of the sandboxes: state, faults, and input of the wrong shape."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.sandbox import Dropped, Request
from functions.providers.stripe.sandbox import Stripe
from functions.providers.stripe.sandbox.account import CHARGE
from hookline.local.sandbox_server import Sandbox
from tests.unit.providers.stripe_sandbox.calls import (
    APPROVE,
    BEARER,
    CONTROL,
    TOKEN,
    approve,
    arm,
    ask,
    control,
    get,
    make_charge,
    post,
    state,
)


@pytest.mark.parametrize("headers", [{}, {"x-hookline-control": "1"}, {"x-hookline-control": ""}])
@pytest.mark.parametrize("path", ["/_sandbox/stripe/state", "/_sandbox/faults"])
def test_the_control_interface_needs_its_header(sandbox, path, headers):
    assert ask(sandbox, Request("DELETE", path, headers=headers))[0] == 403


@pytest.mark.parametrize("headers", [{}, {"x-hookline-control": ""}, CONTROL])
def test_the_control_interface_of_a_sandbox_without_a_token_is_closed(stripe, headers):
    assert ask(Sandbox([stripe]), Request("GET", "/_sandbox/stripe/state", headers=headers))[0] == 403


@pytest.mark.parametrize("path", ["/nobody/v1/charges/ch_1", "/_sandbox/nobody/state", "/_sandbox/", "//", "/strip"])
def test_what_the_sandbox_does_not_serve_is_404(sandbox, path):
    assert ask(sandbox, Request("GET", path, headers=CONTROL))[0] == 404


def test_the_state_can_be_emptied(sandbox):
    assert approve(sandbox, "k1") == 200
    assert ask(sandbox, control("DELETE", "stripe/state"))[0] == 200
    _, emptied = ask(sandbox, control("GET", "stripe/state"))
    kept = {"charges", "reviews"}  # what destinations are bound to
    assert emptied and not any(emptied[name] for name in emptied.keys() - kept)
    assert [one["id"] for one in emptied["charges"]] == [CHARGE]
    assert [one["open"] for one in emptied["reviews"]] == [True]


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
def test_charges_of_the_wrong_shape_are_refused_together_in_one_line(clock, value):
    sandbox = Sandbox([Stripe(clock)], TOKEN)
    status, body = ask(sandbox, control("POST", "stripe/charges", value))
    assert status == 400
    assert "\n" not in body["error"]
    assert [charge["id"] for charge in ask(sandbox, control("GET", "stripe/state"))[1]["charges"]] == [CHARGE]


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
def test_a_5xx_fault_is_kept_under_the_key_by_default(sandbox, fields, then):
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
    sandbox = Sandbox([Stripe(lambda: 0)], TOKEN)
    for extra in ({}, {**BEARER, **CONTROL}):
        with contextlib.suppress(Dropped):
            assert 200 <= sandbox.answer(Request(method, path, query, {**headers, **extra}, body)).status < 500
