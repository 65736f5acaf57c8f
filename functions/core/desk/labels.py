"""The labels of a message, as the facts that members of a desk hand on, and the tags that a ticket gets. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_URGENT = re.compile(
    r"\b(?:urgent(?:ly|e)?|asap|immediately|right now|can(?:not|'t) work|outage|production is down|"
    r"dringend|sofort|umgehend|notfall|urgencia|inmediatamente|cuanto antes|emergency)\b",
    re.IGNORECASE,
)
_UPSET = re.compile(
    r"!!|\b(?:furious|angry|unacceptable|ridiculous|terrible|awful|disappointed|worst|scam|fraud|lawyer|"
    r"unverschämt|wütend|inakzeptabel|enttäuscht|frechheit|anwalt|betrug|"
    r"inaceptable|furios[oa]|enfadad[oa]|decepcionad[oa]|estafa|vergüenza|abogado)\b",
    re.IGNORECASE,
)
_FACT = re.compile(r"(intent|language|urgency|mood|confidence|features|orders)=([\w.:+-]{1,60})", re.ASCII)


@dataclass(frozen=True)
class Labels:
    """What triage made of a message. `intent` is "" if it is not sure, `language` is "" if the text does not show it.

    `confidence` is the classifier's, "" for a model's; `features` is what the labels were made from. `orders` is "yes"
    if the text gives orders to a machine.
    """

    intent: str = ""
    language: str = ""
    urgency: str = "normal"
    mood: str = "calm"
    confidence: str = ""
    features: str = ""
    orders: str = ""

    @property
    def facts(self) -> list[str]:
        """The labels as facts of a handoff."""
        return [f"{name}={value}" for name, value in vars(self).items() if value and name != "features"]

    @property
    def tags(self) -> list[str]:
        """The tags of the ticket."""
        told = {"intent": self.intent or "unsure", "language": self.language or "unknown", "mood": self.mood}
        return [*(f"{name}_{value}" for name, value in told.items()), *(["gives_orders"] if self.orders else [])]

    @property
    def priority(self) -> str | None:
        """The priority that the ticket gets, None to leave it: a customer's word raises it, and never to the top."""
        return "high" if self.urgency == "high" else None


def urgency_of(text: str) -> str:
    """ "high" if the text says that it cannot wait, else "normal"."""
    return "high" if _URGENT.search(text) else "normal"


def mood_of(text: str) -> str:
    """ "upset" if the text shows anger, else "calm"."""
    return "upset" if _UPSET.search(text) else "calm"


def labels_in(facts: Iterable[Mapping[str, Any]], by: str) -> Labels:
    """The labels among the facts of a handoff's trail that member `by` learnt; the last of each counts."""
    found: dict[str, str] = {}
    for fact in facts:
        said = _FACT.fullmatch(str(fact.get("text"))) if fact.get("member") == by else None
        if said:
            found[said[1]] = said[2]
    return Labels(**found)


def message_of(payload: Mapping[str, Any]) -> str:
    """All that the customer wrote in a case: the message that began it, and those that joined."""
    task, news = payload["task"], payload.get("news", [])
    texts = [task["subject"], task["text"], *(one["text"] for one in news)]
    return "\n".join(text for text in texts if text)
