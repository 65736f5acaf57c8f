"""Triage: labels a message by a model or an embedded classifier, and hands the case to who can answer it.

The customer wrote the text, and can choose its labels by its words: a label finds a desk, and permits nothing.
"""

from collections.abc import Mapping
from typing import Any

from functions.agents.support_triage.answer import NONE, Answer
from functions.agents.support_triage.manifest import MANIFEST
from functions.agents.support_triage.settings import DESKS, LANGUAGES
from functions.api.agent import Event, Prompt, Tools
from functions.api.classify import Label, classify, ready
from functions.api.desk import Labels, gives_orders, language_of, message_of, mood_of, urgency_of
from functions.api.workflow import Report

PROMPT = Prompt.beside(__file__)
ready()  # Lambda gives the start of a function more of a CPU than its first event


def run(event: Event, tools: Tools) -> Report:
    """Hand the case to a specialist, or to a person, with the labels as facts."""
    payload = event.data["payload"]
    text = message_of(payload)
    asks = MANIFEST.model is not None and not gives_orders(text)
    labels = by_model(text, tools) if asks else labels_of(text)
    to, reason = way(labels, payload)
    why = f"{labels.intent or 'unsure'} {labels.confidence} by {labels.features}, to {to}"
    return Report({"says": "hand_off", "to": to, "reason": reason, "learnt": labels.facts}, why=why)


def by_model(text: str, tools: Tools) -> Labels:
    """The labels that the model chose, or those of the classifier if it did not answer with labels."""
    decision = tools.model.run(PROMPT.about(message=text), Answer, fallback=lambda: NONE, max_tokens=300)
    return decision.output.labels if decision.by == "model" else labels_of(text)


def labels_of(text: str) -> Labels:
    """The labels of a customer's text, without a model. A text that gives orders to a machine gets no intent."""
    said = {"language": language_of(text), "urgency": urgency_of(text), "mood": mood_of(text)}
    if gives_orders(text):
        return Labels(**said, features="words", orders="yes")
    found = classify(text)
    intent = found.intent if isinstance(found, Label) else ""
    return Labels(intent, **said, confidence=f"{found.confidence:.2f}", features=found.features)


def way(labels: Labels, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Who gets the case, and why. In doubt a person."""
    if labels.orders:
        return "person", "it gives orders to a machine"
    if labels.language and labels.language not in LANGUAGES:
        return "person", f"no specialist speaks its language ({labels.language})"
    if not labels.intent:
        nearest = f" ({labels.confidence} for the nearest)" if labels.confidence else ""
        return "person", f"it is not clear what the customer wants{nearest}"
    desk = DESKS.get(labels.intent)
    if desk is None:
        return "person", f"no specialist answers {labels.intent}"
    if desk not in payload["may_hand_to"]:
        return "person", f"{desk} had the case, or does not answer"
    return desk, f"it is about {labels.intent}"
