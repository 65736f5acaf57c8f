"""Takes the pictures of docs/console.md: `make pictures`. It is no test, so that a run of the tests changes no file."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from hookline.demo.run import run_on
from hookline.local.stack import LocalStack
from hookline.operator import reviews
from hookline.operator.event_search import Wanted, search
from infra.bundling import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.local

PLACE = ROOT / "docs/console"


def test_the_pictures_are_taken(at: Callable[[str], "Page"], stack: LocalStack) -> None:
    """Of each page, light, after the demo's payments."""
    run_on(stack, "payments", once=False, as_json=True)
    asked = search(stack, Wanted(outcome="approved"))["events"][0]["event"]
    waiting = next(one["id"] for one in reviews.listed(stack, everything=False) if one["status"] == "open")
    addresses = {
        "now": "/now",
        "events": "/events",
        "event": f"/events/one?id={asked}",
        "runs": "/runs",
        "reviews": "/reviews",
        "review": f"/reviews/one?id={waiting}",
        "agents": "/agents",
        "agent": "/agents/one?name=fraud",
        "dead-letters": "/dead-letters",
        "what-if": "/what-if",
        "what-if-result": f"/what-if/one?id={result}",
        "replay": f"/replay?agent=fraud&event={asked}",
        "sources": "/sources",
        "audit": "/audit",
    }
    PLACE.mkdir(exist_ok=True)
    for name, address in addresses.items():
        page = at(address)
        page.screenshot(path=PLACE / f"{name}.png")
        assert (PLACE / f"{name}.png").stat().st_size > 1000
