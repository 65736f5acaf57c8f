"""What an agent, a source or a connector is, declared once and read by both CDK and the runtime.

Standard library only: infra reads every manifest at synth, and every cold start imports one.
A bad value raises ManifestError with the value in the message.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

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
    """What one event may cost, and what the whole causal tree may that it belongs to.

    `seconds` are an invocation's, `seconds_per_tree` those since the tree's grant was minted; `hops` are counted from
    the first event, `wakes_per_tree` are how often one tree may wake this agent. Model calls, tokens (in and out
    together) and US dollars are what model calls may cost. Those of a tree are all agents' together, as this agent sees
    it: it does nothing any more when so much has been used.
    """

    seconds: int = 20
    hops: int = 4
    effects_per_event: int = 1
    effects_per_tree: int = 20
    model_calls_per_event: int = 0
    model_calls_per_tree: int = 50
    tokens_per_event: int = 50_000
    tokens_per_tree: int = 250_000
    usd_per_event: str = "0.00"
    usd_per_tree: str = "1.00"
    wakes_per_tree: int = 20
    seconds_per_tree: int = 4 * 24 * 3600  # as long as a grant lives, so that a dead letter can be given another try

    def __post_init__(self) -> None:
        in_range = _is_count(self.seconds) and 1 <= self.seconds <= MAX_AGENT_SECONDS
        _require(in_range, f"budget seconds {self.seconds!r}: between 1 and {MAX_AGENT_SECONDS}")
        for name in ("hops", "effects_per_event", "model_calls_per_event", "tokens_per_event"):
            _require(_is_count(getattr(self, name)), f"budget {name} {getattr(self, name)!r}: not below 0")
        for name in ("wakes_per_tree", "seconds_per_tree"):
            above = _is_count(getattr(self, name)) and getattr(self, name) >= 1
            _require(above, f"budget {name} {getattr(self, name)!r}: at least 1")
        for name in ("effects", "model_calls", "tokens"):
            tree, event = getattr(self, f"{name}_per_tree"), getattr(self, f"{name}_per_event")
            enough = _is_count(tree) and tree >= max(1, event)
            _require(enough, f"budget {name}_per_tree {tree!r}: at least 1, and those of one event")
        for name in ("usd_per_event", "usd_per_tree"):
            good = _microdollars(getattr(self, name)) is not None
            _require(good, f"budget {name} {getattr(self, name)!r}: an amount like '0.02', not finer than a millionth")
        enough = self.microdollars_per_tree >= self.microdollars_per_event
        _require(enough, f"budget usd_per_tree {self.usd_per_tree!r}: at least that of one event")

    @property
    def microdollars_per_event(self) -> int:
        """usd_per_event in millionths, which add up exactly."""
        return _microdollars(self.usd_per_event) or 0

    @property
    def microdollars_per_tree(self) -> int:
        """usd_per_tree in millionths."""
        return _microdollars(self.usd_per_tree) or 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _microdollars(amount: str) -> int | None:
    """An amount in US dollars in millionths; None where it is none, or finer than that."""
    try:
        millionths = Decimal(amount) * 1_000_000
        return int(millionths) if millionths >= 0 and millionths == int(millionths) else None
    except (ArithmeticError, TypeError, ValueError):
        return None


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


# What an argument may be, and its type in Python.
KINDS: Mapping[str, type] = {"text": str, "number": int, "flag": bool}


@dataclass(frozen=True)
class ReadBack:
    """How to find out at the provider whether an effect has happened, where nobody knows.

    The answer of the read `operation`, or an element of the list at the dotted path `items` in it, shows that it has
    where every dotted path in `proof` holds the value given for it; in a value, {name} stands for an argument of the
    effect and {key} for the ledger's key.
    """

    operation: str
    proof: Mapping[str, Any]
    items: str | None = None

    def __post_init__(self) -> None:
        _require(_OPERATION.fullmatch(self.operation), f"read-back {self.operation!r}: like 'charge.retrieve'")
        _require(self.proof, f"read-back {self.operation!r} says nothing of what proves the effect")


@dataclass(frozen=True)
class State:
    """What a person judges before they approve an effect: dotted `fields` of the answer of a read `operation`."""

    operation: str
    fields: Sequence[str]

    def __post_init__(self) -> None:
        _require(_OPERATION.fullmatch(self.operation), f"state operation {self.operation!r}: like 'charge.retrieve'")
        _require(self.fields and not isinstance(self.fields, str), f"state fields {self.fields!r}: a list of paths")


@dataclass(frozen=True)
class Operation:
    """One thing that a connector can do.

    `entity` is the template of the entity that it touches ("stripe:charge/{charge}"): a grant must hold it, and its
    parameters are texts that must be given. `takes` are the other arguments, which may be left out, each a text, a
    number or a flag; those in `needs` may not. `path` and `method` describe the provider's API where it is one.

    An effect says what makes a repeat of it harmless: "key" sends the ledger's key as the provider's idempotency key,
    "natural" is for what is the same done twice, "none" needs a `read_back`. `mark` is the field in which the ledger's
    key goes to the provider, so that a read-back finds it. `state` is what a person judges before approving it; such
    an effect needs a read-back too, because it changes that state itself.
    `metered` operations cost tokens and dollars: what performs them says how many.
    """

    name: str
    kind: Literal["read", "effect"]
    entity: str
    method: str = ""
    path: str = ""
    takes: Mapping[str, Literal["text", "number", "flag"]] = field(default_factory=dict)
    needs: Sequence[str] = ()
    idempotency: Literal["key", "natural", "none"] | None = None
    read_back: ReadBack | None = None
    mark: str = ""
    state: State | None = None
    metered: bool = False

    def __post_init__(self) -> None:
        _require(_OPERATION.fullmatch(self.name), f"operation {self.name!r}: it looks like 'charge.retrieve'")
        _require(self.kind in ("read", "effect"), f"operation {self.name!r} is {self.kind!r}: a read or an effect")
        _require(self.parameters, f"operation {self.name!r}: its entity {self.entity!r} names no parameter")
        strange = set(re.findall(r"{(\w+)}", self.path)) - set(self.parameters)
        _require(
            not strange, f"operation {self.name!r}: its path {self.path!r} has parts that its entity does not name"
        )
        for name, kind in self.takes.items():
            _require(kind in KINDS, f"operation {self.name!r}: {name} is {kind!r}: {', '.join(KINDS)}")
            _require(name not in self.parameters, f"operation {self.name!r} takes {name}, which its entity names")
        _require(
            set(self.needs) <= set(self.takes),
            f"operation {self.name!r} needs {', '.join(self.needs)}: some of it is not among what it takes",
        )
        if self.kind == "effect":
            self._require_harmless_repeats()

    def _require_harmless_repeats(self) -> None:
        known = self.idempotency in ("key", "natural", "none")
        _require(known, f"operation {self.name!r} is an effect and does not say what makes a repeat of it harmless")
        _require(
            self.idempotency != "none" or self.read_back,
            f"operation {self.name!r}: its provider does not make a repeat harmless, so it needs a read-back",
        )
        _require(
            self.state is None or self.read_back,
            f"operation {self.name!r} has a state that a person judges, so it needs a read-back",
        )

    @property
    def parameters(self) -> tuple[str, ...]:
        """The arguments that name the entity; all of them are required."""
        return tuple(re.findall(r"{(\w+)}", self.entity))


@dataclass(frozen=True)
class ConnectorManifest:
    """One provider that agents act on. `name` is the folder's name.

    `hosts` are all that it may call; none means that it calls nothing outside AWS. `base` is the root of the
    provider's API, `credential` the authorization that its secret is sent as. `replayed` is the header by which it says
    that an answer is the one that it kept under an idempotency key.
    """

    name: str
    owner: str
    operations: Sequence[Operation]
    hosts: Sequence[str] = ()
    base: str = ""
    credential: Literal["bearer"] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: str = ""
    seconds: int = 20

    def __post_init__(self) -> None:
        _require_name("connector", self.name)
        _require(self.owner.strip(), f"connector {self.name!r} has no owner")
        _require(self.operations, f"connector {self.name!r} has no operations")
        names = [operation.name for operation in self.operations]
        _require(len(names) == len(set(names)), f"connector {self.name!r} declares twice one of {', '.join(names)}")
        for host in self.hosts:
            _require(_HOST.fullmatch(host), f"connector {self.name!r} host {host!r}: a bare host name")
        for operation in self.operations:
            self._require_reads(operation)
        allowed = not self.base or any(self.base.startswith(f"https://{host}/") for host in self.hosts)
        _require(allowed, f"connector {self.name!r} base {self.base!r} is not https on one of its hosts")

    def _require_reads(self, operation: Operation) -> None:
        """What an operation looks up must be a read of this connector that its own arguments suffice for."""
        for looked_up in (operation.read_back, operation.state):
            if looked_up is None:
                continue
            read = self.operation(looked_up.operation)
            named = f"operation {operation.name!r} looks up {looked_up.operation!r}"
            _require(read and read.kind == "read", f"{named}, which is no read of connector {self.name!r}")
            known = read and set(read.parameters) <= {*operation.parameters, *operation.needs}
            _require(known, f"{named}, which needs arguments that it does not have")

    @property
    def identity(self) -> str:
        """The name on its audit trail."""
        return f"connector.{self.name}"

    @property
    def timeout(self) -> int:
        """After how many seconds Lambda ends its function: the provider's, and the ledger, the audit, a cold start."""
        return self.seconds + 10

    def read(self, looked_up: ReadBack | State) -> Operation:
        """The read that tells what is looked up."""
        return next(operation for operation in self.operations if operation.name == looked_up.operation)

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, or None."""
        return next((operation for operation in self.operations if operation.name == name), None)
