"""What an agent, a source or a connector is, declared once and read by both CDK and the runtime.

Standard library only: infra reads every manifest at synth, and every cold start imports one.
A bad value raises ManifestError with the value in the message.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal

from functions.core.errors import ManifestError

# A name becomes part of function names, ARNs and IAM conditions, so it is held to what all of them take.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_DETAIL_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_OPERATION = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_TAG = re.compile(r"[\w\s.:/=+@-]{1,256}")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")

MOST_BYTES = 4_400_000
MAX_AGENT_SECONDS = 900  # Lambda's own limit


def _require(good: object, message: str) -> None:
    if not good:
        raise ManifestError(message)


def _is_network(block: str) -> bool:
    try:
        return bool(ipaddress.ip_network(block))
    except ValueError:
        return False


def _require_name(kind: str, name: str) -> None:
    _require(
        isinstance(name, str) and _NAME.fullmatch(name),
        f"{kind} name {name!r}: use 1 to 31 lower-case letters, digits and underscores, a letter first",
    )


def _require_tag(what: str, value: str) -> None:
    """What becomes a tag of AWS resources must be one that IAM takes."""
    good = isinstance(value, str) and value.strip() and _TAG.fullmatch(value)
    _require(good, f"{what} {value!r}: 1 to 256 letters, digits, blanks and _.:/=+-@")


@dataclass(frozen=True)
class Subscription:
    """One kind of event that an agent listens to; `sources` name who may have published it."""

    detail_type: str
    sources: Sequence[str]

    def __post_init__(self) -> None:
        good = isinstance(self.detail_type, str) and _DETAIL_TYPE.fullmatch(self.detail_type)
        _require(good, f"subscription to {self.detail_type!r}: a detail-type looks like 'payment.succeeded'")
        _require(self.sources, f"subscription to {self.detail_type!r} names no source")
        for source in self.sources:
            known = isinstance(source, str) and source.startswith(("webhook.", "agent.", "review."))
            _require(known, f"source {source!r} of {self.detail_type!r}: it starts with webhook., agent. or review.")


@dataclass(frozen=True)
class Use:
    """The operations of one connector that an agent needs, and why a reviewer should agree."""

    connector: str
    operations: Sequence[str]
    reason: str

    def __post_init__(self) -> None:
        _require_name("connector", self.connector)
        _require(self.operations, f"use of {self.connector!r} names no operation")
        for operation in self.operations:
            good = isinstance(operation, str) and _OPERATION.fullmatch(operation)
            _require(good, f"operation {operation!r} of {self.connector!r}: it looks like 'charge.retrieve'")
        _require(self.reason.strip(), f"use of {self.connector!r} gives no reason")


@dataclass(frozen=True)
class Budget:
    """What one event may cost: wall-clock seconds, effects, US dollars, and hops from the first event.

    `effects_per_tree` are those of all agents together that the first event led to, as this agent sees it: it has no
    effect any more when so many have been.
    """

    seconds: int = 20
    effects_per_event: int = 1
    effects_per_tree: int = 20
    usd_per_event: str = "0.00"
    hops: int = 4

    def __post_init__(self) -> None:
        in_range = isinstance(self.seconds, int) and 1 <= self.seconds <= MAX_AGENT_SECONDS
        _require(in_range, f"budget seconds {self.seconds!r}: between 1 and {MAX_AGENT_SECONDS}")
        _require(self.effects_per_event >= 0, f"budget effects_per_event {self.effects_per_event!r}: not below 0")
        of_tree = self.effects_per_tree >= max(1, self.effects_per_event)
        _require(of_tree, f"budget effects_per_tree {self.effects_per_tree!r}: at least 1, and those of one event")
        _require(self.hops >= 0, f"budget hops {self.hops!r}: not below 0")
        try:
            usd = Decimal(self.usd_per_event)
        except (InvalidOperation, TypeError):
            usd = Decimal("NaN")
        _require(usd.is_finite() and usd >= 0, f"budget usd_per_event {self.usd_per_event!r}: an amount like '0.02'")


@dataclass(frozen=True)
class AgentManifest:
    """One agent: what it hears, says and uses. `name` is the folder's name."""

    name: str
    owner: str
    purpose: str
    hears: Sequence[Subscription]
    says: Sequence[str] = ()
    uses: Sequence[Use] = ()
    budget: Budget = field(default_factory=Budget)
    model: str | None = None

    def __post_init__(self) -> None:
        _require_name("agent", self.name)
        _require_tag(f"agent {self.name!r} owner", self.owner)
        _require_tag(f"agent {self.name!r} purpose", self.purpose)
        _require(self.hears, f"agent {self.name!r} hears nothing, so nothing would ever wake it")
        for said in self.says:
            good = isinstance(said, str) and _DETAIL_TYPE.fullmatch(said)
            _require(good, f"agent {self.name!r} says {said!r}: a detail-type looks like 'payment.approved'")
        connectors = [use.connector for use in self.uses]
        _require(
            len(connectors) == len(set(connectors)),
            f"agent {self.name!r} declares a connector twice: {', '.join(connectors)}",
        )

    @property
    def identity(self) -> str:
        """The `source` of its events and the name on its audit trail."""
        return f"agent.{self.name}"

    def use_of(self, connector: str) -> Use | None:
        """The declared use of `connector`, or None: what is not declared is not allowed."""
        return next((use for use in self.uses if use.connector == connector), None)

    def hears_event(self, source: str, detail_type: str) -> bool:
        """Whether a subscription names this source and detail-type."""
        return any(heard.detail_type == detail_type and source in heard.sources for heard in self.hears)


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
        for paths in (self.type, self.id):
            _require(not isinstance(paths, str), f"reading path {paths!r}: a list of paths, even of one")
        _require(self.type, "a reading needs the path of the type")
        signed = all("header:" not in path for path in self.id)
        _require(signed, f"reading id {self.id!r}: a header is not signed, so it cannot be a happening's id")


@dataclass(frozen=True)
class PublishedAddresses:
    """Where a provider publishes the addresses that it sends from: a URL of JSON, and the dotted path of the list."""

    url: str
    path: str

    def __post_init__(self) -> None:
        _require(self.url.startswith("https://"), f"published addresses {self.url!r}: an https URL")


@dataclass(frozen=True)
class SourceManifest:
    """One provider whose webhooks are received. `name` is the folder's name and picks the signature scheme.

    `documents` is the provider's page, `secret` says where it shows its signing secret. `reading` finds what a
    delivery reports; raw types among `pings` are answered and make no event; the members of a happening in `hides`
    are what the provider proves itself by, and never travel. `methods` are those that the provider
    uses. `addresses` are CIDR blocks that
    deliveries may come from, `published` where their present list is; without either any may. `tolerance` is in
    seconds, None takes the scheme's own. `max_bytes` caps the body before anything reads it. `overlap` is how many
    seconds the provider may go on signing with a secret that was replaced.
    """

    name: str
    owner: str
    documents: str
    secret: str
    reading: Reading
    methods: Sequence[str] = ("POST",)
    pings: Sequence[str] = ()
    hides: Sequence[str] = ()
    addresses: Sequence[str] = ()
    published: PublishedAddresses | None = None
    tolerance: float | None = None
    max_bytes: int = 1_000_000
    overlap: int = 24 * 3600

    def __post_init__(self) -> None:
        _require_name("source", self.name)
        _require(self.owner.strip(), f"source {self.name!r} has no owner")
        _require(self.documents.startswith("https://"), f"source {self.name!r} documents {self.documents!r}: a URL")
        _require(self.secret.strip(), f"source {self.name!r} does not say where its secret is shown")
        # Lambda takes 6 MB, the body in base64 and the rest of the request included.
        _require(
            0 < self.max_bytes <= MOST_BYTES, f"source {self.name!r} max_bytes {self.max_bytes!r}: 1 to {MOST_BYTES}"
        )
        positive = self.tolerance is None or self.tolerance > 0
        _require(positive, f"source {self.name!r} tolerance {self.tolerance!r}: seconds above 0")
        for method in self.methods:
            _require(method in ("GET", "POST"), f"source {self.name!r} method {method!r}: GET or POST")
        for block in self.addresses:
            _require(_is_network(block), f"source {self.name!r} address {block!r}: a CIDR block like '192.0.2.0/24'")
        _require(
            self.addresses or self.published is None,
            f"source {self.name!r} has a published list and no addresses to start with",
        )

    @property
    def identity(self) -> str:
        """The `source` of its events and the name on its audit trail."""
        return f"webhook.{self.name}"


@dataclass(frozen=True)
class Operation:
    """One thing that a connector can do.

    `entity` is the template of the entity that it touches ("stripe:charge/{charge}"): a grant must hold it.
    `path` and `method` describe the provider's API where it is one. An effect says how the provider makes a
    repeat harmless: "key" sends the ledger's key as the provider's idempotency key.
    """

    name: str
    kind: Literal["read", "effect"]
    entity: str
    method: str = ""
    path: str = ""
    idempotency: Literal["key"] | None = None
    optional: Sequence[str] = ()

    def __post_init__(self) -> None:
        _require(_OPERATION.fullmatch(self.name), f"operation {self.name!r}: it looks like 'charge.retrieve'")
        _require(self.kind in ("read", "effect"), f"operation {self.name!r} is {self.kind!r}: a read or an effect")
        _require(self.parameters, f"operation {self.name!r}: its entity {self.entity!r} names no parameter")
        strange = set(re.findall(r"{(\w+)}", self.path)) - set(self.parameters)
        _require(
            not strange, f"operation {self.name!r}: its path {self.path!r} has parts that its entity does not name"
        )
        _require(
            self.kind == "read" or self.idempotency,
            f"operation {self.name!r} is an effect and does not say what makes a repeat of it harmless",
        )

    @property
    def parameters(self) -> tuple[str, ...]:
        """The arguments that name the entity; all of them are required."""
        return tuple(re.findall(r"{(\w+)}", self.entity))


@dataclass(frozen=True)
class ConnectorManifest:
    """One provider that agents act on. `name` is the folder's name.

    `hosts` are all that it may call; none means that it calls nothing outside AWS. `base` is the root of the
    provider's API, `credential` the authorization that its secret is sent as.
    """

    name: str
    owner: str
    operations: Sequence[Operation]
    hosts: Sequence[str] = ()
    base: str = ""
    credential: Literal["bearer"] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: int = 20

    def __post_init__(self) -> None:
        _require_name("connector", self.name)
        _require(self.owner.strip(), f"connector {self.name!r} has no owner")
        _require(self.operations, f"connector {self.name!r} has no operations")
        names = [operation.name for operation in self.operations]
        _require(len(names) == len(set(names)), f"connector {self.name!r} declares twice one of {', '.join(names)}")
        for host in self.hosts:
            _require(_HOST.fullmatch(host), f"connector {self.name!r} host {host!r}: a bare host name")
        allowed = not self.base or any(self.base.startswith(f"https://{host}/") for host in self.hosts)
        _require(allowed, f"connector {self.name!r} base {self.base!r} is not https on one of its hosts")

    @property
    def identity(self) -> str:
        """The name on its audit trail."""
        return f"connector.{self.name}"

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, or None."""
        return next((operation for operation in self.operations if operation.name == name), None)
