"""Billing support: looks up the payments of a confirmed requester, and proposes a refund that a person approves."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.agents.billing_support.charges import Candidate, candidate
from functions.agents.billing_support.drafts import DRAFTS
from functions.agents.billing_support.tools import Tools
from functions.api.agent import Action, ApprovalRequired, Denied, Done, Emit, Event, Outcome
from functions.api.desk import Labels, Update, drafted, labels_in, past_of, to_a_person, write
from functions.api.workflow import Report

REFUNDS = ("refund", "payment_problem")  # the intents that a refund may answer
MOST_CHARGES = 5  # that are read at the provider
PROPOSED = "refund.proposed"


def run(event: Event, tools: Tools) -> Outcome | Sequence[Outcome]:
    """Answer a case of the desk; pass on what became of a refund that was proposed."""
    if event.type != "task.assigned":
        return decided(event)
    payload = event.data["payload"]
    labels = labels_in(payload["facts"], by="support_triage")
    draft = DRAFTS.get((labels.intent, labels.language or "en"))
    if draft is None:
        return Report({"says": "hand_off", "to": "person", "reason": f"there is no draft for {labels.intent}"})
    linked, charges, why = linked_to(event, payload["task"], tools)
    past = past_of(event, tools, [linked] if linked else [])
    found = refundable(event, labels, charges, tools) if linked else None
    told = [f"Customer: {linked or 'not known'} ({why})."]
    if found:
        told.append(f"A refund of {found.charge} ({found.why}) waits for a person's approval.")
    try:
        done = write(tools, event.subject, Update(drafted(draft, labels, past, told), labels.tags, labels.priority))
    except Denied as error:
        return Report(to_a_person(error))
    report = Report({"says": "done", "result": f"{done}: {labels.intent}; {told[-1]}"[:900]}, why=f"{done}; {why}")
    return [report, *proposed(event, payload["task"], found)] if found else report


def linked_to(event: Event, task: Mapping[str, Any], tools: Tools) -> tuple[str | None, list[str], str]:
    """The requester's customer by a verified link, their charges, and why; no customer if anything is not confirmed."""
    requester = task["requester"]
    try:
        if not requester:
            return None, [], "the ticket names no requester"
        if event.subject.startswith("zendesk:ticket"):
            if not is_trusted(tools.zendesk.comments_read(ticket=task["ticket"])["items"], requester):
                return None, [], "Zendesk doubts that the requester wrote this"
            tools.zendesk.user_read(user=requester)
        else:
            tools.intercom.contact_read(contact=requester)
        entity = next(one for one in event.entities if one != event.subject)
        found = tools.context.link_follow(entity=entity)
    except Denied as error:  # the operator's settings, or the policy, do not let it
        return None, [], f"no look-up: {error}"[:200]
    charges = [one.partition("/")[2] for one in found["with"] if one.startswith("stripe:charge")]
    return found["linked"], charges, found["why"]


def is_trusted(comments: Sequence[Mapping[str, Any]], requester: str) -> bool:
    """Whether Zendesk doubts none of what the requester wrote: a sender's address can be made up."""
    own = [one for one in comments if str(one.get("author_id")) == requester]
    return bool(own) and all((one.get("metadata") or {}).get("trusted", True) is True for one in own)


def refundable(event: Event, labels: Labels, charges: Sequence[str], tools: Tools) -> Candidate | None:
    """The charge whose refund is proposed, None if there is none or it was proposed before because of this ticket."""
    if labels.intent not in REFUNDS:
        return None
    read = [tools.stripe.charge_retrieve(charge=charge) for charge in charges[:MOST_CHARGES]]
    found = candidate(read, labels.intent)
    before = tools.context.timeline_read(entity=event.subject, type=PROPOSED)["entries"]
    asked = {entry["data"].get("charge") for entry in before}
    return None if found is None or found.charge in asked else found


def proposed(event: Event, task: Mapping[str, Any], found: Candidate) -> list[Outcome]:
    """The question to a person, and its event, by which the desk does not ask twice."""
    about = {"ticket": task["ticket"], "charge": found.charge}
    action = Action("stripe", "refund.create", {"charge": found.charge, "amount": found.amount, "reason": found.reason})
    evidence = {**about, "amount": found.amount, "currency": found.currency, "why": found.why}
    question = "Refund this charge of the customer who wrote the ticket?"
    return [ApprovalRequired(action, question, evidence, why=found.why), Emit(PROPOSED, about, why=found.why)]


def decided(event: Event) -> Outcome:
    """Tell the clerk what became of a proposed refund: of one that was approved, when it is made, or not."""
    evidence = event.data["evidence"]
    about = {"ticket": evidence["ticket"], "charge": evidence["charge"]}
    if event.type != "review.settled":
        how = "denied" if event.type == "review.denied" else "decided by nobody in time"
        return Emit("refund.declined", {**about, "how": how}, why=f"the refund was {how}")
    outcome = event.data["outcome"]
    if outcome == "asked_again":
        return Done("the charge has changed, and a person is asked again")
    return Emit("refund.settled", {**about, "outcome": outcome, "reason": event.data["reason"]}, why=f"it is {outcome}")
