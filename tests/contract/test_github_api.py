"""What the connector sends GitHub, and what the sandbox answers and delivers, is valid by GitHub's own description."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import jsonschema
import pytest

from functions.api.sandbox import Request
from functions.core.events import catalogue
from functions.core.gate import effects
from functions.core.ingress.reading import raw_events
from functions.providers.github.connector import MANIFEST
from functions.providers.github.operations import GitHub as Performer
from functions.providers.github.sandbox import GitHub
from functions.providers.github.sandbox.account import HELLO
from functions.providers.github.sandbox.key import APP_ID
from functions.providers.github.source import MANIFEST as SOURCE
from functions.providers.github.translate import translate
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

HERE = Path(__file__).parent / "github_api"
API = json.loads((HERE / "api.json").read_text())
HOOKS = json.loads((HERE / "webhooks.json").read_text())
NOW = 1_790_000_000.0
KEY = "a1" * 32


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, as they were on the wire; `operation` is GitHub's name of it."""

    operation: str
    request: Request
    status: int
    answer: bytes


class Recording(GitHub):
    """The sandbox, which keeps what it receives and answers."""

    def __init__(self, now):
        super().__init__(now)
        self.exchanges = []

    def handle(self, request, *hooks):
        response = super().handle(request, *hooks)
        self.exchanges.append(Exchange(named(request), request, response.status, response.body))
        return response


def named(request):
    """GitHub's name of an operation; a repository's id stands for its two names."""
    path = re.sub(r"^/repositories/\d+", "/repos/octo/hello", request.path)
    for operation in API["content"]:
        method, template = operation.split(" ")
        if method == request.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return operation
    return f"{request.method} {path}"


def errors(schema, definitions, value):
    validator = jsonschema.Draft202012Validator({**schema, "$defs": definitions})
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(value)
    ]


@pytest.fixture(scope="module")
def played():
    """Every operation of the connector, once or more; the exchanges and the deliveries."""
    sandbox = Recording(lambda: NOW)
    deliveries = []

    def control(path, **given):
        answer = json.loads(sandbox.control("POST", path, json.dumps(given).encode()).body)
        deliveries.extend(answer.get("deliveries", ()))
        return answer

    with SandboxServer([sandbox]) as server:
        performer = at_sandbox(MANIFEST, lambda: GitHub.credential, server.urls["github"], lambda: NOW, Performer)

        def call(name, /, **arguments):
            return effects.perform(performer, MANIFEST.operation(name), arguments, KEY, 1, 30)

        control(
            "commits",
            branch="a",
            files={"src/a b.py": {"text": "x = 1\n"}, "b.bin": {"base64": "AAA="}},
            fork="mallory",
        )
        made = control("pulls", branch="a", fork="mallory", draft=True)
        pull = {"repository": str(HELLO), "number": str(made["number"])}
        at = {"repository": str(HELLO), "head_sha": made["head"]}
        head = {**pull, "commit_id": made["head"]}
        control(f"pulls/{made['number']}", action="ready")
        call("pull.get", **pull)
        call("pull.files", **pull)
        for path in ("src/a b.py", "src", "b.bin"):
            call("contents.read", **at, path=path)
        note = {"path": "src/a b.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "x"}
        output = {"title": "One", "summary": "s", "text": "t", "annotations": [note]}
        check = call("check.create", **at, name="review", status="in_progress", output=output)
        call("check.update", **at, check_run_id=check["id"], status="completed", conclusion="neutral", output=output)
        call("check.list", **at)
        comment = {"path": "src/a b.py", "line": 1, "body": "Hm."}
        call("review.create", name="a", **head, body="One.", comments=[comment, {**comment, "line": 9}])
        control("settings", refuse_reviews=1, leave_empty=True)
        call("review.create", name="b", **head, body="One.", comments=[comment])
        call("review.list", **pull)
        call("summary.put", **head, name="review", body="One.")
        account = sandbox
        account.comments[1] = {**next(iter(account.comments.values())), "id": 1}
        call("summary.put", **head, name="review", body="Two.")
        call("comment.list", **pull)
        (line, *_) = call("line_comment.list", **pull)["items"]
        call("line_comment.update", **pull, comment_id=line["id"], body="Outdated.")
        control("commits", branch="a", files={"c.py": {"text": "y\n"}}, fork="mallory")
        control(f"pulls/{made['number']}", action="edit", title="Another")
        control(f"pulls/{made['number']}", action="close")
        control(f"pulls/{made['number']}", action="reopen")
        control(f"pulls/{made['number']}", action="merge")
        (delivery, *_) = call("delivery.list", app=str(APP_ID), status="success")["items"]
        call("delivery.redeliver", app=str(APP_ID), delivery=delivery["id"])
    return sandbox.exchanges, deliveries


@pytest.mark.parametrize("route", API["content"])
def test_a_request_is_valid_by_githubs_description(route, played):
    """Its parameters and its body have the declared names and types, and none that GitHub does not name."""
    declared = API["content"][route]
    sent = [one for one in played[0] if one.operation == route]
    assert sent, "no request of the connector is this operation: it does not belong into api.json"
    for exchange in sent:
        query = dict(parse_qsl(exchange.request.query))
        assert set(query) <= set(declared["query"])
        for name, value in query.items():
            schema = declared["query"][name]
            typed = int(value) if schema.get("type") == "integer" else value
            assert errors(schema, API["$defs"], typed) == []
        body = json.loads(exchange.request.body) if exchange.request.body not in (b"", b"{}") else None
        assert (body is None) or declared["body"]
        if body is not None:
            assert errors(_closed(declared["body"]), API["$defs"], body) == []


@pytest.mark.parametrize("route", API["content"])
def test_an_answer_of_the_sandbox_is_valid_by_githubs_description(route, played):
    """With a status that GitHub documents."""
    answered = [one for one in played[0] if one.operation == route and one.status < 400]
    assert answered
    for exchange in answered:
        schema = API["content"][route]["answers"][str(exchange.status)]
        if schema is not None:
            assert errors(schema, API["$defs"], json.loads(exchange.answer)) == []


def test_the_connector_sends_nothing_that_the_description_does_not_have(played):
    """A path with an id in place of the names is GitHub's redirect after a rename."""
    assert {one.operation for one in played[0]} == set(API["content"])
    assert all("?" not in unquote(one.request.path) for one in played[0])


def test_an_invalid_request_would_be_found():
    """Else the tests above would show nothing."""
    review = _closed(API["content"]["POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews"]["body"])
    assert errors(review, API["$defs"], {"event": "LGTM"})
    assert errors(review, API["$defs"], {"bodi": "x"})


def test_the_deliveries_of_the_sandbox_are_valid_by_githubs_description(played):
    """One of each action that is translated."""
    assert {one["payload"]["action"] for one in played[1]} == set(HOOKS["content"])
    for one in played[1]:
        payload = one["payload"]
        assert errors(HOOKS["content"][payload["action"]], HOOKS["$defs"], payload) == []


def test_the_deliveries_of_the_sandbox_become_domain_events(played):
    """Of the pull request and of its head alone, also if a fork's author caused them."""
    for one in played[1]:
        (raw_event,) = raw_events(json.dumps(one["payload"]).encode(), one["headers"], SOURCE.reading)
        made = translate(raw_event)
        assert made and made.type == SOURCE.translates[raw_event.raw_type]
        assert catalogue.check(made.type, made.data) == made.data
        pull = one["payload"]["pull_request"]
        assert list(made.entities) == [
            f"github:pull_request/{HELLO}/{pull['number']}",
            f"github:commit/{HELLO}/{pull['head']['sha']}",
        ]
        assert (made.data["fork"], made.data["author"], made.data["head"]) == (True, "mallory", pull["head"]["sha"])


def _closed(schema):
    """The schema without the properties that it does not name: a misspelled name would be one."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _closed(item) for name, item in schema.items()}
    if "properties" in made and "additionalProperties" not in made and "oneOf" not in made:
        made["additionalProperties"] = False
    return made
