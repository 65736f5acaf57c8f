"""A console over pages of the tests, and a browser that has entered it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from hookline.console import found
from hookline.console.app import build
from hookline.console.page import Asked, Done, Page
from hookline.console.session import Session
from tests.unit.fakes import NOW

SESSION = Session("the token of these tests", 4568)
ORIGIN = "http://127.0.0.1:4568"


@pytest.fixture
def acted() -> list[Mapping[str, str]]:
    """The forms that reached an act."""
    return []


@pytest.fixture
def own_page(monkeypatch: pytest.MonkeyPatch, acted: list[Mapping[str, str]]) -> Page:
    """The only page of the console: it acts."""
    page = Page("Own", order=1)

    @page.view("failed_part.html", command="now", tool="now")
    def show(asked: Asked) -> Mapping[str, Any]:
        return {"why": asked.query.get("why", "nothing")}

    @page.act("do", command="now", tool="now")
    def do(asked: Asked) -> Done:
        acted.append(asked.form)
        return Done("it is done", "/own")

    monkeypatch.setattr(found, "pages_by_name", lambda: {"own": page})
    return page


@pytest.fixture
def make_client() -> Callable[..., TestClient]:
    """Makes a browser of the console of an account; by default one that has entered."""

    def make(account: Any = None, entered: bool = True) -> TestClient:
        client = TestClient(build(lambda: account, SESSION, lambda: NOW), base_url=ORIGIN, follow_redirects=False)
        if entered:
            client.cookies.set(SESSION.cookie, SESSION.secret)
        return client

    return make
