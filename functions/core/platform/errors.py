"""Errors, named by what happens next."""

from functions.core.platform.action import Action


class HooklineError(Exception):
    """The root of every error that Hookline raises on purpose."""


class ManifestError(HooklineError):
    """A manifest is wrong: `cdk synth` fails and names the value."""


class ConfigurationError(HooklineError):
    """A deployed function lacks something it needs, a secret's value for instance: nothing is handled."""


class WebhookRejected(HooklineError):
    """A delivery is refused with `status` and the class's name; it never becomes an event."""

    status = 401

    @property
    def reason(self) -> str:
        """The one word that the sender gets."""
        return type(self).__name__


class MissingSignature(WebhookRejected):
    """The header that should carry the signature, or one that it signs, is absent or empty."""


class MalformedSignature(WebhookRejected):
    """A header is there but is not what the scheme prescribes."""


class SignatureMismatch(WebhookRejected):
    """No configured secret made this signature over these bytes."""


class StaleTimestamp(WebhookRejected):
    """The signed time lies further in the past than the tolerance."""


class FutureTimestamp(WebhookRejected):
    """The signed time lies further in the future than the tolerance."""


class AddressNotAllowed(WebhookRejected):
    """The delivery came from an address outside the source's list."""


class BodyTooLarge(WebhookRejected):
    """The body is over the source's cap."""

    status = 413


class UnknownEncoding(WebhookRejected):
    """The body is compressed in a way that is not taken; gzip is."""

    status = 415


class UnreadableBody(WebhookRejected):
    """The signature is good but the body is not what the provider documents; it is kept for the operator."""

    status = 400


class DeliveryInFlight(WebhookRejected):
    """A copy of this delivery is being handled at this moment; the sender should try again shortly."""

    status = 409


class RetryableError(HooklineError):
    """Goes back to its queue and is tried again, after `retry_after` seconds where that is known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CircuitOpen(RetryableError):
    """The provider is not well: the event goes back to its queue until it may be asked again, and no try is burnt."""


class PermanentError(HooklineError):
    """Goes to the dead-letter queue at once: trying again cannot help."""


class BudgetExceeded(PermanentError):
    """The event, or its whole causal tree, has used up what it may cost."""


class Denied(PermanentError):
    """The caller, its grant or its manifest does not allow this."""


class ApprovalNeeded(HooklineError):
    """A person decides on `action`; `proposal` is the connector's signed word on it and on what it would meet."""

    def __init__(self, message: str, proposal: str, action: Action | None = None) -> None:
        super().__init__(message)
        self.proposal = proposal
        self.action = action
