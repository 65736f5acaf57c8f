"""A dead letter or a quarantined body, and what an audit record says about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.core.platform.canonical import digest


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter or a quarantined body: its id, its place (queue or source), its event's id, and the reason.

    `text` is the message's body, or the quarantined content.
    """

    id: str
    place: str
    event: str
    reason: str
    text: str = field(repr=False)


def shown(text: str) -> Any:
    """The content of a dead letter as people may see it: without the grant of its event, which connectors accept."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return text
    detail = message.get("detail", message) if isinstance(message, dict) else {}
    if isinstance(detail, dict) and "grant" in detail:
        detail["grant"] = "(not shown: connectors accept it)"
    return message


def facts(letter: DeadLetter, resource: str) -> dict[str, Any]:
    """The fields of a record about a dead letter; the digest proves its content."""
    return {
        "event": letter.event,
        "correlation": as_text(detail(letter.text).get("correlationid")),
        "resource": resource,
        "digests": {"message": digest(letter.text.encode())},
    }


def detail(body: str) -> Mapping[str, Any]:
    """The event in a message's body, {} if the body is something else."""
    try:
        content = json.loads(body)
        found = content.get("detail", content)
    except (ValueError, AttributeError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def as_text(value: Any) -> str:
    """The value if it is text, "" otherwise."""
    return value if isinstance(value, str) else ""
