"""Requests to the Stripe sandbox, and what its control interface puts and shows."""

import json
from urllib.parse import urlencode

from functions.api.sandbox import Request
from functions.providers.stripe.sandbox import SANDBOX_API_KEY, Stripe
from functions.providers.stripe.sandbox.objects import charge
from hookline.local.sandbox_server import Sandbox

BEARER = {"authorization": f"Bearer {SANDBOX_API_KEY}"}
TOKEN = "token-of-the-tests"
CONTROL = {"x-hookline-control": TOKEN}
APPROVE = "/v1/reviews/prv_1/approve"


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
