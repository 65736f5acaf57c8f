"""The console's application: the pages that were found, behind the guard."""

import asyncio
import mimetypes
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, quote

from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from functions.core.platform.errors import HooklineError
from hookline.console import found
from hookline.console.guard import Guard
from hookline.console.page import Act, Asked, Page, View
from hookline.console.rendering import environment
from hookline.console.session import ENTER, Session
from hookline.console.work import Works
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError, UnknownName

STATIC = Path(__file__).parent / "static"
LARGEST_FORM = 64_000  # bytes
MOST_SAID = 50  # acts whose results wait to be shown
MOST_STREAMS = 8  # a browser opens six connections to a host at most

ERRORS = (OperatorError, HooklineError, ClientError, BotoCoreError)


def build(account: Callable[[], Account], session: Session, clock: Callable[[], float]) -> ASGIApp:
    """The console over `account`, which is asked for anew for each request, for the holder of `session`."""
    console = _Console(account, session, clock)
    routes = [Route("/", console.home), Route(ENTER, console.enter), Route("/static/{name}", console.static)]
    for name, page in console.pages.items():
        for path, view in page.views.items():
            routes.append(Route(_address(name, path), console.viewing(name, view)))
        for path, act in page.acts.items():
            routes.append(Route(_address(name, path), console.acting(name, act), methods=["POST"]))
    return Guard(
        Starlette(routes=routes, exception_handlers={404: console.missing, Exception: console.broken}), session
    )


class _Console:
    def __init__(self, account: Callable[[], Account], session: Session, clock: Callable[[], float]) -> None:
        self.pages: Mapping[str, Page] = found.pages_by_name()
        self._account, self._session, self._clock = account, session, clock
        self._templates = environment(clock)
        self._templates.globals |= {
            "pages": self.pages,
            "form_token": session.form_token,
            "to": _to,
        }
        self._said: OrderedDict[str, str] = OrderedDict()
        self._streams = 0
        self._works = Works()
        self._static = {file.name: file.read_bytes() for file in STATIC.iterdir()}

    async def home(self, request: Request) -> Response:
        return RedirectResponse(_address(next(iter(self.pages)), ""), 303)

    async def enter(self, request: Request) -> Response:
        """Exchange the token for the cookie. A page goes on, not a redirect, which would be the sender's request."""
        if not self._session.opens(request.url.query):
            return PlainTextResponse("this address has the token of another session\n", 403)
        return HTMLResponse(self._render("entered.html", {}), headers={"Set-Cookie": self._session.set_cookie})

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            return PlainTextResponse("there is no such file\n", 404)
        kind = mimetypes.guess_type(name)[0] or "text/plain"
        return Response(self._static[name], media_type=kind, headers={"Cache-Control": "private, max-age=60"})

    async def missing(self, request: Request, _: Exception) -> Response:
        return self._failed("", OperatorError(f"there is no page {request.url.path!r}"), 404)

    async def broken(self, request: Request, error: Exception) -> Response:
        """A fault of ours: the server raises it again, so that its traceback is in the console's terminal."""
        why = OperatorError(f"this cannot be shown, by a fault of the console ({type(error).__name__})")
        return self._failed("", why, 500, part="hx-request" in request.headers)

    def viewing(self, name: str, view: View) -> Callable[[Request], Any]:
        """The endpoint of a view of page `name`."""

        async def show(request: Request) -> Response:
            query = dict(request.query_params)

            def rendered() -> str:
                shown = view.read(Asked(self._account(), query, {}, self._clock(), self._works))
                notice = self._said.pop(query.get("said", ""), "")
                return self._render(
                    view.template, {**shown, "here": name, "notice": notice, "command": view.same.command}
                )

            if view.every:
                return self._stream(rendered, view.every)
            try:
                return HTMLResponse(await run_in_threadpool(rendered))
            except ERRORS as error:
                return self._failed(name, error, part="hx-request" in request.headers)

        return show

    def acting(self, name: str, act: Act) -> Callable[[Request], Any]:
        """The endpoint of an act of page `name`: then the browser goes on, so that a reload does not repeat it."""

        async def do(request: Request) -> Response:
            form = await _form(request)
            if not self._session.is_of_form(form.pop("token", "")):
                return PlainTextResponse("the form is not of this session: go back and reload the page\n", 403)
            try:
                done = await run_in_threadpool(lambda: act(Asked(self._account(), {}, form, self._clock())))
            except ERRORS as error:
                return self._failed(name, error, 409)
            key = token_urlsafe(12)
            self._said[key] = done.said
            while len(self._said) > MOST_SAID:
                self._said.popitem(last=False)
            return RedirectResponse(f"{done.to}{'&' if '?' in done.to else '?'}said={key}", 303)

        return do

    def _stream(self, rendered: Callable[[], str], every: float) -> Response:
        if self._streams >= MOST_STREAMS:
            return PlainTextResponse("too many pages are open\n", 503)
        return StreamingResponse(self._events(rendered, every), media_type="text/event-stream")

    async def _events(self, rendered: Callable[[], str], every: float) -> AsyncIterator[str]:
        self._streams += 1
        before = ""
        try:
            yield ": the page has what is now\n\n"
            while True:
                await asyncio.sleep(every)
                try:
                    now = await run_in_threadpool(rendered)
                except ERRORS as error:
                    now = self._render("failed_part.html", {"why": _why(error)})
                yield _event(now) if now != before else ": unchanged\n\n"
                before = now
        finally:
            self._streams -= 1

    def _failed(self, name: str, error: Exception, status: int = 0, part: bool = False) -> Response:
        """The reason, as a page or as the part of one that a script asked for."""
        shown = {"here": name, "notice": "", "why": _why(error)}
        template = "failed_part.html" if part else "failed.html"
        return HTMLResponse(self._render(template, shown), status or (404 if _unknown(error) else 502))

    def _render(self, template: str, shown: Mapping[str, Any]) -> str:
        return self._templates.get_template(template).render(shown)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; none if it is too large, or no form."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return {}
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _event(text: str) -> str:
    return "".join(f"data: {line}\n" for line in text.splitlines()) + "\n"


def _address(name: str, path: str) -> str:
    return f"/{name.replace('_', '-')}" + (f"/{path}" if path else "")


def _to(page: str, path: str = "", **query: Any) -> str:
    """The address of a page, with the fields of its query that have a value."""
    given = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items() if value not in (None, ""))
    return _address(page, path) + (f"?{given}" if given else "")


def _unknown(error: Exception) -> bool:
    return isinstance(error, UnknownName)


def _why(error: Exception) -> str:
    return f"AWS: {error}" if isinstance(error, ClientError | BotoCoreError) else str(error)
