"""What the Slack connector does beside calling Slack."""

import html
from collections.abc import Mapping
from typing import Any

from functions.core import aws
from functions.core.environment import ConnectorEnvironment
from functions.core.gate.outbound import Provider
from functions.core.manifest.connector import ConnectorManifest, Operation


class Slack(Provider):
    """Slack's API; a text goes out with &, < and > escaped (https://docs.slack.dev/messaging/formatting-message-text/).

    Else `<!channel>` in it would call everybody, and `<https://…|your bank>` would hide where it leads.
    """

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """As the provider does."""
        texts = {name: html.escape(arguments[name], quote=False) for name in ("text",) if name in arguments}
        return super().call(operation, {**arguments, **texts}, key, seconds)


def slack(manifest: ConnectorManifest, environment: ConnectorEnvironment) -> Slack:
    """Slack with the bot token that is in Secrets Manager."""
    return Slack(manifest, lambda: aws.secret(environment.credential), environment.sandbox)
