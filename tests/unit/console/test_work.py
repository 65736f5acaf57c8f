"""A long read of the console: the page says how far it is, then what it found."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from hookline.console import found, work
from hookline.console.page import Asked, Page
from hookline.console.work import Work, Works
from hookline.operator.audit.progress import EVERY, told
from hookline.operator.errors import OperatorError


@pytest.fixture
def reading() -> Iterator[tuple[threading.Event, threading.Event, Callable[..., str]]]:
    """A read that is at record 3 of 8 until it may end."""
    begun, may_end = threading.Event(), threading.Event()

    def read(progress: Callable[[int, int], None]) -> str:
        progress(3, 8)
        begun.set()
        assert may_end.wait(5)
        progress(8, 8)
        return "<b>all is well"

    yield begun, may_end, read
    may_end.set()


def ended(one: Work) -> None:
    """Wait for the end of a read."""
    while not one.ended:
        time.sleep(0)


def test_a_read_is_done_once_for_all_who_ask(reading):
    """Until it has ended; then it is done anew."""
    begun, may_end, read = reading
    works = Works()
    first = works.started("verify", read)
    assert begun.wait(5)
    assert works.started("verify", read) is first is works.find(first.id)
    assert works.started("another", lambda progress: 1) is not first
    may_end.set()
    ended(first)
    assert first.result() == "<b>all is well"
    assert works.started("verify", lambda progress: 2) is not first


def test_what_a_read_failed_with_is_raised_where_it_is_shown(monkeypatch):
    """The oldest are forgotten, and asking for one says so."""

    def fail(progress: Callable[[int, int], None]) -> None:
        raise OperatorError("the key cannot be read")

    monkeypatch.setattr(work, "MOST", 1)
    works = Works()
    first = works.started("verify", fail)
    ended(first)
    with pytest.raises(OperatorError, match="the key cannot be read"):
        first.result()
    works.started("another", fail)
    with pytest.raises(OperatorError, match="start it again"):
        works.find(first.id)


def test_a_page_asks_again_until_the_read_has_ended(monkeypatch, make_client: Callable[..., TestClient], reading):
    """By the address of the same read; a failure of a part is a part, not a page in a page."""
    begun, may_end, read = reading
    page = Page("Own", order=1)
    started: list[Work] = []

    @page.view("verified.html", command="now", tool="now")
    def show(asked: Asked) -> Mapping[str, Any]:
        started.append(asked.work("verify", read))
        return {"work": started[-1]}

    monkeypatch.setattr(found, "pages_by_name", lambda: {"own": page})
    client = make_client()
    client.get("/own")
    assert begun.wait(5)
    shown = client.get("/own").text
    assert "3 of 8 records read" in shown and f"/audit/verify?work={started[0].id}" in shown
    failed = client.get("/own?work=none", headers={"HX-Request": "true"})
    assert "start it again" in failed.text and "<html" not in failed.text
    assert "<html" in client.get("/own?work=none").text
    may_end.set()
    ended(started[0])
    started[0].error = OperatorError("it was wrong <b>")
    assert "it was wrong &lt;b&gt;" in client.get(f"/own?work={started[0].id}").text


def test_how_far_a_read_is_ends_with_all_of_it():
    """Also if more comes than there was at first."""
    calls: list[tuple[int, int]] = []
    records = list(told(range(2 * EVERY + 3), 2 * EVERY + 1, lambda done, total: calls.append((done, total))))
    assert len(records) == 2 * EVERY + 3
    assert [done for done, _ in calls] == [0, EVERY, 2 * EVERY, 2 * EVERY + 1]


def test_a_fault_of_the_console_is_a_page_that_says_so(own_page: Page, make_client):
    """Without what is in it; the traceback is the terminal's."""

    @own_page.view("failed_part.html", "broken", command="now", tool="now")
    def fail(asked: Asked) -> Mapping[str, Any]:
        raise ZeroDivisionError("a secret")

    client = make_client()
    client._transport.raise_server_exceptions = False  # noqa: SLF001 - as a browser sees it
    for headers, whole in (({}, True), ({"HX-Request": "true"}, False)):
        answer = client.get("/own/broken", headers=headers)
        assert (answer.status_code, "<html" in answer.text) == (500, whole)
        assert "a fault of the console (ZeroDivisionError)" in answer.text and "a secret" not in answer.text
