"""Given answers are HTTP responses: in pages, with a verdict, after a token of a GitHub App."""

import json

import pytest

from functions.api.agent import Emit
from functions.api.connector import (
    ConnectorManifest,
    GitHubApp,
    LastId,
    Operation,
    Paging,
    Verdict,
)
from hookline.testing.kit import error, event, wake
from hookline.testing.kit.answers import Calling, github_app, response

READ = {"kind": "read", "entity": "acme:note/{note}", "method": "GET", "path": "/notes/{note}"}
HOST = {"name": "acme", "owner": "tests", "hosts": ["api.acme.com"], "base": "https://api.acme.com/"}
PAGED = Operation("note.list", **READ, paging=Paging(LastId("after", "id", "more"), items="page.notes"))


def body(operation, answer, **more):
    calling = Calling(ConnectorManifest(**HOST, operations=[operation], **more), operation, {"note": "1"})
    return json.loads(response(calling, answer).body)


def test_a_list_is_one_page_where_the_operation_expects_it():
    assert body(PAGED, [{"id": 1}]) == {"page": {"notes": [{"id": 1}]}}
    assert body(PAGED, {"page": {"notes": []}, "more": True}) == {"page": {"notes": []}, "more": True}


def test_an_answer_without_a_verdict_is_a_good_one():
    verdict = Verdict(ok="ok", error="error")
    assert body(Operation("note.read", **READ), {"id": 1}, verdict=verdict) == {"ok": True, "id": 1}
    assert body(Operation("note.read", **READ), {"ok": False}, verdict=verdict) == {"ok": False}


def test_an_error_has_its_status_body_and_retry_after():
    operation = Operation("note.read", **READ)
    calling = Calling(ConnectorManifest(**HOST, operations=[operation]), operation, {"note": "1"})
    made = response(calling, error(429, {"error": {"code": "slow"}}, retry_after=5))
    assert (made.status, json.loads(made.body), made.headers) == (
        429,
        {"error": {"code": "slow"}},
        {"Retry-After": "5"},
    )


@pytest.mark.parametrize("path", ["/repos/octo/hello/installation", "/repositories/12/installation"])
def test_the_token_of_a_github_app_needs_no_answer(path):
    operation = Operation(
        "issue.read",
        kind="read",
        entity="github:issue/{owner}/{repository}",
        method="GET",
        path="/repos/{owner}/{repository}",
        permissions={"issues": "read"},
    )
    app = ConnectorManifest(**{**HOST, "operations": [operation]}, credential=GitHubApp())
    calling = Calling(app, operation, {"owner": "octo", "repository": "hello"})
    assert github_app(calling, path, lambda: 0.0).status == 200
    token = json.loads(github_app(calling, "/app/installations/1/access_tokens", lambda: 0.0).body)
    assert token["expires_at"] == "1970-01-01T01:00:00.000000Z"
    assert github_app(calling, "/repos/octo/hello", lambda: 0.0) is None


def test_a_connector_of_the_engine_can_be_answered_too():
    charge = {"id": "ch_3PExample", "amount": 420_000, "currency": "usd", "created": 1790000000, "paid": True}
    usual = {"amount": 400_000, "currency": "usd", "created": 1789900000, "charge": "ch_old"}
    entries = [{"id": f"stripe:evt_{number}", "data": usual} for number in range(3)]
    answers = {
        "stripe.charge.retrieve": charge,
        "stripe.review.approve": {"open": False},
        "context.timeline.read": lambda **_: {"entries": entries, "aggregates": {}},
    }
    (outcome,) = wake("fraud", event("payment.succeeded"), answers=answers).outcomes
    assert isinstance(outcome, Emit)
    assert outcome.type == "payment.approved"


def test_a_connector_of_the_engine_can_fail_too():
    charge = {"id": "ch_3PExample", "amount": 4200, "currency": "usd", "created": 1790000000, "paid": True}
    answers = {"stripe.charge.retrieve": charge, "context.timeline.read": error(503)}
    result = wake("fraud", event("payment.succeeded"), answers=answers)
    assert (result.status, result.tries) == ("dead-lettered", 8)
    assert result.reason == "its tries are used up: context failed"
