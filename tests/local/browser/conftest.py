"""A real Chromium on the console of the session's stack."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from hookline.console.app import build
from hookline.console.serve import listening
from hookline.console.session import Session
from hookline.local.stack import LocalStack
from tests.local.browser import chromium

if chromium.PACKAGES.is_dir():
    sys.path.append(str(chromium.PACKAGES))
try:
    from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

    MISSING = "" if chromium.find() else "there is no Chromium on this machine, and none could be installed"
except ImportError:
    MISSING = "Playwright is not installed: 'make test' installs it"

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

HERE = __file__.rpartition("/")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the browser tests if they cannot run."""
    for item in items:
        if MISSING and str(item.path).startswith(HERE):
            item.add_marker(pytest.mark.skip(reason=MISSING))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say that they were skipped, where nobody overlooks it."""
    skipped = [one for one in terminalreporter.stats.get("skipped", ()) if "/browser/" in one.nodeid]
    if skipped:
        what = f"THE CONSOLE WAS NOT TESTED IN A BROWSER, {len(skipped)} tests were skipped: {MISSING}"
        terminalreporter.section(what, sep="!", red=True, bold=True)


@pytest.fixture(scope="session")
def session(stack: LocalStack) -> Iterator[Session]:
    """The session of a console that serves this stack."""
    listens = listening(0)
    made = Session("the token of the browser tests", listens.getsockname()[1])
    config = uvicorn.Config(
        build(lambda: stack, made, time.time), log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]})
    thread.start()
    yield made
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The browser, one for the session."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def context(browser: "Browser", session: Session) -> Iterator["BrowserContext"]:
    """A browser that has opened the printed address."""
    made = browser.new_context(viewport={"width": 1200, "height": 800}, color_scheme="light")
    made.set_default_timeout(10_000)
    page = made.new_page()
    page.goto(session.address)
    page.wait_for_url("**/now")
    page.close()
    yield made
    made.close()


@pytest.fixture
def page(context: "BrowserContext") -> Iterator["Page"]:
    """A tab. The test fails if a script runs that is none of the console's, or the browser's console has an error."""
    tab, wrong = context.new_page(), list[str]()

    def said(message: "ConsoleMessage") -> None:
        # The browser logs each refused act too; a test that expects one looks at the page.
        if message.type in ("error", "warning") and "status of 409" not in message.text:
            wrong.append(f"{message.text} at {message.location.get('url')}")

    tab.on("console", said)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}") or dialog.dismiss())
    yield tab
    tab.close()
    assert wrong == []


@pytest.fixture
def at(page: "Page", session: Session) -> Callable[[str], "Page"]:
    """Opens an address of the console in the tab."""

    def open_(address: str) -> "Page":
        answer = page.goto(f"http://127.0.0.1:{session.port}{address}")
        assert answer and answer.status == 200, f"{address}: {answer and answer.status}"
        return page

    return open_
