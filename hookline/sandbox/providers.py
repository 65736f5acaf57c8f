"""The providers that the sandbox stands in for, by the name of their connector."""

from collections.abc import Mapping

from hookline.sandbox.slack import Slack
from hookline.sandbox.stripe import Stripe

PROVIDERS: Mapping[str, type[Stripe] | type[Slack]] = {provider.name: provider for provider in (Stripe, Slack)}
