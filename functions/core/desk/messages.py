"""Which event of a ticket is a customer's message, which ends its case, and which is neither. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

What = Literal["message", "over", "nothing"]

LONGEST = 4_500  # bytes of JSON: a run's task has 8,000, with the rest of the message
OVER = {"merged": "merged into another ticket", "spam": "marked as spam", "deleted": "deleted"}
FINISHED = ("solved", "closed")
# How mail programs begin the subject, or the text, of what they send by themselves. RFC 3834 has a header for that,
# which no desk passes on.
_AUTOMATIC = re.compile(
    r"\s*(?:(?:re|aw|rv|fwd?|wg)\s*:\s*)*(?:"
    r"automatic reply|auto[- ]?(?:reply|response|matic response)|out of (?:the )?office|undeliver(?:able|ed)|"
    r"delivery status notification|mail delivery (?:failed|failure|subsystem)|"
    r"i am (?:currently )?out of (?:the )?office|"
    r"automatische antwort|abwesenheits(?:notiz|meldung|assistent)|abwesend|unzustellbar|"
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|no se puede entregar|"
    r"r[ée]ponse automatique|absence du bureau|risposta automatica|fuori sede|resposta autom[áa]tica"
    r")",
    re.IGNORECASE,
)


def meaning(type: str, data: Mapping[str, Any]) -> tuple[What, str]:
    """What a ticket.created or ticket.updated means for the ticket's case, and why.

    Only what its requester wrote is a message: no note or reply of staff, a program or Hookline, no automatic reply.
    """
    if type == "ticket.created":
        if data["author_role"] in ("agent", "system"):
            return "nothing", f"opened by the desk ({data['author_role']})"
    elif data["change"] in OVER:
        return "over", OVER[data["change"]]
    elif data["change"] == "status" and data["status"] in FINISHED:
        return "over", str(data["status"])
    elif data["change"] != "commented":
        return "nothing", f"a change of its {data['change']} is no message"
    elif data["from_requester"] is not True or data["author_role"] in ("agent", "system"):
        return "nothing", "not written by its requester"
    elif data["public"] is False:
        return "nothing", "an internal note"
    # An update repeats the ticket's subject, which says nothing about the comment.
    subject = data["subject"] if type == "ticket.created" else ""
    if is_automatic(subject or "") or is_automatic(data["text"] or ""):
        return "nothing", "an automatic reply"
    return "message", "written by its requester"


def is_automatic(text: str) -> bool:
    """Whether a subject or a text begins as the automatic replies of mail programs do."""
    return _AUTOMATIC.match(text[:200]) is not None


def cut(text: str, most: int = LONGEST) -> str:
    """The beginning of the text that has at most `most` bytes as JSON."""
    kept = text[:most].encode("utf-8", "replace").decode()
    while len(json.dumps(kept)) > most:
        kept = kept[: len(kept) * most // len(json.dumps(kept))]
    return kept
