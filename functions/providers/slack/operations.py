"""What the Slack connector does beside calling Slack."""

import html
from collections.abc import Mapping
from typing import Any

from functions.api.connector import ConnectorManifest, Operation
from functions.api.performer import ConnectorEnvironment, Provider, provider


class Slack(Provider):
    """Slack's API; a text goes out with &, < and > escaped (https://docs.slack.dev/messaging/formatting-message-text/).

    Else `<!channel>` in it would call everybody, and `<https://…|your bank>` would hide where it leads.
    """

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """As the provider does."""
        texts = {name: html.escape(arguments[name], quote=False) for name in ("text",) if name in arguments}
        return super().call(operation, {**arguments, **texts}, key, seconds)


def performer(manifest: ConnectorManifest, environment: ConnectorEnvironment) -> Provider:
    """Slack with the bot token that is in Secrets Manager."""
    return provider(manifest, environment, Slack)
