"""What the CRM gets of a lead. Pure; all of it was written by somebody outside, and stays text."""

from collections.abc import Mapping
from typing import Any, cast

from functions.agents.lead_crm.tools import HubspotContactUpsertSaid
from functions.api.agent import cleaned

LINE = 200  # characters


def said_properties(lead: Mapping[str, Any]) -> HubspotContactUpsertSaid:
    """What the person said, by HubSpot's names of properties; what they left out is not sent."""
    first, _, last = line(lead["full_name"] or "").partition(" ")
    found = {
        "firstname": first,
        "lastname": last,
        "company": line(lead["company"] or ""),
        "numberofemployees": line(lead["size"] or "", 20),
        "country": line(lead["country"] or "", 100),
        "hs_lead_status": "NEW",
    }
    return cast(HubspotContactUpsertSaid, {name: value for name, value in found.items() if value})


def task_subject(lead: Mapping[str, Any]) -> str:
    """The task in one line."""
    who = line(lead["full_name"] or lead["address"] or "a contact")
    return f"New {lead['grade']} lead: {who}"


def task_body(lead: Mapping[str, Any]) -> str:
    """What is known, and what nobody does by themselves."""
    lines = [
        f"Score {lead['score']}: {'; '.join(lead['reasons']) or 'nothing is known'}.",
        f"Known: {', '.join(lead['known']) or 'nothing before'}.",
        *([f"They write: {line(lead['said'], 1_000)}"] if lead["said"] else []),
        *([f"No mail goes out by itself: {lead['writable']}."] if lead["writable"] != "yes" else []),
        *([f"Did they mean {lead['meant']}? Ask on another way; nobody has written there."] if lead["meant"] else []),
    ]
    return "\n".join(lines)


def line(text: str, longest: int = LINE) -> str:
    """A text from outside as one line."""
    return " ".join(cleaned(text, longest=longest).split())
