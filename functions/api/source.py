"""What a provider's source imports: how its deliveries are signed, read and translated."""

from functions.core.events.limits import COMMIT, CURRENCY, LONGEST_LINE, LONGEST_TEXT, LONGEST_WORD, MOST_ITEMS
from functions.core.events.people import Address, address_of
from functions.core.ingress.delivery import Delivery, Handshake, RawEvent, Translation
from functions.core.ingress.translating import Fields, flag, matching, name, one_of, text, texts, translated, whole
from functions.core.manifests.identity import BodyDigest, DeliveryId, SignedId
from functions.core.manifests.signature import (
    HTTP_BASIC,
    STANDARD_WEBHOOKS,
    STANDARD_WEBHOOKS_PUBLIC,
    SVIX,
    SVIX_PUBLIC,
    Field,
    Label,
    SignatureScheme,
)
from functions.core.manifests.source import PublishedAddresses, Reading, SourceManifest
from functions.core.manifests.tenant import OneTenant, Tenant
from functions.core.platform.errors import (
    ConfigurationError,
    MalformedSignature,
    MissingSignature,
    SignatureMismatch,
    UnreadableBody,
)
from functions.core.platform.money import exponent
from functions.core.platform.secret_values import VERIFY_TOKEN

__all__ = [
    "Address",
    "BodyDigest",
    "COMMIT",
    "CURRENCY",
    "ConfigurationError",
    "Delivery",
    "DeliveryId",
    "Field",
    "Fields",
    "HTTP_BASIC",
    "Handshake",
    "RawEvent",
    "LONGEST_LINE",
    "LONGEST_TEXT",
    "LONGEST_WORD",
    "Label",
    "MOST_ITEMS",
    "MalformedSignature",
    "MissingSignature",
    "OneTenant",
    "PublishedAddresses",
    "Reading",
    "STANDARD_WEBHOOKS",
    "STANDARD_WEBHOOKS_PUBLIC",
    "SVIX",
    "SVIX_PUBLIC",
    "SignatureMismatch",
    "SignatureScheme",
    "SignedId",
    "SourceManifest",
    "Tenant",
    "Translation",
    "UnreadableBody",
    "VERIFY_TOKEN",
    "address_of",
    "exponent",
    "flag",
    "matching",
    "name",
    "one_of",
    "text",
    "texts",
    "translated",
    "whole",
]
