"""Events: a search, and one event's causal tree as a timeline."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Page
from hookline.operator import event_search, logs_reading, raw_body
from hookline.operator.event_search import OUTCOMES, REFUSALS
from hookline.operator.event_trace import trace

page = Page("Events", order=20)


@page.view("events.html")
def search(asked: Asked) -> Mapping[str, Any]:
    """The newest events that fit the form."""
    query = {name: value.strip() for name, value in asked.query.items()}
    wanted = event_search.wanted(query, asked.now)
    return {
        "found": event_search.search(asked.account, wanted, query.get("more", "")),
        "outcomes": [*OUTCOMES, *REFUSALS],
        "asked": {name: query.get(name, "") for name in event_search.FIELDS},
    }


@page.view("event.html", "one")
def one(asked: Asked) -> Mapping[str, Any]:
    """One event's tree."""
    return {"tree": trace(asked.account, asked.needs("id"))}


@page.view("event_logs.html", "logs")
def logs(asked: Asked) -> Mapping[str, Any]:
    """The log lines of a tree; apart, because reading logs takes its time."""
    began, took = asked.number("began"), asked.number("took")
    return {"lines": logs_reading.of_tree(asked.account.client("logs"), asked.needs("id"), began, began + took)}


@page.view("event_raw.html", "raw")
def raw(asked: Asked) -> Mapping[str, Any]:
    """What the provider sent, if it is kept; apart, because it lies in other stores than the trail."""
    return {"raw": raw_body.find(asked.account, asked.needs("id"))}
