"""Performs Typeform's listing."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.performer import ConnectorManifest, Operation, Platform, Provider, provider
from functions.providers.typeform.operations import responses

# Typeform takes two requests a second (https://www.typeform.com/developers/get-started/#rate-limits).
SECONDS_BETWEEN = 0.5


def performer(manifest: ConnectorManifest, platform: Platform) -> Provider:
    """The performer of the deployed connector."""
    made = provider(manifest, platform, Typeform)
    assert isinstance(made, Typeform)  # noqa: S101 - for the type checker: `provider` returns the kind that it is given
    made.sleep = platform.sleep
    return made


class Typeform(Provider):
    """Typeform's API. `sleep` waits between two requests; without it, nothing does."""

    sleep: Callable[[float], None] | None = None

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation`; raises what `Provider.call` raises."""
        ends = self._clock() + seconds

        def ask(request: Operation, **given: Any) -> Any:
            answer = super(Typeform, self).call(request, given, None, ends - self._clock())
            if self.sleep is not None:
                self.sleep(SECONDS_BETWEEN)
            return answer

        return responses.listed(arguments, ask)
