"""Whether a text gives orders to the machine that reads it, instead of asking a desk for something. Pure.

A stated rule of few words, so that a person can say why a ticket was held. It is no defence: a label permits nothing,
and an attacker who knows the rule can write around it.
"""

import re
from unicodedata import normalize

from functions.core.models.visible import without_invisible

_RULES = (
    # Set your rules aside: "ignore all previous instructions", "vergiss deine Regeln", "ignora las instrucciones".
    r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|the|your|of|these|those|previous|prior|earlier|above|"
    r"preceding|system)\s+)*(?:instructions?|prompts?|rules|guidelines|directives|restrictions)\b",
    r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*)\s+(?:(?:alle?|die|deine|ihre|diese|bisherigen?|vorherigen?|"
    r"obigen?|früheren?)\s+)*(?:anweisung(?:en)?|instruktionen|regeln|vorgaben|richtlinien)\b",
    r"\b(?:ignor[ae]|olvid[ae]|omit[ae])\s+(?:(?:todas?|las?|tus|sus|estas|anteriores|previas)\s+)*"
    r"(?:instrucciones|reglas|indicaciones|órdenes|directrices)\b",
    # What only a program has: a prompt, a role, tools.
    r"\b(?:system|developer)\s+(?:prompt|message|mode)\b|\b(?:your|initial|hidden) (?:system )?prompt\b|\bjailbreak\b|"
    r"\byou have no restrictions\b|\b(?:neue|new|nuevas?) (?:anweisung|instruction|instruccion|rule)(?:e?s|en)?\s*:",
    r"\b(?:you are|act as|du bist|sie sind|eres|actúa como)\s+(?:now |not |jetzt |nun |ab jetzt |ahora )*"
    r"(?:an? |ein(?:e)? |una? |the |el |la )?(?:ai|ki|ia|\w*bot|terminal|language model|sprachmodell|dan|root|admin)\b",
    r"\b(?:instructions|anweisungen|instrucciones) (?:for|to|an|für|para) (?:the |den |die |el |la )?"
    r"(?:assistant|ai|agent|model|bot|assistent\w*|ki|modell|asistente|ia)\b",
    # The marks of prompts and of calls.
    r"</?(?:system|tool_call|function_calls?|invoke|data|instructions?)>|<<\s*sys\s*>>|<\|\w+\|>|\[/?inst\]|\[tool_calls\]|"
    r"\[\[\s*(?:end|data)\b|\"(?:role|tooluse|tool|operation)\"\s*:|\btool_(?:call|result)\b|\bfinal_result\b",
    r"(?:^|[\s.-])(?:system|assistant)\s*:\s*(?:you|i |ignore|obey|read|override|always|never|from now)",
    # The names of this program's own: its operations, entities and agents.
    r"\b(?:zendesk|intercom|stripe|slack|context|bedrock)(?:_\w+_\w+|:\w+/\S)|\bhand_off\b|"
    r"\b(?:billing|technical|account|support)_(?:support|triage|clerk|intake|desk)\b",
)
_ORDER = re.compile("|".join(f"(?:{one})" for one in _RULES), re.IGNORECASE)
LONGEST = 20_000  # characters that are read: all that a case has


def gives_orders(text: str) -> bool:
    """Whether the text has words that are for a machine, and not for a support desk."""
    return _ORDER.search(without_invisible(normalize("NFKC", text[:LONGEST]))) is not None
