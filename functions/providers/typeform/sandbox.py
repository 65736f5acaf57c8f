"""Typeform's sandbox: the part of its APIs that Hookline calls, in memory.

It follows https://www.typeform.com/developers/ (retrieve forms, retrieve form, retrieve webhooks, retrieve responses).
A control request submits a response; the answer has the body of the webhook that Typeform sends, unless it is withheld.

POST forms      {"id", "url"}: a form whose webhook has that address; "" for none
POST responses  {"form", "email", "at", "withheld"}: a person submits it at that unix second
"""

import re
import time
from collections.abc import Mapping
from typing import Any

from functions.api.sandbox import ApiError, BadControl, Provider, Request, Response, no_more, take

SANDBOX_TOKEN = "tfp_hookline_sandbox"  # noqa: S105 - valid for this sandbox only
ADDRESS = "https://hooks.example.test/webhooks/typeform"
QUESTION = {"id": "BMEUb7VJz92Q", "title": "Your address at work?", "type": "email", "ref": "email"}
ERRORS: Mapping[int, str] = {401: "AUTHENTICATION_FAILED", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


class Typeform(Provider):
    """Responds to requests as Typeform's APIs do."""

    name = "typeform"
    credential = SANDBOX_TOKEN

    def clear(self) -> None:
        self.forms: dict[str, dict[str, Any]] = {}
        self.responses: dict[str, list[dict[str, Any]]] = {}
        self.sent: list[dict[str, Any]] = []

    def state(self) -> dict[str, Any]:
        # `sent` are the bodies of all webhooks, the withheld too.
        return {"forms": self.forms, "responses": self.responses, "sent": self.sent}

    def failed(self, status: int) -> Response:
        return _error(status, ERRORS.get(status, "INTERNAL"))

    def _put_form(self, given: dict[str, Any]) -> Any:
        id, url = take(given, "id", str, ""), take(given, "url", str, ADDRESS)
        no_more(given)
        if not re.fullmatch(r"\w+", id):
            raise BadControl("a form has an id of letters and digits, and the url of its webhook")
        self.forms[id] = {"url": url, "created_at": _time(0)}
        self.responses[id] = []
        return {"form": id}

    def _submit(self, given: dict[str, Any]) -> Any:
        form, email = take(given, "form", str, ""), take(given, "email", str, "ada@example.com")
        at, withheld = take(given, "at", int, int(self.now())), take(given, "withheld", bool, False)
        no_more(given)
        if form not in self.forms:
            raise BadControl(f"there is no form {form!r}")
        token = f"token{form}{len(self.responses[form])}"
        field = {name: QUESTION[name] for name in ("id", "type", "ref")}
        said = {"landed_at": _time(at - 60), "submitted_at": _time(at), "hidden": {}}
        answers = [{"type": "email", "email": email, "field": field}]
        self.responses[form].append({"response_id": token, "token": token, **said, "answers": answers})
        definition = {"id": form, "title": f"Form {form}", "fields": [QUESTION]}
        sent = {"form_id": form, "token": token, **said, "definition": definition, "answers": answers}
        # The event's id is made for the webhook alone: no API returns it.
        body = {"event_id": f"event{token}", "event_type": "form_response", "form_response": sent}
        self.sent.append(body)
        return {"token": token, "deliveries": [] if withheld else [body]}

    def _list(self, request: Request) -> Any:
        number, size = int(request.params.get("page", "1")), int(request.params.get("page_size", "10"))
        ids = list(self.forms)
        items = [{"id": id, "title": f"Form {id}"} for id in ids[(number - 1) * size : number * size]]
        return {"total_items": len(ids), "page_count": max(1, -(-len(ids) // size)), "items": items}

    def _form(self, request: Request, id: str) -> Any:
        self._require(id)
        return {"id": id, "title": f"Form {id}", "fields": [QUESTION]}

    def _webhooks(self, request: Request, form: str) -> Any:
        held = self._require(form)
        return {"items": [{"tag": "hookline", "enabled": True, **held}] if held["url"] else []}

    def _responses(self, request: Request, form: str) -> Any:
        self._require(form)
        query = request.params
        since, until = (_time(int(query[name])) for name in ("since", "until"))
        held = [one for one in self.responses[form] if since <= one["submitted_at"] <= until]
        held.sort(key=lambda one: one["submitted_at"], reverse=True)
        size = int(query.get("page_size", "25"))
        return {"total_items": len(held), "page_count": 1, "items": held[:size]}

    def _require(self, form: str) -> dict[str, Any]:
        if form not in self.forms:
            raise ApiError(_error(404, "FORM_NOT_FOUND"))
        return self.forms[form]

    routes = (
        ("GET", r"/forms", _list),
        ("GET", r"/forms/(\w+)", _form),
        ("GET", r"/forms/(\w+)/webhooks", _webhooks),
        ("GET", r"/forms/(\w+)/responses", _responses),
    )
    controls = (("POST", "forms", _put_form), ("POST", "responses", _submit))


def _error(status: int, code: str) -> Response:
    return Response.json(status, {"code": code, "description": "the sandbox says so"})


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


SANDBOX = Typeform
