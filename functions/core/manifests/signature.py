"""How a provider signs a delivery, as data, and the schemes that several providers share."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from functions.core.manifests.checks import require

Algorithm = Literal["hmac-sha256", "hmac-sha1", "ed25519", "ecdsa-p256-sha256", "equality"]
Encoding = Literal["hex", "base64", "text"]
Clock = Literal["seconds", "milliseconds", "iso8601"]
Key = Literal["text", "not-whsec", "whsec", "whpk", "der", "user:password"]

# Each is an attribute of `ingress.signatures.signed_request.SignedRequest`.
SIGNABLE = frozenset({"body", "timestamp", "id", "method", "url", "unescaped_url", "parameters"})


@dataclass(frozen=True)
class Label:
    """An item of the signature header, by its label: `t=` in `t=1492774577,v1=…`."""

    text: str


@dataclass(frozen=True)
class Field:
    """A value in the JSON body, by its path; `*` matches every element of a list."""

    path: tuple[str, ...]


# Compared and hashed by identity: its compiled form is cached, and the lookup must be fast.
@dataclass(frozen=True, kw_only=True, eq=False)
class SignatureScheme:
    """A signature scheme. Raises ManifestError, which names the value, if its parts contradict each other.

    header       where the signature is: a header's name in lower case, or a Field of the body
    algorithm    "equality" compares a shared value: nothing is signed, so `signs` is empty
    signs        the signed string, with {parts} of SIGNABLE; everything else in it is literal
    encoding     of one signature; "text" is the value as sent
    prefix       the text before each signature ("v1="); items of a list without it are ignored
    several      the separator if the header can have several items; "" if it has exactly one
    timestamp    where the signed time is; None if no time is signed (an unsigned time proves nothing)
    clock        the unit of that time
    tolerance    seconds before and after the signed time; None without a timestamp
    delivery_id  where the provider's de-duplication key is; it is signed exactly if `signs` has {id}
    key          the format of a secret; "not-whsec" keeps a Standard Webhooks key out of a weaker form
    any_port     the provider may have signed the URL with or without its port
    alternatives further forms, weaker or rarer; the first form whose header is present decides, so that a
                 delivery with the strict header is never verified by a weaker form
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
        require(not unknown, f"signs={self.signs!r}: unknown part {sorted(unknown)}")
        for name in (self.header, self.timestamp, self.delivery_id):
            named = not isinstance(name, str) or re.fullmatch(r"[a-z0-9-]+", name)
            require(named, f"{name!r} is not a header's name in lower case")
        together = (self.timestamp is None) == (self.tolerance is None)
        require(together, f"timestamp={self.timestamp!r} and tolerance={self.tolerance!r} go together")
        compared = (self.algorithm == "equality") == (not self.signs)
        require(compared, f"algorithm={self.algorithm!r} does not go with signs={self.signs!r}")
        for part in ("id", "timestamp"):
            place = "delivery_id" if part == "id" else part
            given = f"{{{part}}}" not in self.signs or getattr(self, place) is not None
            require(given, f"signs={self.signs!r} needs {place}")
        listed = not isinstance(self.timestamp, Label) or self.several
        require(listed, f"{self.timestamp!r} needs a header of several items")


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
