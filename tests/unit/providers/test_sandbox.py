"""The base class of sandboxes: what each of them does alike."""

import json
from dataclasses import dataclass

import pytest

from functions.api.sandbox import ApiError, BadControl, Dropped, Malformed, Provider, Request, Response, no_more, take

BEARER = {"authorization": "Bearer acme-sandbox"}


@dataclass
class Settings:
    slow: int = 0
    strict: bool = False
    wait: int | None = None


class Notes(Provider):
    """Keeps notes; a note of a name that it does not have is its own error."""

    name = "notes"
    credential = "acme-sandbox"
    settings: Settings

    def clear(self):
        self.settings, self.notes = Settings(), {}

    def state(self):
        return {"notes": self.notes}

    def failed(self, status):
        return Response.json(status, {"failed": status})

    def limits(self, request):
        return {"Left": "9"}

    def _read(self, request, name):
        if name not in self.notes:
            raise ApiError(Response.json(410, {"gone": name}))
        return {"text": self.notes[name]}

    def _write(self, request, name):
        self.notes[name] = request.json["text"]
        return Response.json(201, {"made": name})

    def _put(self, given):
        self.notes[take(given, "name", str, "", 1, 5)] = take(given, "text", str, "x")
        no_more(given)
        return {"notes": len(self.notes)}

    routes = (("GET", "/notes/([^/]+)", _read), ("POST", "/notes/([^/]+)", _write))
    controls = (("POST", "notes", _put),)


@pytest.fixture
def notes():
    return Notes(lambda: 0.0)


def ask(notes, method, path, body=b"{}", headers=BEARER, **hooks):
    response = notes.handle(Request(method, path, "", headers, body), **hooks)
    return response.status, json.loads(response.body)


def state(notes):
    return json.loads(notes.control("GET", "state", b"").body)


def test_a_route_performs_a_request_and_its_answer_says_the_limits(notes):
    """The parts of its path are decoded."""
    assert ask(notes, "POST", "/notes/a%20b", b'{"text": "hello"}') == (201, {"made": "a b"})
    assert ask(notes, "GET", "/notes/a%20b") == (200, {"text": "hello"})
    assert notes.handle(Request("GET", "/notes/a%20b", "", BEARER)).headers["Left"] == "9"


@pytest.mark.parametrize("headers", [{}, {"authorization": "acme-sandbox"}, {"authorization": "Bearer \udc80"}])
def test_a_request_without_the_credential_reaches_nothing(notes, headers):
    """Not even a fault of the operation."""
    assert ask(notes, "POST", "/notes/a", headers=headers, acting=pytest.fail) == (401, {"failed": 401})


def test_errors_of_all_kinds_are_responses_of_the_provider(notes):
    """Without a route, with an error of its own, and with a body that is no object."""
    assert ask(notes, "GET", "/nothing", acting=pytest.fail) == (404, {"failed": 404})
    assert ask(notes, "GET", "/notes/a") == (410, {"gone": "a"})
    for body in (b"[]", b"{", b"\xff", b"[" * 100_000):
        assert ask(notes, "POST", "/notes/a", body) == (400, {"failed": 400})
    with pytest.raises(Malformed):
        Request("GET", "/", "&".join(["a=1"] * 201)).params  # noqa: B018 - reading it raises


def test_a_hooks_response_is_the_response_and_nothing_is_done(notes):
    for hook in ("arriving", "acting"):
        done = {hook: lambda: notes.failure(503, 7)}
        response = notes.handle(Request("POST", "/notes/a", "", BEARER, b'{"text": "x"}'), **done)
        assert (response.status, response.headers["Retry-After"]) == (503, "7")
    assert state(notes)["notes"] == {}


def test_every_request_is_in_the_log_of_calls(notes):
    """One whose connection was dropped has no status; clearing empties the log."""

    def drop():
        raise Dropped

    ask(notes, "GET", "/notes/a")
    with pytest.raises(Dropped):
        ask(notes, "GET", "/notes/a", acting=drop)
    assert [call["status"] for call in state(notes)["calls"]] == [410, None]
    notes.control("POST", "notes", b'{"name": "a"}')
    notes.control("DELETE", "state", b"")
    assert state(notes) == {"notes": {}, "effects": [], "calls": []}


def test_settings_are_changed_by_their_kind(notes):
    """What is None by default can be None again; an unknown name or another kind changes nothing."""
    for given in ({"slow": 3, "strict": True, "wait": 5}, {"wait": None}):
        notes.control("POST", "settings", json.dumps(given).encode())
    assert notes.settings == Settings(3, True, None)
    for wrong in ({"slow": True}, {"slow": -1}, {"slow": None}, {"strict": 1}, {"wait": "5"}, {"slow": 1, "other": 1}):
        with pytest.raises(BadControl):
            notes.control("POST", "settings", json.dumps(wrong).encode())
    assert notes.settings == Settings(3, True, None)


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "  "}, {"name": "sixsix"}, {"name": 7}, {"nam": "a"}])
def test_a_control_request_of_the_wrong_shape_is_refused(notes, given):
    with pytest.raises(BadControl):
        notes.control("POST", "notes", json.dumps(given).encode())


def test_a_control_request_that_nobody_declares_is_404(notes):
    assert [notes.control(*call).status for call in (("GET", "notes", b""), ("POST", "other", b"{"))] == [404, 404]
