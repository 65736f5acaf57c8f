"""A source's manifest: how the deliveries of one provider are read, and where they may come from."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.manifests.checks import DETAIL_TYPE, require, require_list, require_name, require_text
from functions.core.manifests.signature import SignatureScheme

MOST_BYTES = 4_400_000


@dataclass(frozen=True)
class Reading:
    """Where a delivery says what it reports.

    Paths are dotted; `header:x-…` names a header in lower case, `a|b` takes the first that is there, and `a|` may be
    absent. `type` is one path or several whose values are joined by a dot. `id` is what the provider gives a happening
    and its signature covers, one path or several that are joined by a slash; without one the signed delivery id
    serves, or else the body's digest (with the type where the provider sends the same bytes as different types:
    `types_share_bytes`). `items` is the path of a list of happenings, "" where the body is the
    list, None where the body is one happening itself. `window` is for providers that send no id and may send the same
    bytes for two happenings: only within so many seconds is a copy taken for one.
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
        require(signed, f"reading id {self.id!r}: a header is not signed, so it cannot be a happening's id")


@dataclass(frozen=True)
class PublishedAddresses:
    """Where a provider publishes the addresses that it sends from: a URL of JSON, and the dotted path of the list."""

    url: str
    path: str

    def __post_init__(self) -> None:
        require(self.url.startswith("https://"), f"published addresses {self.url!r}: an https URL")


@dataclass(frozen=True)
class SourceManifest:
    """One provider whose webhooks are received. `name` is the folder's name.

    `documents` is the provider's page, `secret` says where it shows its signing secret, `signature` how it signs.
    `reading` finds what a delivery reports; raw types among `pings` are answered and make no event; the members of a
    raw event in `hides` are what the provider proves itself by, and never travel. `translates` names the detail type
    that each raw type becomes, or a list of them where the body decides; `*` in a raw type stands for any characters,
    and a raw type that is not named becomes `<name>.unmapped`. `methods` are those that the provider uses. `addresses`
    are CIDR blocks that deliveries may come from, `published` where their present list is; without either any may.
    `tolerance` is in seconds, None takes the scheme's own. `max_bytes` caps the body before anything reads it.
    `overlap` is how many seconds the provider may go on signing with a secret that was replaced.
    """

    name: str
    owner: str
    documents: str
    secret: str
    signature: SignatureScheme
    reading: Reading
    methods: Sequence[str] = ("POST",)
    translates: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
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
        for name in ("methods", "pings", "hides", "addresses"):
            require_list(f"source {self.name!r} {name}", getattr(self, name), str)
        self._require_translations()
        # Lambda takes 6 MB, the body in base64 and the rest of the request included.
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
