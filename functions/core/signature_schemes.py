"""How each provider signs a delivery, as data: a provider is one row of SCHEMES."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Algorithm = Literal["hmac-sha256", "hmac-sha1", "ed25519", "ecdsa-p256-sha256", "equality"]
Encoding = Literal["hex", "base64", "text"]
Clock = Literal["seconds", "milliseconds", "iso8601"]
Key = Literal["text", "not-whsec", "whsec", "whpk", "der", "user:password"]

# Each is an attribute of `signature_vocabulary.Delivery`.
SIGNABLE = frozenset({"body", "timestamp", "id", "method", "url", "unescaped_url", "parameters"})


@dataclass(frozen=True)
class Label:
    """An item of the signature header itself, by its label: `t=` in `t=1492774577,v1=…`."""

    text: str


@dataclass(frozen=True)
class Field:
    """A value in the JSON body, by its path; `*` stands for every element of a list."""

    path: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SignatureScheme:
    """One way of signing; raises ValueError, naming the value, for a row that could not be followed.

    header       where the signature lies: a header's name in lower case, or a Field of the body
    algorithm    "equality" compares a shared value: nothing is signed, so `signs` is empty
    signs        the signed string, with {parts} of SIGNABLE; everything else in it is literal
    encoding     of one signature; "text" is the value as it stands
    prefix       what stands before each signature ("v1="); items of a list without it are ignored
    several      the separator where the header may hold several items; empty where it holds exactly one
    timestamp    where the signed time lies, None where there is none (an unsigned time proves nothing)
    clock        the unit of that time
    tolerance    seconds that the signed time may lie off, on either side; None where there is no timestamp
    delivery_id  where the provider's de-duplication key lies; it is signed exactly where `signs` has {id}
    key          what a secret looks like; "not-whsec" keeps a Standard Webhooks key out of a weaker form
    any_port     the provider may have signed the URL with or without its port
    alternatives further forms, weaker or rarer; the first form whose header is there decides, so that a
                 delivery carrying the strict header is never judged by a laxer one
    """

    header: str | Field
    algorithm: Algorithm = "hmac-sha256"
    signs: str = "{body}"
    encoding: Encoding = "hex"
    prefix: str = ""
    several: str = ""
    timestamp: str | Label | Field | None = None
    clock: Clock = "seconds"
    tolerance: float | None = None
    delivery_id: str | Field | None = None
    key: Key = "text"
    any_port: bool = False
    alternatives: tuple["SignatureScheme", ...] = ()

    def __post_init__(self) -> None:
        unknown = set(re.findall(r"\{(.*?)\}", self.signs)) - SIGNABLE
        if unknown:
            raise ValueError(f"signs={self.signs!r}: unknown part {sorted(unknown)}")
        for name in (self.header, self.timestamp, self.delivery_id):
            if isinstance(name, str) and not re.fullmatch(r"[a-z0-9-]+", name):
                raise ValueError(f"{name!r} is not a header's name in lower case")
        if (self.timestamp is None) != (self.tolerance is None):
            raise ValueError(f"timestamp={self.timestamp!r} and tolerance={self.tolerance!r} go together")
        if (self.algorithm == "equality") != (not self.signs):
            raise ValueError(f"algorithm={self.algorithm!r} does not go with signs={self.signs!r}")
        if "{id}" in self.signs and self.delivery_id is None:
            raise ValueError(f"signs={self.signs!r} needs delivery_id")
        if isinstance(self.timestamp, Label) and not self.several:
            raise ValueError(f"{self.timestamp!r} needs a header of several items")


# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
_STANDARD = SignatureScheme(
    header="webhook-signature",
    signs="{id}.{timestamp}.{body}",
    encoding="base64",
    prefix="v1,",
    several=" ",
    timestamp="webhook-timestamp",
    tolerance=300,
    delivery_id="webhook-id",
    key="whsec",
)
_STANDARD_PUBLIC = replace(_STANDARD, algorithm="ed25519", prefix="v1a,", key="whpk")
# Svix sends the same scheme under its own names.
_SVIX = replace(_STANDARD, header="svix-signature", timestamp="svix-timestamp", delivery_id="svix-id")
_SVIX_PUBLIC = replace(_SVIX, algorithm="ed25519", prefix="v1a,", key="whpk")

# HTTP Basic (RFC 7617) authenticates the caller only: neither body nor time is signed.
_BASIC = SignatureScheme(
    header="authorization",
    algorithm="equality",
    signs="",
    encoding="base64",
    prefix="Basic ",
    key="user:password",
)

SCHEMES: Mapping[str, SignatureScheme] = {
    # https://docs.stripe.com/webhooks#verify-manually; v0 is a test signature and not looked at.
    "stripe": SignatureScheme(
        header="stripe-signature",
        signs="{timestamp}.{body}",
        prefix="v1=",
        several=",",
        timestamp=Label("t="),
        tolerance=300,
    ),
    # https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries; SHA-1 is refused.
    "github": SignatureScheme(
        header="x-hub-signature-256",
        prefix="sha256=",
        delivery_id="x-github-delivery",
    ),
    # https://developer.zendesk.com/documentation/webhooks/verifying/; it names no tolerance: 300 s is ours.
    "zendesk": SignatureScheme(
        header="x-zendesk-webhook-signature",
        signs="{timestamp}{body}",
        encoding="base64",
        timestamp="x-zendesk-webhook-signature-timestamp",
        clock="iso8601",
        tolerance=300,
        delivery_id="x-zendesk-webhook-invocation-id",
    ),
    # https://developers.intercom.com/docs/webhooks/webhook-notifications; the one SHA-1 of a body.
    "intercom": SignatureScheme(header="x-hub-signature", algorithm="hmac-sha1", prefix="sha1="),
    # https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
    "hubspot": SignatureScheme(
        header="x-hubspot-signature-v3",
        signs="{method}{unescaped_url}{body}{timestamp}",
        encoding="base64",
        timestamp="x-hubspot-request-timestamp",
        clock="milliseconds",
        tolerance=300,
    ),
    # https://www.typeform.com/developers/webhooks/secure-your-webhooks/
    "typeform": SignatureScheme(header="typeform-signature", encoding="base64", prefix="sha256="),
    # https://docs.slack.dev/authentication/verifying-requests-from-slack/
    "slack": SignatureScheme(
        header="x-slack-signature",
        signs="v0:{timestamp}:{body}",
        prefix="v0=",
        timestamp="x-slack-request-timestamp",
        tolerance=300,
    ),
    # https://shopify.dev/docs/apps/build/webhooks/subscribe/https; for an hour after a rotation the
    # old secret may still sign.
    "shopify": SignatureScheme(
        header="x-shopify-hmac-sha256",
        encoding="base64",
        delivery_id="x-shopify-webhook-id",
    ),
    "standard_webhooks": replace(_STANDARD, alternatives=(_STANDARD_PUBLIC, _SVIX, _SVIX_PUBLIC)),
    # https://platform.openai.com/docs/guides/webhooks; its SDK reads v1 only.
    "openai": _STANDARD,
    # Its SDK's `beta.webhooks.unwrap` hands the delivery to the Standard Webhooks library.
    "anthropic": _STANDARD,
    # https://linear.app/developers/webhooks#securing-webhooks; the time is a member of the signed body.
    "linear": SignatureScheme(
        header="linear-signature",
        timestamp=Field(("webhookTimestamp",)),
        clock="milliseconds",
        tolerance=60,
        delivery_id="linear-delivery",
    ),
    # https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures
    "calendly": SignatureScheme(
        header="calendly-webhook-signature",
        signs="{timestamp}.{body}",
        prefix="v1=",
        several=",",
        timestamp=Label("t="),
        tolerance=180,
    ),
    # https://docs.gitlab.com/user/project/integrations/webhooks/; a signing token makes it Standard Webhooks,
    # whose webhook-id is the Idempotency-Key that the older form sends unsigned. X-Gitlab-Event-UUID will not
    # do: events that a webhook's receiver causes in turn share it, and would be dropped as copies.
    "gitlab": replace(
        _STANDARD,
        alternatives=(
            SignatureScheme(
                header="x-gitlab-token",
                algorithm="equality",
                signs="",
                encoding="text",
                key="not-whsec",
                delivery_id="idempotency-key",
            ),
        ),
    ),
    # https://developer.paddle.com/webhooks/signature-verification; its SDK allows 5 s, too tight for a
    # delivery that a relay and a cold start hold up: 30 s.
    "paddle": SignatureScheme(
        header="paddle-signature",
        signs="{timestamp}:{body}",
        prefix="h1=",
        several=";",
        timestamp=Label("ts="),
        tolerance=30,
    ),
    # https://developer.pagerduty.com/docs/verifying-webhook-signatures
    "pagerduty": SignatureScheme(header="x-pagerduty-signature", prefix="v1=", several=","),
    # https://docs.sentry.io/organization/integrations/integration-platform/webhooks/; its time is unsigned.
    "sentry": SignatureScheme(header="sentry-hook-signature", delivery_id="request-id"),
    # https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
    "meta": SignatureScheme(header="x-hub-signature-256", prefix="sha256="),
    # https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
    "jira": SignatureScheme(
        header="x-hub-signature",
        prefix="sha256=",
        delivery_id="x-atlassian-webhook-identifier",
    ),
    # https://razorpay.com/docs/webhooks/validate-test/
    "razorpay": SignatureScheme(header="x-razorpay-signature", delivery_id="x-razorpay-event-id"),
    # https://developer.squareup.com/docs/webhooks/step3validate
    "square": SignatureScheme(
        header="x-square-hmacsha256-signature",
        signs="{url}{body}",
        encoding="base64",
    ),
    # https://www.twilio.com/docs/usage/webhooks/webhooks-security; it signs a form's decoded parameters
    # without delimiters, so a form's bytes are not pinned; JSON's are, by the bodySHA256 in the signed URL.
    "twilio": SignatureScheme(
        header="x-twilio-signature",
        algorithm="hmac-sha1",
        signs="{url}{parameters}",
        encoding="base64",
        any_port=True,
    ),
    # https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks; the event itself
    # is unsigned, and the token is what must not be accepted twice. It names no tolerance: 300 s is ours.
    "mailgun": SignatureScheme(
        header=Field(("signature", "signature")),
        signs="{timestamp}{id}",
        timestamp=Field(("signature", "timestamp")),
        tolerance=300,
        delivery_id=Field(("signature", "token")),
    ),
    # https://www.twilio.com/docs/sendgrid, "Getting started with the Event Webhook security features"; it
    # names no tolerance and its SDK checks none: 300 s is ours.
    "sendgrid": SignatureScheme(
        header="x-twilio-email-event-webhook-signature",
        algorithm="ecdsa-p256-sha256",
        signs="{timestamp}{body}",
        encoding="base64",
        timestamp="x-twilio-email-event-webhook-timestamp",
        tolerance=300,
        key="der",
    ),
    # https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events; names no tolerance: 300 s is ours.
    "zoom": SignatureScheme(
        header="x-zm-signature",
        signs="v0:{timestamp}:{body}",
        prefix="v0=",
        timestamp="x-zm-request-timestamp",
        tolerance=300,
    ),
    # https://www.chargebee.com/docs/2.0/webhook_settings.html
    "chargebee": _BASIC,
    # https://pipedrive.readme.io/docs/guide-for-webhooks-v2
    "pipedrive": _BASIC,
    # https://learn.microsoft.com/graph/change-notifications-delivery-webhooks; nothing is signed, and every
    # notification of a delivery must carry the clientState.
    "microsoft_graph": SignatureScheme(
        header=Field(("value", "*", "clientState")), algorithm="equality", signs="", encoding="text"
    ),
}
