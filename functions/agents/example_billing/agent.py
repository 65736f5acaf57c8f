"""The billing desk: prices, disputes, tickets about payments, and why payments fail. Rules, no model."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.agent import Event, Tools
from functions.api.workflow import Report

EUR_A_SEAT = 9
KNOWN = {"card_declined": "the bank declined the card", "expired_card": "the card has expired"}

Payload = Mapping[str, Any]


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of one of the managers."""
    return Report(TASKS[event.source](event.data["payload"]))


def price(payload: Payload) -> dict[str, Any]:
    """The list price, however large it is: the stage's gate says when that is too large."""
    (need,) = (one["output"] for one in payload["before"] if one["stage"] == "need")
    return {"eur": need["seats"] * EUR_A_SEAT}


def dispute(payload: Payload) -> dict[str, Any]:
    """A dispute about goods is lost without a proof of delivery."""
    return {"answer": "accept" if payload["task"]["reason"] == "product_not_received" else "contest"}


def ticket(payload: Payload) -> dict[str, Any]:
    """Billing answers what is about a card or an invoice, and hands back the rest to the first that may have it."""
    text = payload["task"]["text"].lower()
    if "card" in text or "invoice" in text:
        return {"says": "done", "result": "Both charges and what each is for."}
    return {"says": "hand_off", "to": "example_support", "reason": "it is about no payment"}


def failure(payload: Payload) -> dict[str, Any]:
    """The meaning of the provider's code, if it is known."""
    why = KNOWN.get(payload["task"]["reason"])
    return {"done": True, "result": why} if why else {"done": False}


TASKS: Mapping[str, Callable[[Payload], dict[str, Any]]] = {
    "agent.example_quote": price,
    "agent.example_dispute": dispute,
    "agent.example_ticket": ticket,
    "agent.example_failure": failure,
}
