"""GitHub's sandbox: its control requests, its git, its tokens, and what it refuses as GitHub does."""

import json
import shutil

import pytest

from functions.api.sandbox import BadControl, Request, Response
from functions.core.gate.installations import app_jwt
from functions.providers.github.sandbox import GitHub
from functions.providers.github.sandbox.account import FIRST_HEAD, HELLO, OTHER
from functions.providers.github.sandbox.key import APP_ID, is_jwt_of_the_app, private_key
from functions.providers.github.sandbox.objects import INSTALLATION
from tests.unit.providers.github.conftest import NOW

PULL = f"/repositories/{HELLO}/pulls/1"


@pytest.fixture(scope="module")
def github():
    return GitHub(lambda: NOW)


def ask(github, method, path, token, body=None, **hooks):
    content = json.dumps(body).encode() if body is not None else b""
    response = github.handle(Request(method, path, headers={"authorization": f"Bearer {token}"}, body=content), **hooks)
    return response.status, json.loads(response.body or b"null")


@pytest.fixture
def token(github):
    def make(**narrowed):
        jwt = app_jwt(str(APP_ID), private_key(), NOW)
        made = ask(github, "POST", f"/app/installations/{INSTALLATION}/access_tokens", jwt, narrowed)
        assert made[0] == 201
        return made[1]["token"]

    return make


def test_the_first_pull_request_has_the_same_commit_everywhere(github, token):
    """Its dates and people are given, so destinations can name it."""
    assert ask(github, "GET", PULL, token())[1]["head"]["sha"] == FIRST_HEAD


def test_a_call_beyond_what_the_token_is_narrowed_to_is_refused_as_github_does(github, token):
    """Another repository is not found; a lacking permission is forbidden."""
    assert ask(github, "GET", PULL, token(repository_ids=[OTHER]))[0] == 404
    assert ask(github, "GET", PULL, token(permissions={"contents": "read"}))[0] == 403
    reads = token(permissions={"pull_requests": "read"})
    assert ask(github, "GET", PULL, reads)[0] == 200
    assert ask(github, "POST", f"{PULL}/reviews", reads, {"event": "COMMENT", "body": "x"})[0] == 403
    assert ask(github, "GET", PULL, "ghs_of_nobody")[0] == 401


@pytest.mark.parametrize("changes", [{"app": "1"}, {"now": NOW - 3_600}, {"now": NOW + 3_600}])
def test_a_jwt_of_another_app_or_time_is_refused(changes):
    """So is one that was changed."""
    jwt = app_jwt(changes.get("app", str(APP_ID)), private_key(), changes.get("now", NOW))
    assert not is_jwt_of_the_app(jwt, NOW)
    good = app_jwt(str(APP_ID), private_key(), NOW)
    assert is_jwt_of_the_app(good, NOW)
    assert not is_jwt_of_the_app(good[:-8] + "AAAAAAAA", NOW)


@pytest.mark.parametrize("junk", ["", "a.b.c", "a.b", "....", "é.é.é", "e30.e30.e30"])
def test_what_is_no_jwt_is_refused(junk):
    """Without an exception."""
    assert not is_jwt_of_the_app(junk, NOW)


def test_a_fault_in_place_of_the_operation_writes_nothing(github, token):
    """Its answer is the fault's."""
    review = {"event": "COMMENT", "body": "x"}
    answer = ask(github, "POST", f"{PULL}/reviews", token(), review, acting=lambda: Response.json(503, {}))
    assert answer[0] == 503
    assert json.loads(github.control("GET", "state", b"").body)["reviews"] == []


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        ("commits", {"branch": "a", "files": {"../a": {"text": ""}}}, "no path"),
        ("commits", {"branch": "a", "files": {".git/config": {"text": ""}}}, "no path"),
        ("commits", {"branch": "a", "files": {"a": {"tekst": "x"}}}, "tekst is unknown"),
        ("commits", {"branch": "-x", "files": {}}, "branch must be"),
        ("commits", {"branch": "a/.b", "files": {}}, "git"),
        ("commits", {"branch": "a", "files": [], "x": 1}, "files must be a JSON object"),
        ("commits", {"branch": "a", "x": 1}, "unknown field 'x'"),
        ("pulls", {"branch": "nowhere"}, "POST commits first"),
        ("pulls", {"branch": "first", "repository": 5}, "repository must be one of"),
        ("pulls/99", {"action": "close"}, "no pull request 99"),
        ("pulls/1", {"action": "reopen"}, "pull request 1 is open"),
        ("pulls/1", {"action": "approve"}, "action must be one of"),
        ("settings", {"patch_lines": True}, "patch_lines"),
        ("settings", {"unknown": 1}, "unknown"),
    ],
)
def test_a_wrong_control_request_is_refused_with_the_reason(github, path, given, said):
    """In one line."""
    with pytest.raises(BadControl, match=said):
        github.control("POST", path, json.dumps(given).encode())


def test_a_machine_without_git_is_told_so(monkeypatch):
    """By a control request and by a call."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    github = GitHub(lambda: NOW)
    with pytest.raises(BadControl, match="needs git: install it"):
        github.control("POST", "pulls", b'{"branch": "a"}')
    jwt = app_jwt(str(APP_ID), private_key(), NOW)
    made = ask(github, "POST", f"/app/installations/{INSTALLATION}/access_tokens", jwt, {})[1]["token"]
    status, error = ask(github, "GET", PULL, made)
    assert status == 503 and "needs git" in error["message"]


def control(github, path, **given):
    return json.loads(github.control("POST", path, json.dumps(given).encode()).body)


def test_a_pull_request_is_closed_by_its_branch(github):
    """A flow that prepares it does not know its number."""
    control(github, "commits", branch="by-branch", files={"a.py": {"text": "a = 1\n"}})
    number = control(github, "pulls", branch="by-branch")["number"]
    closed = control(github, "pulls/of", branch="by-branch", action="close")
    assert closed["number"] == number and closed["deliveries"][0]["payload"]["action"] == "closed"
    with pytest.raises(BadControl, match="there is no pull request 0"):
        control(github, "pulls/of", branch="nothing", action="close")


def test_a_file_name_with_a_tab_and_a_line_break_is_listed(github):
    """Git separates the columns of its list by tabs."""
    control(github, "commits", branch="odd", files={"odd\tname\n.txt": {"text": "a\n"}})
    payload = control(github, "pulls", branch="odd")["deliveries"][0]["payload"]
    assert (payload["pull_request"]["changed_files"], payload["pull_request"]["additions"]) == (1, 1)


def test_deliveries_of_a_sandbox_that_was_started_again_have_other_guids():
    """A verifier remembers those of the first for days."""
    guids = {
        control(GitHub(lambda now=now: now), "pulls", branch="first")["deliveries"][0]["headers"]["x-github-delivery"]
        for now in (NOW, NOW + 60)
    }
    assert len(guids) == 2
