"""A source's manifest: how the deliveries of one provider are read, and where they may come from."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.manifests.checks import DETAIL_TYPE, require, require_list, require_name, require_text
from functions.core.manifests.identity import BodyDigest, DeliveryId, Identity
from functions.core.manifests.signature import SignatureScheme
from functions.core.manifests.tenant import OneTenant, Tenant

METHODS = ("GET", "HEAD", "POST")
# Lambda takes a request of 6 MB of JSON, with the body in base64 and up to 10 kB of headers: docs/ingress.md.
MOST_BYTES = 4_400_000
# The fields in which providers send what people rename: a repository, a channel, a shop's domain, a project's key.
RENAMED = {"domain", "email", "full_name", "handle", "login", "name", "path", "slug", "subdomain", "title", "username"}


@dataclass(frozen=True)
class Reading:
    """Where the fields of raw events are in a delivery.

    Paths are dotted; `header:x-…` names a header in lower case, `a|b` takes the first that is present, and `a|` is
    optional. `type` is one path, or several whose values are joined by a dot; a raw event without it is unmapped.
    `identity` is what makes two raw events the same, `tenant` whose account they are about. What unsigned headers say
    in `type` and `tenant` is a part of the event's id: a false header cannot use up the claim of the true one. `items`
    is the path of a list of raw events, "" if the body is the list, None if the body is one raw event. `form` is for a
    provider that also sends forms: the field that holds the body as JSON; if the form does not have it, or if `form` is
    "", the fields are the body. With None, forms are not read.
    """

    type: Sequence[str]
    identity: Identity
    tenant: Tenant | OneTenant
    time: str | None = None
    items: str | None = None
    form: str | None = None

    def __post_init__(self) -> None:
        if require_list("reading type", self.type, str):
            require(self.type, "a reading needs the path of the type")
        known = isinstance(self.identity, Identity)
        require(known, f"reading identity {self.identity!r}: a SignedId(…), DeliveryId(…) or BodyDigest(…)")
        known = isinstance(self.tenant, Tenant | OneTenant)
        require(known, f"reading tenant {self.tenant!r}: a Tenant(…), or a OneTenant(…) with the reason")
        per_item = isinstance(self.identity, BodyDigest) or bool(getattr(self.identity, "paths", ()))
        require(self.items is None or per_item, "reading identity: a delivery's id does not tell items of a list apart")

    @property
    def unsigned_headers(self) -> tuple[str, ...]:
        """The headers, in lower case, that tell the type or the tenant although nothing signs them."""
        tenant = [self.tenant.path] if isinstance(self.tenant, Tenant) else []
        ways = [way for path in (*self.type, *tenant) for way in path.split("|")]
        return tuple(dict.fromkeys(way.removeprefix("header:") for way in ways if way.startswith("header:")))


@dataclass(frozen=True)
class PublishedAddresses:
    """The published addresses that a provider sends from: the URL of a JSON document, and the list's dotted path."""

    url: str
    path: str

    def __post_init__(self) -> None:
        good = isinstance(self.url, str) and self.url.startswith("https://")
        require(good, f"published addresses {self.url!r}: an https URL")


@dataclass(frozen=True)
class SourceManifest:
    """One provider whose webhooks are received. `name` is the folder's name.

    `documents` is the URL of the provider's documentation, `secret` describes where it shows its signing secret, which
    starts with `secret_prefix`, `signature` is how it signs. `reading` finds the raw events in a delivery. Raw types in
    `pings` are acknowledged and publish no event. The members of a raw event with a name in `hides`, at any depth, are
    credentials; they are removed from the event. `translates` maps each raw type to its detail type, or to a list of
    them if it depends on the body; `*` in a raw type matches any characters, and a raw type that is not listed becomes
    `<name>.unmapped`.

    `keys` are the dotted paths in a raw event that its entities are made of: ids that never change, and no names, which
    people change. `needs` are the further paths that decide what a translation is, or without which it is refused.
    Every other part may be missing or unknown, and is left out. `*` in a path is any position of a list.

    `methods` are the HTTP methods that the provider uses. `addresses` are the CIDR blocks that deliveries may come
    from, `published` is where their current list is; without either, any address may. `tolerance` is in seconds, None
    is the scheme's own. `largest_body` is the largest body, in bytes, that the provider documents, None if it documents
    none. `address_check` says how the provider checks the address before or between deliveries, None if it documents no
    check; `handshake.py` or `pings` answer it. `names` are the kinds of entities that its translations name, each with
    why the sender of a delivery may be acted for on all of it: a grant names no parent that holds other people's
    entries. A kind is the provider's own ("charge" is stripe:charge), or one that several providers name if it has a
    colon ("person:email"). `overlap` is for how many seconds the provider may continue to sign with a secret that was
    replaced.
    """

    name: str
    owner: str
    documents: str
    secret: str
    signature: SignatureScheme
    reading: Reading
    largest_body: int | None
    address_check: str | None
    methods: Sequence[str] = ("POST",)
    translates: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    keys: Sequence[str] = ()
    needs: Sequence[str] = ()
    pings: Sequence[str] = ()
    hides: Sequence[str] = ()
    addresses: Sequence[str] = ()
    published: PublishedAddresses | None = None
    tolerance: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    secret_prefix: str = ""
    overlap: int = 24 * 3600

    def __post_init__(self) -> None:
        require_name("source", self.name)
        for name in ("owner", "documents", "secret"):
            require_text(f"source {self.name!r} {name}", getattr(self, name))
        https = not isinstance(self.documents, str) or not self.documents.strip() or self.documents[:8] == "https://"
        require(https, f"source {self.name!r} documents {self.documents!r}: an https URL")
        scheme = isinstance(self.signature, SignatureScheme)
        require(scheme, f"source {self.name!r} signature {self.signature!r}: write a SignatureScheme(…)")
        require(isinstance(self.reading, Reading), f"source {self.name!r} reading {self.reading!r}: write a Reading(…)")
        for name in ("needs", "pings", "hides"):
            require_list(f"source {self.name!r} {name}", getattr(self, name), str)
        self._require_keys()
        self._require_translations()
        positive = self.largest_body is None or (isinstance(self.largest_body, int) and self.largest_body > 0)
        require(positive, f"source {self.name!r} largest_body {self.largest_body!r}: a number of bytes, or None")
        positive = self.tolerance is None or (isinstance(self.tolerance, int | float) and self.tolerance > 0)
        require(positive, f"source {self.name!r} tolerance {self.tolerance!r}: a number of seconds above 0")
        for method in self.methods if require_list(f"source {self.name!r} methods", self.methods, str) else ():
            require(method in METHODS, f"source {self.name!r} method {method!r}: {', '.join(METHODS)}")
        for block in self.addresses if require_list(f"source {self.name!r} addresses", self.addresses, str) else ():
            require(_is_network(block), f"source {self.name!r} address {block!r}: a CIDR block like '192.0.2.0/24'")
        require(
            self.addresses or self.published is None,
            f"source {self.name!r} has a published list and no addresses to start with",
        )
        if isinstance(self.reading, Reading) and isinstance(self.reading.identity, DeliveryId):
            what = f"source {self.name!r} reading identity"
            require(self.addresses, f"{what}: without addresses, nothing vouches for a delivery id")
            forms = (self.signature, *self.signature.alternatives) if scheme else ()
            has_id = not scheme or any(form.delivery_id for form in forms)
            require(has_id, f"source {self.name!r} has no delivery_id")
        if self.address_check is not None:
            require_text(f"source {self.name!r} address_check", self.address_check)
        require(self.address_check or not self.pings, f"source {self.name!r} has pings and no address_check")
        self._require_names()

    def _require_translations(self) -> None:
        what = f"source {self.name!r} translates"
        if not isinstance(self.translates, Mapping):
            like = "detail types by raw type, like {'charge.failed': 'payment.failed'}"
            require(False, f"{what} {self.translates!r}: {like}")
            return
        for raw_type, declared in self.translates.items():
            require_text(f"{what}: a raw type", raw_type)
            types = [declared] if isinstance(declared, str) else declared
            if not require_list(f"{what} {raw_type!r} to", types, str):
                continue
            require(types, f"{what} {raw_type!r} to nothing: name a detail type")
            for name in types:
                good = DETAIL_TYPE.fullmatch(name)
                require(good, f"{what} {raw_type!r} to {name!r}: a detail type looks like 'payment.succeeded'")

    def _require_keys(self) -> None:
        what = f"source {self.name!r} keys"
        keys = self.keys if require_list(what, self.keys, str) else ()
        renamed = [path for path in keys if path.rpartition(".")[2] in RENAMED]
        require(not renamed, f"{what} {', '.join(renamed)}: people change names; take the provider's id")

    def _require_names(self) -> None:
        what = f"source {self.name!r} names"
        if not isinstance(self.names, Mapping):
            require(False, f"{what} {self.names!r}: reasons by kind, like {{'charge': '…'}}")
            return
        for kind, why in self.names.items():
            require_text(f"{what}: a kind", kind)
            require_text(f"{what} {kind!r}: why", why)

    @property
    def max_bytes(self) -> int:
        """The limit of a body before anything reads it: what the provider sends, if the gateway takes it."""
        return min(self.largest_body or MOST_BYTES, MOST_BYTES)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entities that its translations name, which may be patterns: "stripe:charge", "person:email"."""
        return tuple(kind if ":" in kind else f"{self.name}:{kind}" for kind in self.names)

    @property
    def detail_types(self) -> Mapping[str, tuple[str, ...]]:
        """The detail types that each declared raw type can become."""
        declared = self.translates.items()
        return {raw: (types,) if isinstance(types, str) else tuple(types) for raw, types in declared}

    @property
    def identity(self) -> str:
        """The `source` of its events and the name on its audit trail."""
        return f"webhook.{self.name}"


def _is_network(block: str) -> bool:
    try:
        return bool(ipaddress.ip_network(block))
    except ValueError:
        return False
