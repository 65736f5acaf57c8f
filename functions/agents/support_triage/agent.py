"""Triage: labels a message by an embedded classifier and by words, and hands the case to who can answer it.

The customer wrote the text, and can choose its labels by its words: a label finds a desk, and permits nothing.
"""

from collections.abc import Mapping
from typing import Any

from functions.agents.support_triage.settings import DESKS, LANGUAGES
from functions.api.agent import Event, Tools
from functions.api.classify import Label, classify
from functions.api.desk import Labels, language_of, message_of, mood_of, urgency_of
from functions.api.workflow import Report


def run(event: Event, tools: Tools) -> Report:
    """Hand the case to a specialist, or to a person, with the labels as facts."""
    payload = event.data["payload"]
    labels = labels_of(message_of(payload))
    to, reason = way(labels, payload)
    why = f"{labels.intent or 'unsure'} {labels.confidence} by {labels.features}, to {to}"
    return Report({"says": "hand_off", "to": to, "reason": reason, "learnt": labels.facts}, why=why)


def labels_of(text: str) -> Labels:
    """The labels of a customer's text."""
    found = classify(text)
    return Labels(
        intent=found.intent if isinstance(found, Label) else "",
        language=language_of(text),
        urgency=urgency_of(text),
        mood=mood_of(text),
        confidence=f"{found.confidence:.2f}",
        features=found.features,
    )


def way(labels: Labels, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Who gets the case, and why. In doubt a person."""
    if labels.language and labels.language not in LANGUAGES:
        return "person", f"no specialist speaks its language ({labels.language})"
    if not labels.intent:
        return "person", f"it is not clear what the customer wants ({labels.confidence} for the nearest)"
    desk = DESKS.get(labels.intent)
    if desk is None:
        return "person", f"no specialist answers {labels.intent}"
    if desk not in payload["may_hand_to"]:
        return "person", f"{desk} had the case, or does not answer"
    return desk, f"it is about {labels.intent}"
