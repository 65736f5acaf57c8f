"""The summarizer agent: posts a note of what happened to a customer who opens a ticket."""

from collections.abc import Mapping
from typing import Any

from functions.agents.summarizer.summary import Summary, by_rules, note
from functions.agents.summarizer.tools import Tools
from functions.api.agent import Done, Event, Prompt

PROMPT = Prompt.beside(__file__)
HISTORY = 30  # events before the ticket
LONGEST_TEXT, LONGEST_VALUE = 6_000, 300  # characters that the model gets of the ticket, and of a value of an event


def run(event: Event, tools: Tools) -> Done:
    """Summarize the ticket's customer and post the note once. Raises the connector's error if it is not posted."""
    entries = past_of(event, tools)
    prompt = PROMPT.about(
        ticket={**event.data, "text": (event.data["text"] or "")[:LONGEST_TEXT]}, events=[*map(shown, entries)]
    )
    decision = tools.model.run(prompt, Summary, fallback=lambda: by_rules(event.data, entries), max_tokens=1_000)
    tools.slack.message_post(to="notes", text=note(event.subject, decision))
    return Done(f"posted what {decision.by} wrote")


def past_of(event: Event, tools: Tools) -> list[Mapping[str, Any]]:
    """What happened before to the entities of the event other than the ticket, the newest first."""
    entries: list[Mapping[str, Any]] = []
    for entity in event.entities:
        if entity != event.subject:
            entries += tools.context.timeline_read(entity=entity, limit=HISTORY)["entries"]
    return [entry for entry in entries if entry["id"] != event.id]


def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An event of a timeline as the model gets it: long texts are cut."""
    values = {name: value[:LONGEST_VALUE] if isinstance(value, str) else value for name, value in entry["data"].items()}
    return {"time": entry["time"], "type": entry["type"], **values}
