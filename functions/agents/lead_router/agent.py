"""The lead router: one lead for a person, one owner for a lead."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.agents.lead_router import settings
from functions.agents.lead_router.scoring import counts, known, route, score, writable
from functions.agents.lead_router.tools import Tools
from functions.api.agent import Done, Emit, Event, Outcome, cleaned

MOST_SAID = 1_000  # characters of the answers
PERSON, ADDRESS, CONTACT = "person:mailbox", "person:email", "hubspot:contact"
PROSPECT = ("email", "address", "person", "meant", "full_name", "company", "size", "country", "product")


def run(event: Event, tools: Tools) -> Outcome:
    """Route the lead once; what the same person does within a day joins it."""
    if why := no_lead(event):
        return Done(why)
    who, lead = entity(event.entities, PERSON) or event.subject, said_of(event)
    # First, because whose a contact is, the CRM alone says: its answer is what the claim of a contact goes by.
    keeps = owner_in_crm(event, tools)
    claimed = tools.claims.claim_take(entity=who, of="lead", seconds=settings.ONE_LEAD_SECONDS)
    if not claimed["new"]:
        grade = score(event.data, lead["said"], lead["channel"], {}).grade
        joined = {**lead, "grade": grade, "writable": writable(event.data)}
        return Emit("lead.joined", joined, "the person is a lead already")
    past = counts(tools.context.timeline_read(entity=who, limit=1)["aggregates"])
    territory, to = route(event.data)
    owners: Sequence[str] = ()
    if keeps is None:
        # What it takes follows from the event alone, so that a second try takes the same turn.
        turn = tools.claims.turn_take(entity=who, of="lead-owner", pool=to.pool, among=list(to.owners))
        owners = from_turn(turn["member"], to.owners)
    found = score(event.data, lead["said"], lead["channel"], past)
    routed = {
        **lead,
        "score": found.points,
        "grade": found.grade,
        "reasons": list(found.reasons),
        "known": known(past),
        "territory": territory,
        "pool": to.pool,
        "owners": list(owners),
        "keeps": keeps,
        "writable": writable(event.data),
    }
    whose = f"owner {keeps} keeps it" if keeps else f"the turn of {owners[0]}"
    return Emit("lead.routed", routed, f"{found.grade}, {found.points} points, pool {to.pool}: {whose}")


def no_lead(event: Event) -> str:
    """Why the event is no lead, "" if it is one."""
    if event.type == "product.event" and event.data["name"] not in settings.PRODUCT_EVENTS:
        return "this event of the product is not for sales"
    if event.data.get("channel") == "crm" and event.data["origin"] in settings.NO_LEADS:
        return "the contact was written by an integration or a colleague"
    return ""


def said_of(event: Event) -> dict[str, Any]:
    """What the events about the lead have in common."""
    data = event.data
    product = event.type == "product.event"
    answers = data["name"] if product else "\n".join(one["answer"] for one in data["answers"])
    return {
        **{name: data.get(name) for name in PROSPECT},
        "consent": data.get("consent"),
        "utm": data.get("utm"),
        "lead": data["subject"] if product else data["lead"],
        "channel": "product" if product else data["channel"],
        "origin": None if product else data["origin"],
        "said": cleaned(answers, longest=MOST_SAID),
        "contact": entity(event.entities, CONTACT).partition("/")[2] or None,
    }


def owner_in_crm(event: Event, tools: Tools) -> str | None:
    """The owner that the contact has in the CRM, None without any."""
    if contact := entity(event.entities, CONTACT):
        found = tools.hubspot.contact_read(contact=contact.partition("/")[2])
    elif address := entity(event.entities, ADDRESS):
        found = tools.hubspot.contact_find(email=address.partition("/")[2])["contact"]
    else:
        return None
    properties: Mapping[str, Any] = (found or {}).get("properties") or {}
    return properties.get("hubspot_owner_id") or None


def from_turn(member: str, owners: Sequence[str]) -> Sequence[str]:
    """The owners from whose turn it is on; a person who had a turn of another team keeps that owner first."""
    if member not in owners:
        return (member, *owners)
    at = owners.index(member)
    return (*owners[at:], *owners[:at])


def entity(entities: Sequence[str], kind: str) -> str:
    """The first entity of a kind, with its tenant if it has one; "" without any."""
    return next((one for one in entities if one.partition("/")[0].partition("@")[0] == kind), "")
