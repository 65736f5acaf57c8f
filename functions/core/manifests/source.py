"""A source's manifest: how the deliveries of one provider are read, and where they may come from."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.manifests.checks import DETAIL_TYPE, require, require_list, require_name, require_text
from functions.core.manifests.signature import SignatureScheme

# Lambda takes a request of 6 MB of JSON, with the body in base64 and up to 10 kB of headers: docs/ingress.md.
MOST_BYTES = 4_400_000
# The fields in which providers send what people rename: a repository, a channel, a shop's domain, a project's key.
RENAMED = {"domain", "email", "full_name", "handle", "login", "name", "path", "slug", "subdomain", "title", "username"}


@dataclass(frozen=True)
class Reading:
    """Where the fields of raw events are in a delivery.

    Paths are dotted; `header:x-…` names a header in lower case, `a|b` takes the first that is present, and `a|` is
    optional. `type` is one path, or several whose values are joined by a dot. `id` is the provider's id of a raw event,
    which its signature covers: one path, or several whose values are joined by a slash. Without an `id`, the signed
    delivery id is used, or the body's digest (with the type if the provider sends the same bytes as different types:
    `types_share_bytes`). `items` is the path of a list of raw events, "" if the body is the list, None if the body is
    one raw event. `window` is for providers that send no id and may send the same bytes for two raw events: equal bytes
    count as a duplicate only within so many seconds.
    """

    type: Sequence[str]
    id: Sequence[str] = ()
    time: str | None = None
    items: str | None = None
    window: int | None = None
    types_share_bytes: bool = False

    def __post_init__(self) -> None:
        for name in ("type", "id"):
            require_list(f"reading {name}", getattr(self, name), str)
        require(self.type, "a reading needs the path of the type")
        signed = all("header:" not in path for path in self.id)
        require(signed, f"reading id {self.id!r}: a header is not signed, so it cannot be a raw event's id")


@dataclass(frozen=True)
class PublishedAddresses:
    """The published addresses that a provider sends from: the URL of a JSON document, and the list's dotted path."""

    url: str
    path: str

    def __post_init__(self) -> None:
        require(self.url.startswith("https://"), f"published addresses {self.url!r}: an https URL")


@dataclass(frozen=True)
class SourceManifest:
    """One provider whose webhooks are received. `name` is the folder's name.

    `documents` is the URL of the provider's documentation, `secret` describes where it shows its signing secret,
    `signature` is how it signs. `reading` finds the raw events in a delivery. Raw types in `pings` are acknowledged and
    publish no event. The members of a raw event in `hides` authenticate the provider; they are removed from the event.
    `translates` maps each raw type to its detail type, or to a list of them if it depends on the body; `*` in a raw
    type matches any characters, and a raw type that is not listed becomes `<name>.unmapped`.

    `keys` are the dotted paths in a raw event that its entities are made of: ids that never change, and no names, which
    people change. `needs` are the further paths that decide what a translation is, or without which it is refused.
    Every other part may be missing or unknown, and is left out. `*` in a path is any position of a list.

    `methods` are the HTTP methods that the provider uses. `addresses` are the CIDR blocks that deliveries may come
    from, `published` is where their current list is; without either, any address may. `tolerance` is in seconds, None
    is the scheme's own. `max_bytes` limits the body before anything reads it. `overlap` is for how many seconds the
    provider may continue to sign with a secret that was replaced.
    """

    name: str
    owner: str
    documents: str
    secret: str
    signature: SignatureScheme
    reading: Reading
    methods: Sequence[str] = ("POST",)
    translates: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    keys: Sequence[str] = ()
    needs: Sequence[str] = ()
    pings: Sequence[str] = ()
    hides: Sequence[str] = ()
    addresses: Sequence[str] = ()
    published: PublishedAddresses | None = None
    tolerance: float | None = None
    max_bytes: int = 1_000_000
    overlap: int = 24 * 3600

    def __post_init__(self) -> None:
        require_name("source", self.name)
        for name in ("owner", "documents", "secret"):
            require_text(f"source {self.name!r} {name}", getattr(self, name))
        require(
            self.documents.startswith("https://"), f"source {self.name!r} documents {self.documents!r}: an https URL"
        )
        scheme = isinstance(self.signature, SignatureScheme)
        require(scheme, f"source {self.name!r} signature {self.signature!r}: write a SignatureScheme(…)")
        require(isinstance(self.reading, Reading), f"source {self.name!r} reading {self.reading!r}: write a Reading(…)")
        for name in ("keys", "needs", "methods", "pings", "hides", "addresses"):
            require_list(f"source {self.name!r} {name}", getattr(self, name), str)
        self._require_translations()
        in_range = isinstance(self.max_bytes, int) and 0 < self.max_bytes <= MOST_BYTES
        require(in_range, f"source {self.name!r} max_bytes {self.max_bytes!r}: a number from 1 to {MOST_BYTES}")
        positive = self.tolerance is None or (isinstance(self.tolerance, int | float) and self.tolerance > 0)
        require(positive, f"source {self.name!r} tolerance {self.tolerance!r}: a number of seconds above 0")
        for method in self.methods:
            require(method in ("GET", "POST"), f"source {self.name!r} method {method!r}: GET or POST")
        for block in self.addresses:
            require(_is_network(block), f"source {self.name!r} address {block!r}: a CIDR block like '192.0.2.0/24'")
        require(
            self.addresses or self.published is None,
            f"source {self.name!r} has a published list and no addresses to start with",
        )

    def _require_translations(self) -> None:
        what = f"source {self.name!r} translates"
        mapping = isinstance(self.translates, Mapping)
        require(
            mapping, f"{what} {self.translates!r}: detail types by raw type, like {{'charge.failed': 'payment.failed'}}"
        )
        for raw_type, declared in self.translates.items():
            require_text(f"{what}: a raw type", raw_type)
            types = [declared] if isinstance(declared, str) else declared
            require_list(f"{what} {raw_type!r} to", types, str)
            require(types, f"{what} {raw_type!r} to nothing: name a detail type")
            for name in types:
                good = DETAIL_TYPE.fullmatch(name)
                require(good, f"{what} {raw_type!r} to {name!r}: a detail type looks like 'payment.succeeded'")
        what = f"source {self.name!r} keys"
        renamed = [path for path in self.keys if path.rpartition(".")[2] in RENAMED]
        require(not renamed, f"{what} {', '.join(renamed)}: people change names; take the provider's id")

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
