"""Which dead letters an operator must not send again: a consumer that trusts SQS for the sender would misread them.

A message that is sent again has a new sender. AWS does not document whether a move task of SQS keeps the sender.
"""

import json
from collections.abc import Mapping
from typing import Any

from functions.core.audit.messages import foreign_function
from functions.core.platform.errors import Denied
from infra import naming

AUDIT = "the recorder must read it with its first sender, or it counts as forged: docs/audit.md shows how"
FORGED = "a function sent it in the name of another source; a redrive would publish it"


def refusal(place: str, message: Mapping[str, Any]) -> str:
    """Why a dead letter of the queue `place` must not be sent again; "" if it may be.

    `message` is as ReceiveMessage returns it, with all attributes.
    """
    if place in naming.AUDIT_QUEUES.values():
        return AUDIT
    if place == naming.SPILL_QUEUE and _is_forged(message):
        return FORGED
    return ""


def _is_forged(message: Mapping[str, Any]) -> bool:
    """Whether the drain denied a spilled event, or SQS gave it up with the sender that the drain would deny."""
    reason: str = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue", "")
    if reason.startswith(f"{Denied.__name__}:"):
        return True
    try:
        source = json.loads(message["Body"])["Source"]
    except (ValueError, KeyError, TypeError, RecursionError):
        source = ""
    sender = foreign_function({"attributes": message["Attributes"]}, str(source))
    return sender not in ("", naming.service("drain"))
