"""Account support: a draft for each intent and language, as a note for the colleague who answers."""

from functions.agents.account_support.drafts import DRAFTS, PUBLIC
from functions.agents.account_support.tools import Tools
from functions.api.agent import Denied, Event
from functions.api.desk import Update, drafted, labels_in, past_of, to_a_person, unsent, write
from functions.api.workflow import Report


def run(event: Event, tools: Tools) -> Report:
    """Write the draft into the ticket and finish the case; a person goes on with what is not finished by that."""
    payload = event.data["payload"]
    labels = labels_in(payload["facts"], by="support_triage")
    draft = DRAFTS.get((labels.intent, labels.language or "en"))
    if draft is None:
        return Report({"says": "hand_off", "to": "person", "reason": f"there is no draft for {labels.intent}"})
    public = labels.intent in PUBLIC and not payload.get("news")
    note = draft if public else drafted(draft, labels, past_of(event, tools))
    try:
        done = write(tools, event.subject, Update(note, labels.tags, labels.priority, public=public))
    except Denied as error:
        return Report(to_a_person(error))
    if not done.whole:
        return Report(unsent(done), why=done.says)
    return Report({"says": "done", "result": f"{done}: {labels.intent}"}, why=f"{done} for {labels.intent}")
