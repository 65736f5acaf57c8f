"""Events: a search, and one event's causal tree as a timeline."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Page
from hookline.operator import budget, event_search, known, logs_reading, raw_body
from hookline.operator.errors import OperatorError
from hookline.operator.event_search import OUTCOMES, REFUSALS
from hookline.operator.event_trace import trace
from hookline.operator.records.explain import explained
from hookline.operator.records.stored import records
from hookline.operator.trail import Trail

page = Page("Events", order=20)


@page.view("events.html", command="events search", tool="search_events")
def search(asked: Asked) -> Mapping[str, Any]:
    """The newest events that fit the form."""
    query = {name: value.strip() for name, value in asked.query.items()}
    wanted = event_search.wanted(query, asked.now)
    return {
        "found": event_search.search(asked.account, wanted, query.get("more", "")),
        "outcomes": [*OUTCOMES, *REFUSALS],
        **known.first_events(),
        "asked": {name: query.get(name, "") for name in event_search.FIELDS},
    }


@page.view("event.html", "one", command="audit show EVENT", tool="trace_event")
def one(asked: Asked) -> Mapping[str, Any]:
    """One event's tree."""
    return {"tree": trace(asked.account, asked.needs("id"))}


@page.view("event_logs.html", "logs", command="logs --event EVENT", tool="event_logs")
def logs(asked: Asked) -> Mapping[str, Any]:
    """The log lines of a tree; apart, because reading logs takes its time."""
    began, took = asked.number("began"), asked.number("took")
    return {"lines": logs_reading.of_tree(asked.account.client("logs"), asked.needs("id"), began, began + took)}


@page.view("event_raw.html", "raw", command="events raw EVENT", tool="raw_event")
def raw(asked: Asked) -> Mapping[str, Any]:
    """What the provider sent, if it is kept; apart, because it lies in other stores than the trail."""
    return {"raw": raw_body.find(asked.account, asked.needs("id"))}


@page.view("event_budget.html", "budget", command="budget show EVENT", tool="event_budget")
def used(asked: Asked) -> Mapping[str, Any]:
    """What the tree has used of its budget; apart, because it lies in another table than the trail."""
    try:
        return {"used": budget.used(asked.account, asked.needs("id")), "why": ""}
    except OperatorError as error:
        return {"used": None, "why": str(error)}


@page.view("event_explained.html", "explain", command="explain EVENT", tool="explain_event")
def explain(asked: Asked) -> Mapping[str, Any]:
    """What the recorded agents were told, asked and decided; apart, because records lie in a store of their own."""
    trail, stored = Trail(asked.account.client("dynamodb")), records(asked.account)
    try:
        return {"runs": explained(stored, trail, asked.needs("id")), "why": ""}
    except OperatorError as error:
        return {"runs": [], "why": str(error)}
