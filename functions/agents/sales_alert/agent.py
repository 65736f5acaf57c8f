"""The sales alert agent: posts each lead to the operator's destination `sales`."""

from collections.abc import Mapping
from typing import Any

from functions.agents.sales_alert.tools import Tools
from functions.api.agent import Done, Event, cleaned

LINE, SAID = 200, 500  # characters


def run(event: Event, tools: Tools) -> Done:
    """Post the alert once. Raises the connector's error if it is not posted."""
    tools.slack.message_post(to="sales", text=alert(event.data))
    return Done("posted")


def alert(lead: Mapping[str, Any]) -> str:
    """The alert as plain text. Lines that begin with > quote what nobody has verified."""
    owner = f"owner {lead['keeps']} of the contact" if lead["keeps"] else lead["owners"][0]
    person = [lead["full_name"], lead["address"], lead["company"], lead["size"], lead["country"], lead["product"]]
    lines = [
        f"New {lead['grade']} lead for {owner} ({lead['pool']}), score {lead['score']}",
        f"> {', '.join(line(one) for one in person if one) or 'no name'}",
        *([f"> {line(lead['said'], SAID)}"] if lead["said"] else []),
        f"Score: {'; '.join(lead['reasons']) or 'nothing is known'}",
        *([f"Before: {', '.join(lead['known'])}"] if lead["known"] else []),
        *([f"No mail by itself: {lead['writable']}"] if lead["writable"] != "yes" else []),
    ]
    return "\n".join(lines)


def line(text: str, longest: int = LINE) -> str:
    """A text from outside as one line."""
    return " ".join(cleaned(text, longest=longest).split())
