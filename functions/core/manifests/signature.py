"""How a provider signs a delivery, as data, and the schemes that several providers share."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from functions.core.platform.errors import ManifestError

Algorithm = Literal["hmac-sha256", "hmac-sha1", "ed25519", "ecdsa-p256-sha256", "equality"]
Encoding = Literal["hex", "base64", "text"]
Clock = Literal["seconds", "milliseconds", "iso8601"]
Key = Literal["text", "not-whsec", "whsec", "whpk", "der", "user:password"]

# Each is an attribute of `ingress.signatures.signed_request.SignedRequest`.
SIGNABLE = frozenset({"body", "timestamp", "id", "method", "url", "unescaped_url", "parameters"})


@dataclass(frozen=True)
class Label:
    """An item of the signature header itself, by its label: `t=` in `t=1492774577,v1=…`."""

    text: str


@dataclass(frozen=True)
class Field:
    """A value in the JSON body, by its path; `*` stands for every element of a list."""

    path: tuple[str, ...]


# Compared and hashed by identity: what it means is looked up once, and then found again in no time.
@dataclass(frozen=True, kw_only=True, eq=False)
class SignatureScheme:
    """One way of signing; raises ManifestError, naming the value, for one that could not be followed.

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
            raise ManifestError(f"signs={self.signs!r}: unknown part {sorted(unknown)}")
        for name in (self.header, self.timestamp, self.delivery_id):
            if isinstance(name, str) and not re.fullmatch(r"[a-z0-9-]+", name):
                raise ManifestError(f"{name!r} is not a header's name in lower case")
        if (self.timestamp is None) != (self.tolerance is None):
            raise ManifestError(f"timestamp={self.timestamp!r} and tolerance={self.tolerance!r} go together")
        if (self.algorithm == "equality") != (not self.signs):
            raise ManifestError(f"algorithm={self.algorithm!r} does not go with signs={self.signs!r}")
        if "{id}" in self.signs and self.delivery_id is None:
            raise ManifestError(f"signs={self.signs!r} needs delivery_id")
        if "{timestamp}" in self.signs and self.timestamp is None:
            raise ManifestError(f"signs={self.signs!r} needs timestamp")
        if isinstance(self.timestamp, Label) and not self.several:
            raise ManifestError(f"{self.timestamp!r} needs a header of several items")


# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
STANDARD_WEBHOOKS = SignatureScheme(
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
STANDARD_WEBHOOKS_PUBLIC = replace(STANDARD_WEBHOOKS, algorithm="ed25519", prefix="v1a,", key="whpk")
# Svix sends the same scheme under its own names.
SVIX = replace(STANDARD_WEBHOOKS, header="svix-signature", timestamp="svix-timestamp", delivery_id="svix-id")
SVIX_PUBLIC = replace(SVIX, algorithm="ed25519", prefix="v1a,", key="whpk")

# HTTP Basic (RFC 7617) authenticates the caller only: neither body nor time is signed.
HTTP_BASIC = SignatureScheme(
    header="authorization",
    algorithm="equality",
    signs="",
    encoding="base64",
    prefix="Basic ",
    key="user:password",
)
