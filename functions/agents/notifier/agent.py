"""The notifier agent: posts the notice of a review in the channels that the review service was told of."""

from typing import Any

from functions.api.agent import Done, Event, HooklineError, RetryableError

CHANNEL = "slack:channel/"


def run(event: Event, tools: Any) -> Done:
    """Post the notice once in each Slack channel that the event names, also where another one does not take it.

    Raises what one that did not take it answered.
    """
    channels = [entity.removeprefix(CHANNEL) for entity in event.entities if entity.startswith(CHANNEL)]
    errors = []
    for channel in channels:
        try:
            tools.slack.message_post(channel=channel, text=event.data["notice"])
        except HooklineError as error:
            errors.append(error)
    if errors:
        # One that may be tried again comes first: those that took it are not asked again, the ledger has them.
        raise next((error for error in errors if isinstance(error, RetryableError)), errors[0])
    return Done(f"posted in {len(channels)} {'channel' if len(channels) == 1 else 'channels'}")
