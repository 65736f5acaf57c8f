"""The providers' own libraries: how each is called for a delivery, and what it does beyond verifying."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import standardwebhooks
import stripe
from gidgethub import sansio
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

from bench.deliveries import Delivery

Peer = Callable[[Delivery], Callable[[], object]]


def stripe_event(delivery: Delivery) -> Callable[[], object]:
    """Also decodes the body, parses its JSON and makes objects of it."""
    signature = delivery.headers["stripe-signature"]
    return lambda: stripe.Webhook.construct_event(delivery.body, signature, delivery.secret)


def stripe_header(delivery: Delivery) -> Callable[[], object]:
    """Verifies only, like ours; it decodes the body and encodes it again."""
    signature, verify = delivery.headers["stripe-signature"], stripe.WebhookSignature.verify_header
    return lambda: verify(delivery.body, signature, delivery.secret, stripe.Webhook.DEFAULT_TOLERANCE)


def gidgethub_event(delivery: Delivery) -> Callable[[], object]:
    """Also parses the JSON."""
    return lambda: sansio.Event.from_http(delivery.headers, delivery.body, secret=delivery.secret)


def gidgethub_validate(delivery: Delivery) -> Callable[[], object]:
    """Verifies only; finding the header is left to its caller."""
    headers, body, secret = delivery.headers, delivery.body, delivery.secret
    return lambda: sansio.validate_event(body, signature=headers["x-hub-signature-256"], secret=secret)


def slack_sdk(delivery: Delivery) -> Callable[[], object]:
    """Verifies only, with a verifier made once; it decodes the body and encodes it again."""
    verifier = SignatureVerifier(delivery.secret)
    return lambda: verifier.is_valid_request(delivery.body, delivery.headers)


def standardwebhooks_verify(delivery: Delivery) -> Callable[[], object]:
    """Also parses the JSON; the key is read once."""
    webhook = standardwebhooks.Webhook(delivery.secret)
    return lambda: webhook.verify(delivery.body, delivery.headers)


def standardwebhooks_alone(delivery: Delivery) -> Callable[[], object]:
    """Verifies only; it decodes the body and encodes it again."""
    webhook = standardwebhooks.Webhook(delivery.secret)
    return lambda: webhook.verify(delivery.body, delivery.headers, json_parse=False)


def twilio_validate(delivery: Delivery) -> Callable[[], object]:
    """Verifies only, but takes parameters: a web framework parses the form for it, here parse_qsl does."""
    validator, signature = RequestValidator(delivery.secret), delivery.headers["x-twilio-signature"]

    def call() -> object:
        parameters = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True))
        return validator.validate(delivery.url, parameters, signature)

    return call


def twilio_parsed(delivery: Delivery) -> Callable[[], object]:
    """Verifies only, and is handed what has been parsed for it, which is not counted."""
    validator, signature = RequestValidator(delivery.secret), delivery.headers["x-twilio-signature"]
    parameters = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True))
    return lambda: validator.validate(delivery.url, parameters, signature)


# What each library's documentation tells its user to call, by a name that says so.
PEERS: dict[str, tuple[str, Peer]] = {
    "stripe.Webhook.construct_event": ("stripe", stripe_event),
    "gidgethub.sansio.Event.from_http": ("github", gidgethub_event),
    "slack_sdk SignatureVerifier.is_valid_request": ("slack", slack_sdk),
    "standardwebhooks.Webhook.verify": ("standard_webhooks", standardwebhooks_verify),
    "twilio RequestValidator.validate": ("twilio", twilio_validate),
}
# Parts of theirs that do less: no JSON, or what `verify` finds for itself is handed to them. No bar is set on these.
PARTS_OF_PEERS: dict[str, tuple[str, Peer]] = {
    "stripe.WebhookSignature.verify_header": ("stripe", stripe_header),
    "gidgethub.sansio.validate_event": ("github", gidgethub_validate),
    "standardwebhooks.Webhook.verify(json_parse=False)": ("standard_webhooks", standardwebhooks_alone),
    "twilio RequestValidator.validate, form parsed": ("twilio", twilio_parsed),
}
