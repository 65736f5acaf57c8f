"""The announcer."""

from functions.api.agent import Emit, Event, Outcome, Tools


def run(event: Event, tools: Tools) -> Outcome:
    """Post the change, and publish that it was posted."""
    text = f"{event.data['repository']}#{event.data['number']}: {event.data['title']}"
    tools.slack.message_post(to="alerts", text=text)
    return Emit("change.announced", {"number": event.data["number"]})
