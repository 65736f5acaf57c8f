"""The sandbox itself: from a request to its response."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

from functions.api.sandbox import BadControl, Hook, Request, Response, proceed
from functions.providers.github.sandbox import commits, deliveries, objects, pulls, tokens
from functions.providers.github.sandbox.account import FIRST_HEAD, FIRST_NUMBER, HELLO, INSTALLED, NAMES, Account
from functions.providers.github.sandbox.controls import CONTROLS
from functions.providers.github.sandbox.errors import GitHubError
from functions.providers.github.sandbox.git import GitError
from functions.providers.github.sandbox.key import APP_ID, private_key
from functions.providers.github.sandbox.objects import Object
from functions.providers.github.sandbox.pulls import Call

# A file's name may have a newline.
_REPOSITORY = re.compile(r"/(?:repositories/(?P<id>\d{1,15})|repos/(?P<name>[^/]+/[^/]+))(?P<rest>/.*)", re.DOTALL)
_PULLS_READ, _PULLS_WRITE = [("pull_requests", "read")], [("pull_requests", "write")]
_COMMENTS_READ, _COMMENTS_WRITE = [*_PULLS_READ, ("issues", "read")], [*_PULLS_WRITE, ("issues", "write")]
PAGE = 30


@dataclass(frozen=True)
class Route:
    """A call below a repository: one of the permissions that it needs, and what performs it.

    The answer of one with `items` is a list in pages, at that name, or "" if the answer is the list itself.
    """

    method: str
    path: re.Pattern[str]
    any_of: list[tuple[str, str]]
    perform: Callable[[Call], Any]
    status: int = 200
    items: str | None = None


def _route(
    line: str,
    any_of: list[tuple[str, str]],
    perform: Callable[[Call], Any],
    status: int = 200,
    items: str | None = None,
) -> Route:
    method, path = line.split(" ")
    pattern = re.sub(r"{(\w+)}", lambda part: r"([0-9]{1,15})" if part[1] != "sha" else r"([0-9a-f]{40})", path)
    return Route(method, re.compile(pattern), any_of, perform, status, items)


ROUTES = (
    _route("GET /pulls/{number}", _PULLS_READ, pulls.get),
    _route("GET /pulls/{number}/files", _PULLS_READ, pulls.files),
    _route("GET /pulls/{number}/reviews", _PULLS_READ, pulls.list_reviews, items=""),
    _route("POST /pulls/{number}/reviews", _PULLS_WRITE, pulls.create_review),
    _route("PUT /pulls/{number}/reviews/{review}", _PULLS_WRITE, pulls.update_review),
    _route("GET /pulls/{number}/reviews/{review}/comments", _PULLS_READ, pulls.review_comments, items=""),
    _route("GET /pulls/{number}/comments", _PULLS_READ, pulls.line_comments, items=""),
    _route("GET /pulls/comments/{comment}", _PULLS_READ, pulls.get_line_comment),
    _route("PATCH /pulls/comments/{comment}", _PULLS_WRITE, pulls.update_line_comment),
    _route("GET /issues/{number}/comments", _COMMENTS_READ, pulls.comments, items=""),
    _route("POST /issues/{number}/comments", _COMMENTS_WRITE, pulls.create_comment, status=201),
    _route("PATCH /issues/comments/{comment}", _COMMENTS_WRITE, pulls.update_comment),
    _route("DELETE /issues/comments/{comment}", _COMMENTS_WRITE, pulls.delete_comment, status=204),
    Route("GET", re.compile(r"/contents(?:/(.+))?", re.DOTALL), [("contents", "read")], commits.contents),
    _route("GET /commits/{sha}/check-runs", [("checks", "read")], commits.list_checks, items="check_runs"),
    _route("POST /check-runs", [("checks", "write")], commits.create_check, status=201),
    _route("GET /check-runs/{check}", [("checks", "read")], commits.get_check),
    _route("PATCH /check-runs/{check}", [("checks", "write")], commits.update_check),
)


class GitHub(Account):
    """Responds to requests as GitHub's API does."""

    name = "github"
    credential = json.dumps({"app_id": str(APP_ID), "private_key": private_key()})
    destinations = (
        f"github:pull_request/{HELLO}/{FIRST_NUMBER}",
        f"github:commit/{HELLO}/{FIRST_HEAD}",
        f"github:app/{APP_ID}",
    )
    controls = CONTROLS

    def failed(self, status: int) -> Response:
        limited = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        message = limited if status in (403, 429) else "Server Error" if status >= 500 else "Problems parsing JSON"
        return GitHubError(status, message).response

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        response = super().handle(request, arriving, acting)
        reset = int(self.now()) + self.settings.reset_in
        limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": str(reset)}
        return response.with_headers({**limits, **response.headers})

    def control(self, method: str, path: str, body: bytes) -> Response:
        try:
            return super().control(method, path, body)
        except GitError as error:
            raise BadControl(str(error)) from None

    def respond(self, request: Request, acting: Hook) -> Response:
        try:
            return self._over_a_limit() or self._respond(request, acting)
        except GitError as error:
            raise GitHubError(503, str(error)) from None

    def _over_a_limit(self) -> Response | None:
        """A 403, if a control request says that a limit is reached."""
        with self.lock:
            settings = self.settings
            if settings.secondary:
                settings.secondary -= 1
                return self.failure(403, settings.retry_after)
            if settings.rate_limited:
                settings.rate_limited -= 1
                headers = {"X-RateLimit-Remaining": "0"}
                return GitHubError(403, "API rate limit exceeded for installation.", headers=headers).response
        return None

    def _respond(self, request: Request, acting: Hook) -> Response:
        path, authorization = unquote(request.path), request.headers.get("authorization", "")
        found = _REPOSITORY.fullmatch(path)
        if found is None:
            return self._as_app(request, path, authorization, acting)
        names = {name.lower(): id for id, name in NAMES.items()}
        id = int(found["id"]) if found["id"] else names.get(found["name"].lower(), 0)
        if found["rest"] == "/installation":
            tokens.require_app(self, authorization)
            if id not in INSTALLED:
                raise GitHubError(404, "Not Found")
            return acting() or Response.json(200, objects.installation())
        for route in ROUTES:
            if route.method == request.method and (parts := route.path.fullmatch(found["rest"])):
                with self.lock:
                    tokens.require(self, authorization, id, *route.any_of)
                return acting() or self._perform(route, id, parts, request)
        raise GitHubError(404, "Not Found")

    def _perform(self, route: Route, id: int, parts: re.Match[str], request: Request) -> Response:
        with self.lock:
            given = [part for part in parts.groups() if part is not None]
            call = Call(self, self.repo(id), given, _query(request), _body(request))
            answer = route.perform(call)
            if route.items is not None:
                return _page(request, answer, route.items)
            return Response(204, b"") if route.status == 204 else Response.json(route.status, answer)

    def _as_app(self, request: Request, path: str, authorization: str, acting: Hook) -> Response:
        """What the App asks about itself."""
        tokens.require_app(self, authorization)
        attempt = re.fullmatch(r"/app/hook/deliveries/(\d{1,15})/attempts", path)
        call = (request.method, path)
        if call == ("GET", "/app"):
            return acting() or Response.json(200, objects.app())
        if call == ("POST", f"/app/installations/{objects.INSTALLATION}/access_tokens"):
            given = _body(request)
            with self.lock:
                made = tokens.make(self, given)
            return acting() or Response.json(201, made)
        if call == ("GET", "/app/hook/deliveries"):
            with self.lock:
                found = deliveries.listed(self, _query(request).get("status"))
            return acting() or _page(request, found, "")
        if request.method == "POST" and attempt:
            if failed := acting():
                return failed
            with self.lock:
                deliveries.redeliver(self, int(attempt[1]))
            return Response.json(202, {})
        raise GitHubError(404, "Not Found")


def _query(request: Request) -> dict[str, str]:
    found = request.params
    for name in ("page", "per_page"):
        if name in found and not re.fullmatch("[1-9][0-9]{0,5}", found[name]):
            raise GitHubError(422, "Validation Failed", [{"resource": "Page", "field": name, "code": "invalid"}])
    return found


def _body(request: Request) -> Object:
    return request.json if request.body else {}


def _page(request: Request, items: list[Any], name: str) -> Response:
    """A page of a list, with a Link header if another follows; deliveries have a cursor in place of a page's number."""
    query = _query(request)
    by = "cursor" if request.path == "/app/hook/deliveries" else "page"
    size = min(int(query.get("per_page", PAGE)), 100)
    raw = query.get(by, "1")
    number = int(raw) if raw.isdecimal() and len(raw) < 7 else 1
    shown: Any = items[(number - 1) * size : number * size]
    headers = {}
    if number * size < len(items):
        more = urlencode({**query, by: number + 1})
        # On the local stack, the sandbox is below a segment of the server's path.
        host = request.headers.get("host", "")
        base = f"http://{host}/github" if host else objects.API
        headers["Link"] = f'<{base}{request.path}?{more}>; rel="next"'
    return Response.json(200, {"total_count": len(items), name: shown} if name else shown, headers)
