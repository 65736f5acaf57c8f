"""The clerk: a case that the desk did not finish gets one update, with the summary that a person needs."""

from functions.agents.support_clerk.settings import GROUPS, TEAMS
from functions.agents.support_clerk.tools import Tools
from functions.api.agent import Done, Event
from functions.api.desk import Update, history, labelled, labels_in, past_of, write

# The specialist has written into the ticket, or the ticket is over.
NOTHING_TO_DO = ("completed", "superseded", "cancelled")
MOST_HOPS = 6  # of the trail that a note shows
# What the note says of a refund that a person approved.
SETTLED = {
    "done": "The refund of {charge} was approved and made.",
    "failed": "The refund of {charge} was approved, and was not made: {reason}. It may be tried again.",
    "unknown": "The refund of {charge} was approved. Whether it was made is not known: {reason}. "
    "Look at the charge in Stripe before you do anything.",
}


def run(event: Event, tools: Tools) -> Done:
    """Hand the case of the ended run to people, or note what became of a refund; nothing if all is finished."""
    if event.type == "refund.declined":
        note = f"The refund of {event.data['charge']} was {event.data['how']}. Please answer the customer."
        return Done(str(write(tools, event.subject, Update(note, ["needs_person", "refund_not_approved"]))))
    if event.type == "refund.settled":
        outcome = event.data["outcome"]
        note = f"{SETTLED[outcome].format(**event.data)} Please answer the customer."
        return Done(str(write(tools, event.subject, Update(note, ["needs_person", f"refund_{outcome}"]))))
    state, result = event.data["state"], event.data["result"]
    if state in NOTHING_TO_DO:
        return Done(f"the run is {state}")
    labels = labels_in(result.get("facts", []), by="support_triage")
    trail = [f"- {hop['giver']} to {hop['taker']}: {hop['reason']}" for hop in result.get("trail", [])[-MOST_HOPS:]]
    summary = [
        f"A person goes on with this ticket: {event.data['reason']}.",
        labelled(labels),
        history(past_of(event, tools)),
        *(["\n".join(["The way of the case:", *trail])] if trail else []),
    ]
    people = TEAMS if event.subject.startswith("intercom:") else GROUPS
    group = people.get(labels.language, people.get("", ""))
    tags = ["needs_person", *labels.tags]
    done = write(tools, event.subject, Update("\n\n".join(summary), tags, labels.priority, group))
    return Done(f"{done}: {state}")
