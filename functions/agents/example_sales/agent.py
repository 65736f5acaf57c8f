"""The sales desk: what a lead needs, disputes, release notes, and tickets that are about buying. Rules, no model."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.agent import Event, Tools
from functions.api.workflow import Report

SHORTEST_NOTE = 4  # words
WORTH_IT = 2_000  # of a dispute, in the smallest unit of its currency

Payload = Mapping[str, Any]


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of one of the managers."""
    return Report(TASKS[event.source](event.data["payload"]))


def need(payload: Payload) -> dict[str, Any]:
    """How many seats a lead asks for: the last number in its form."""
    answers = [one["answer"] for one in payload["task"]["answers"]]
    return {"seats": [int(one) for one in answers if one.isdecimal()][-1]}


def dispute(payload: Payload) -> dict[str, Any]:
    """A dispute about little money costs more than it brings."""
    return {"answer": "contest" if payload["task"]["amount"] >= WORTH_IT else "accept"}


def check(payload: Payload) -> dict[str, Any]:
    """A release note is long enough to say something."""
    if len(payload["proposal"]["text"].split()) >= SHORTEST_NOTE:
        return {"says": "approve"}
    return {"says": "object", "text": "A customer cannot see what it changes."}


def ticket(payload: Payload) -> dict[str, Any]:
    """A customer who wants to buy is at the right desk."""
    if "buy" in payload["task"]["text"].lower():
        return {"says": "done", "result": "Here is our price list."}
    return {"says": "hand_off", "to": "person", "reason": "nobody wants to buy anything"}


TASKS: Mapping[str, Callable[[Payload], dict[str, Any]]] = {
    "agent.example_quote": need,
    "agent.example_dispute": dispute,
    "agent.example_note": check,
    "agent.example_ticket": ticket,
}
