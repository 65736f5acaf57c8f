"""The providers' own libraries: the call of each for a delivery, and what it does in addition to verifying."""

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
    """Also decodes the body, parses its JSON and converts it to objects."""
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
    """Verifies only; its caller has to find the header."""
    headers, body, secret = delivery.headers, delivery.body, delivery.secret
    return lambda: sansio.validate_event(body, signature=headers["x-hub-signature-256"], secret=secret)


def slack_sdk(delivery: Delivery) -> Callable[[], object]:
    """Verifies only, with a reused verifier; it decodes the body and encodes it again."""
    verifier = SignatureVerifier(delivery.secret)
    return lambda: verifier.is_valid_request(delivery.body, delivery.headers)


def standardwebhooks_verify(delivery: Delivery) -> Callable[[], object]:
    """Also parses the JSON; the key is decoded once."""
    webhook = standardwebhooks.Webhook(delivery.secret)
    return lambda: webhook.verify(delivery.body, delivery.headers)


def standardwebhooks_alone(delivery: Delivery) -> Callable[[], object]:
    """Verifies only; it decodes the body and encodes it again."""
    webhook = standardwebhooks.Webhook(delivery.secret)
    return lambda: webhook.verify(delivery.body, delivery.headers, json_parse=False)


def twilio_validate(delivery: Delivery) -> Callable[[], object]:
    """Verifies only, but needs parameters: usually a web framework parses the form, here parse_qsl."""
    validator, signature = RequestValidator(delivery.secret), delivery.headers["x-twilio-signature"]

    def call() -> object:
        parameters = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True))
        return validator.validate(delivery.url, parameters, signature)

    return call


def twilio_parsed(delivery: Delivery) -> Callable[[], object]:
    """Verifies only, with parameters that are parsed before; the parsing is not measured."""
    validator, signature = RequestValidator(delivery.secret), delivery.headers["x-twilio-signature"]
    parameters = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True))
    return lambda: validator.validate(delivery.url, parameters, signature)


# The call that each library's documentation recommends, by its name.
PEERS: dict[str, tuple[str, Peer]] = {
    "stripe.Webhook.construct_event": ("stripe", stripe_event),
    "gidgethub.sansio.Event.from_http": ("github", gidgethub_event),
    "slack_sdk SignatureVerifier.is_valid_request": ("slack", slack_sdk),
    "standardwebhooks.Webhook.verify": ("standard_webhooks", standardwebhooks_verify),
    "twilio RequestValidator.validate": ("twilio", twilio_validate),
}
# Parts of them that do less: no JSON, or with arguments that `verify` has to find itself. These have no limits.
PARTS_OF_PEERS: dict[str, tuple[str, Peer]] = {
    "stripe.WebhookSignature.verify_header": ("stripe", stripe_header),
    "gidgethub.sansio.validate_event": ("github", gidgethub_validate),
    "standardwebhooks.Webhook.verify(json_parse=False)": ("standard_webhooks", standardwebhooks_alone),
    "twilio RequestValidator.validate, form parsed": ("twilio", twilio_parsed),
}
