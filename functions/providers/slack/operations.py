"""Reads the newest messages of a channel, which Slack may give in several pages.

https://docs.slack.dev/reference/methods/conversations.history: fewer messages than were asked for may be returned
although the channel has more. A message that is not among them would be posted again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from functions.api.performer import (
    ConnectorManifest,
    Operation,
    OutcomeUnknown,
    Platform,
    Provider,
    RetryableError,
    provider,
)

MOST_PAGES = 5


def performer(manifest: ConnectorManifest, platform: Platform) -> Provider:
    """The performer of the deployed connector."""
    return provider(manifest, platform, Slack)


class Slack(Provider):
    """Slack's Web API."""

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation`; raises what `Provider.call` raises.

        A list is {"messages": …, "has_more": …}, with as many as it asks for or all that there are. Raises
        RetryableError if Slack gives them in too many pages.
        """
        if operation.name != "message.list":
            return super().call(operation, arguments, key, seconds)
        ends, wanted, cursor = self._clock() + seconds, int(operation.sends["limit"]), ""
        messages: list[Any] = []
        for _ in range(MOST_PAGES):
            further = {"cursor": cursor} if cursor else {}
            asked = replace(operation, sends={**operation.sends, **further})
            answer = super().call(asked, arguments, None, ends - self._clock())
            page, after = answer.get("messages"), answer.get("response_metadata") or {}
            if not isinstance(page, list) or not isinstance(after, Mapping):
                raise OutcomeUnknown("slack answered without messages")
            messages += page
            cursor = str(after.get("next_cursor") or "")
            if not cursor or len(messages) >= wanted:
                return {"messages": messages[:wanted], "has_more": bool(cursor)}
        raise RetryableError(f"slack gives the newest {wanted} messages in more than {MOST_PAGES} pages")
