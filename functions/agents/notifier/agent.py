"""The notifier agent: posts the notice of a review to the operator's destination `reviews`."""

from functions.agents.notifier.tools import Tools
from functions.api.agent import Done, Event


def run(event: Event, tools: Tools) -> Done:
    """Post the notice once. Raises the connector's error if it is not posted."""
    tools.slack.message_post(to="reviews", text=event.data["notice"])
    return Done("posted")
