"""The support desk: offers, disputes, release notes, triage of tickets, and questions to customers. Rules, no model."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.agent import Event, Tools
from functions.api.workflow import Report

Payload = Mapping[str, Any]


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of one of the managers."""
    return Report(TASKS[event.source](event.data["payload"]))


def offer(payload: Payload) -> dict[str, Any]:
    """The offer, of what the stages before found."""
    found = {one["stage"]: one["output"] for one in payload["before"]}
    return {"text": f"{found['need']['seats']} seats for {found['price']['eur']} EUR a month."}


def dispute(payload: Payload) -> dict[str, Any]:
    """A cardholder who speaks of fraud, or waits for a parcel, is a customer to keep."""
    return {"answer": "accept" if payload["task"]["reason"] in ("fraudulent", "product_not_received") else "contest"}


def note(payload: Payload) -> dict[str, Any]:
    """The change's title, and in the next round in other words: this desk knows no more of the change."""
    title = payload["task"]["title"]
    return {"says": "proposal", "text": f"New: {title}." if payload["round"] % 2 else f"{title} is new."}


def ticket(payload: Payload) -> dict[str, Any]:
    """What has to do with a charge is for billing, all else for sales; the next best desk if that one is out."""
    desks = [one for one in payload["may_hand_to"] if one != "person"]
    wanted = "example_billing" if "charge" in payload["task"]["text"].lower() else "example_sales"
    return {"says": "hand_off", "to": wanted if wanted in desks else desks[0], "reason": "it looks like theirs"}


def failure(payload: Payload) -> dict[str, Any]:
    """The customer, who was asked, does not answer."""
    return {"done": False, "learnt": ["the customer was asked, and has not answered"]}


TASKS: Mapping[str, Callable[[Payload], dict[str, Any]]] = {
    "agent.example_quote": offer,
    "agent.example_dispute": dispute,
    "agent.example_note": note,
    "agent.example_ticket": ticket,
    "agent.example_failure": failure,
}
