"""Typeform's sandbox: the part of its APIs that Hookline calls, in memory.

It follows https://www.typeform.com/developers/ (retrieve forms, retrieve form, retrieve webhooks, retrieve responses).
A control request submits a response; the answer has the body of the webhook that Typeform sends, unless it is withheld.

POST forms      {"id", "url"}: a form whose webhook has that address; "" for none
POST responses  {"form", "email", "at", "withheld"}: a person submits it at that unix second
GET state, DELETE state
"""

import hmac
import re
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from functions.api.sandbox import (
    BadControl,
    Hook,
    Request,
    Response,
    json_object,
    no_such_control,
    parse_json,
    proceed,
    take,
)

SANDBOX_TOKEN = "tfp_hookline_sandbox"  # noqa: S105 - valid for this sandbox only
ADDRESS = "https://hooks.example.test/webhooks/typeform"
QUESTION = {"id": "BMEUb7VJz92Q", "title": "Your address at work?", "type": "email", "ref": "email"}


class TypeformError(Exception):
    """An error, with the status of its answer."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.response = Response.json(status, {"code": code, "description": "the sandbox says so"})


class Typeform:
    """Responds to requests as Typeform's APIs do; `now` returns the Unix time in seconds. Threads can share it."""

    name = "typeform"
    credential = SANDBOX_TOKEN
    destinations = ()

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._empty()

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self._answer(request, acting)
        except TypeformError as error:
            response = error.response
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._lock:
                self._calls.append({"method": request.method, "path": request.path, "status": status})
        return response

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of Typeform, or of a proxy before it, when it fails with that status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return Response.json(status, {"code": "TOO_MANY_REQUESTS" if status == 429 else "INTERNAL"}, headers)

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to a control request."""
        with self._lock:
            if (method, path) == ("GET", "state"):
                state = {
                    "forms": self._forms,
                    "responses": self._responses,
                    "sent": self._sent,  # the bodies of all webhooks, the withheld too
                    "effects": [],
                    "calls": self._calls,
                }
                return Response.json(200, state)
            if (method, path) == ("DELETE", "state"):
                self._empty()
                return Response.json(200, {"emptied": True})
            acts = {("POST", "forms"): self._put_form, ("POST", "responses"): self._submit}
            if (method, path) not in acts:
                return no_such_control()
            return acts[method, path](json_object(parse_json(body), "the body"))

    def _empty(self) -> None:
        self._forms: dict[str, dict[str, Any]] = {}
        self._responses: dict[str, list[dict[str, Any]]] = {}
        self._sent: list[dict[str, Any]] = []
        self._calls: list[dict[str, Any]] = []

    def _put_form(self, given: dict[str, Any]) -> Response:
        id, url = take(given, "id", str, ""), take(given, "url", str, ADDRESS)
        if given or not re.fullmatch(r"\w+", id):
            raise BadControl("a form has an id of letters and digits, and the url of its webhook")
        self._forms[id] = {"url": url, "created_at": _time(0)}
        self._responses[id] = []
        return Response.json(200, {"form": id})

    def _submit(self, given: dict[str, Any]) -> Response:
        form, email = take(given, "form", str, ""), take(given, "email", str, "ada@example.com")
        at, withheld = take(given, "at", int, int(self._now())), take(given, "withheld", bool, False)
        if given or form not in self._forms:
            raise BadControl(f"there is no form {form!r}, or a field is unknown")
        token = f"token{form}{len(self._responses[form])}"
        field = {name: QUESTION[name] for name in ("id", "type", "ref")}
        said = {"landed_at": _time(at - 60), "submitted_at": _time(at), "hidden": {}}
        answers = [{"type": "email", "email": email, "field": field}]
        self._responses[form].append({"response_id": token, "token": token, **said, "answers": answers})
        definition = {"id": form, "title": f"Form {form}", "fields": [QUESTION]}
        sent = {"form_id": form, "token": token, **said, "definition": definition, "answers": answers}
        # The event's id is made for the webhook alone: no API returns it.
        body = {"event_id": f"event{token}", "event_type": "form_response", "form_response": sent}
        self._sent.append(body)
        return Response.json(200, {"token": token, "deliveries": [] if withheld else [body]})

    def _answer(self, request: Request, acting: Hook) -> Response:
        presented = request.headers.get("authorization", "").encode(errors="replace")
        if not hmac.compare_digest(presented, f"Bearer {SANDBOX_TOKEN}".encode()):
            raise TypeformError(401, "AUTHENTICATION_FAILED")
        found = re.fullmatch(r"/forms(?:/(\w+)(?:/(webhooks|responses))?)?", request.path)
        if request.method != "GET" or found is None:
            raise TypeformError(404, "NOT_FOUND")
        if failed := acting():
            return failed
        form, part = found.groups()
        query = dict(parse_qsl(request.query))
        with self._lock:
            if form is None:
                return self._listed(query)
            if form not in self._forms:
                raise TypeformError(404, "FORM_NOT_FOUND")
            if part == "responses":
                return self._read(form, query)
            if part == "webhooks":
                held = self._forms[form]
                items = [{"tag": "hookline", "enabled": True, **held}] if held["url"] else []
                return Response.json(200, {"items": items})
        return Response.json(200, {"id": form, "title": f"Form {form}", "fields": [QUESTION]})

    def _listed(self, query: dict[str, str]) -> Response:
        number, size = int(query.get("page", "1")), int(query.get("page_size", "10"))
        ids = list(self._forms)
        items = [{"id": id, "title": f"Form {id}"} for id in ids[(number - 1) * size : number * size]]
        pages = max(1, -(-len(ids) // size))
        return Response.json(200, {"total_items": len(ids), "page_count": pages, "items": items})

    def _read(self, form: str, query: dict[str, str]) -> Response:
        since, until = (_time(int(query[name])) for name in ("since", "until"))
        held = [one for one in self._responses[form] if since <= one["submitted_at"] <= until]
        held.sort(key=lambda one: one["submitted_at"], reverse=True)
        size = int(query.get("page_size", "25"))
        return Response.json(200, {"total_items": len(held), "page_count": 1, "items": held[:size]})


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


SANDBOX = Typeform
