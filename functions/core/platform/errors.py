"""Errors, classified by what happens next."""

from functions.core.platform.action import Action


class HooklineError(Exception):
    """The base class of every error that Hookline raises on purpose."""


class ManifestError(HooklineError):
    """A manifest is invalid: `cdk synth` fails and names the value."""


class ConfigurationError(HooklineError):
    """A deployed function lacks something that it needs, such as a secret's value: it handles nothing."""


class WebhookRejected(HooklineError):
    """A delivery is refused with `status` and `reason`; it never becomes an event."""

    status = 401

    @property
    def reason(self) -> str:
        """The class's name, which is all that the sender gets."""
        return type(self).__name__


class MissingSignature(WebhookRejected):
    """The header that should hold the signature, or one that it signs, is missing or empty."""


class MalformedSignature(WebhookRejected):
    """A header is present but not as the signature scheme prescribes."""


class SignatureMismatch(WebhookRejected):
    """No configured secret made this signature over these bytes."""


class StaleTimestamp(WebhookRejected):
    """The signed time is further in the past than the tolerance."""


class FutureTimestamp(WebhookRejected):
    """The signed time is further in the future than the tolerance."""


class AddressNotAllowed(WebhookRejected):
    """The delivery came from an address that is not on the source's list."""


class BodyTooLarge(WebhookRejected):
    """The body is larger than the source allows."""

    status = 413


class UnknownEncoding(WebhookRejected):
    """The body has a content encoding that is not supported; gzip is."""

    status = 415


class UnreadableBody(WebhookRejected):
    """The signature is valid, but the body is not what the provider documents; it is stored for the operator."""

    status = 400


class DeliveryInFlight(WebhookRejected):
    """A copy of this delivery is being handled at this moment; the sender should retry shortly."""

    status = 409


class RetryableError(HooklineError):
    """The event returns to its queue and is retried, after `retry_after` seconds if that is known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotYet(RetryableError):
    """It is too early for the event: it waits in its queue for `retry_after` seconds, and no attempt is counted."""


class CircuitOpen(NotYet):
    """The provider's circuit is open: the event waits in its queue until that may close, and no attempt is counted."""


class PermanentError(HooklineError):
    """The event goes to the dead-letter queue at once: a retry cannot help."""


class BudgetExceeded(PermanentError):
    """The event, or its whole causal tree, has used up its budget."""


class Denied(PermanentError):
    """The caller, its grant or its manifest does not allow this."""


class Superseded(PermanentError):
    """What the effect would decide has been decided otherwise, `by` the operation "openai:call.accept".

    It was because of another event, or if `own`, by an earlier try of this one.
    """

    def __init__(self, message: str, by: str = "", own: bool = False) -> None:
        super().__init__(message)
        self.by = by
        self.own = own


class Gone(PermanentError):
    """The provider no longer has the thing, or not in a state in which the effect is possible."""


class PerhapsDone(PermanentError):
    """The effect is not possible any more, and an earlier try, whose outcome got lost, may be why."""


class ApprovalNeeded(HooklineError):
    """A person must decide on `action`; `proposal` is the connector's signed token of the action and its state."""

    def __init__(self, message: str, proposal: str, action: Action | None = None) -> None:
        super().__init__(message)
        self.proposal = proposal
        self.action = action
