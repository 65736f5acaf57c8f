"""The notifier agent: posts the notice of a review in the channels that the review desk was told of."""

from typing import Any

from functions.core.event import Event
from functions.core.outcomes import Done

CHANNEL = "slack:channel/"


def run(event: Event, tools: Any) -> Done:
    """Post the notice once in each Slack channel that the event names."""
    channels = [entity.removeprefix(CHANNEL) for entity in event.entities if entity.startswith(CHANNEL)]
    for channel in channels:
        tools.slack.message_post(channel=channel, text=event.data["notice"])
    return Done(f"posted in {len(channels)} {'channel' if len(channels) == 1 else 'channels'}")
