"""The lead CRM agent: the contact, its owner, and a task for the owner."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.agents.lead_crm.texts import said_properties, task_body, task_subject
from functions.agents.lead_crm.tools import Tools
from functions.api.agent import Done, Event, PermanentError

# How soon the owner should call, in seconds after the lead was routed.
DUE = {"hot": 3600, "warm": 24 * 3600, "cold": 72 * 3600}
PRIORITY = {"hot": "HIGH", "warm": "MEDIUM", "cold": "LOW"}


def run(event: Event, tools: Tools) -> Done:
    """Keep the lead in the CRM, once. Raises PermanentError if none of its owners is there."""
    lead = event.data
    if event.type == "lead.joined":
        if lead["address"]:
            tools.hubspot.contact_upsert(email=lead["address"], said=said_properties(lead))
        return Done("it joined a lead, which has an owner and a task")
    owner = owner_of(lead, tools)
    task: dict[str, Any] = {
        "subject": task_subject(lead),
        "body": task_body(lead),
        "owner": owner,
        "due": int(datetime.fromisoformat(event.time).timestamp()) + DUE[lead["grade"]],
        "priority": PRIORITY[lead["grade"]],
    }
    if lead["address"]:
        tools.hubspot.contact_upsert(email=lead["address"], said=said_properties(lead), owner=owner)
        tools.hubspot.task_create(email=lead["address"], **task)
    elif lead["contact"]:
        if not lead["keeps"]:
            tools.hubspot.contact_assign(contact=lead["contact"], owner=owner)
        tools.hubspot.contact_task_create(contact=lead["contact"], **task)
    else:
        return Done("nobody is named whom the CRM could keep: the alert has all that is known")
    return Done(f"owner {owner}")


def owner_of(lead: Mapping[str, Any], tools: Tools) -> str:
    """The id of the contact's own owner, or of the first of the lead's owners who is in the CRM."""
    if lead["keeps"]:
        return str(lead["keeps"])
    there: Sequence[Mapping[str, Any]] = tools.hubspot.owners_list(to="crm")["items"]
    ids = {one.get("email"): str(one["id"]) for one in there if not one.get("archived")}
    found = next((ids[owner] for owner in lead["owners"] if owner in ids), None)
    if found is None:
        raise PermanentError(
            f"no owner in the CRM has an address of pool {lead['pool']}: see settings.py of lead_router"
        )
    return found
