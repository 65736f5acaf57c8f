"""A connector's manifest: what it can do at one provider, and what makes a repeat of that harmless."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.core.manifests.arguments import Argument, Text, require_arguments, require_needs
from functions.core.manifests.checks import (
    OPERATION,
    require,
    require_list,
    require_name,
    require_paths,
    require_text,
)
from functions.core.manifests.credentials import CREDENTIALS, Credential, GitHubApp, require_permissions

_HOST = re.compile(r"([a-z0-9-]+|{[a-z][a-z0-9_]*})(\.([a-z0-9-]+|{[a-z][a-z0-9_]*}))+")
_PLACE = re.compile(r"{(\w+)}")
_TABLE = re.compile(r"[a-z][a-z0-9-]*")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z]+")

# Stands for the ledger's key of an effect.
KEY = "{key}"
# The argument by which an agent names a destination in place of the entity.
TO = "to"
# What `tools` offers of its own: a connector of such a name would hide it.
RESERVED = ("budget", "perform", "propose", "model")
MOST_PAGES = 50


@dataclass(frozen=True)
class Verdict:
    """How a provider says in the body of a 200 what became of a call.

    The field `ok` is true where it did what was asked; else `error` is a word of its API. Words in `busy` say that it
    did nothing and may later, those in `unknown` that it may have acted all the same; with any other it refuses.
    """

    ok: str
    error: str
    busy: Sequence[str] = ()
    unknown: Sequence[str] = ()

    def __post_init__(self) -> None:
        require_text("verdict ok", self.ok)
        require_text("verdict error", self.error)
        require_list("verdict busy", self.busy, str)
        require_list("verdict unknown", self.unknown, str)
        both = sorted(set(self.busy) & set(self.unknown))
        require(not both, f"verdict: {', '.join(both)} cannot be both busy and unknown")


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
        require(OPERATION.fullmatch(self.operation), f"read-back {self.operation!r}: like 'charge.retrieve'")
        require(self.proof, f"read-back {self.operation!r} says nothing of what proves the effect")


@dataclass(frozen=True)
class State:
    """What a person judges before they approve an effect: dotted `fields` of the answer of a read `operation`."""

    operation: str
    fields: Sequence[str]

    def __post_init__(self) -> None:
        require(OPERATION.fullmatch(self.operation), f"state operation {self.operation!r}: like 'charge.retrieve'")
        require(self.fields, "state fields: at least one path")
        require_paths("state fields", self.fields)


@dataclass(frozen=True)
class NextCursor:
    """The value at the dotted `path` of the answer asks for the next page, as the query parameter `parameter`."""

    parameter: str
    path: str


@dataclass(frozen=True)
class LastId:
    """The next page starts after the last item's `id`, sent as the query parameter `parameter`.

    There is one as long as the answer's flag at the dotted path `more` is true.
    """

    parameter: str
    id: str
    more: str


@dataclass(frozen=True)
class NextLink:
    """The next page is the URL with rel="next" in the answer's Link header (RFC 8288), on the same host."""


@dataclass(frozen=True)
class Paging:
    """A list that comes in pages: at the dotted path `items` of each answer, "" where the answer is the list.

    At most `most` pages are read. The operation answers {"items": […], "complete": …}: `complete` is false where there
    are more.
    """

    by: NextCursor | LastId | NextLink
    items: str = ""
    most: int = 10

    def __post_init__(self) -> None:
        known = isinstance(self.by, NextCursor | LastId | NextLink)
        require(known, f"paging by {self.by!r}: NextCursor(…), LastId(…) or NextLink()")
        in_range = type(self.most) is int and 1 <= self.most <= MOST_PAGES
        require(in_range, f"paging most {self.most!r}: a number of pages from 1 to {MOST_PAGES}")


@dataclass(frozen=True)
class TableAccess:
    """One of Hookline's own tables that a connector reads: its name without the prefix, and DynamoDB actions."""

    table: str
    actions: Sequence[str]

    def __post_init__(self) -> None:
        require(isinstance(self.table, str) and _TABLE.fullmatch(self.table), f"table {self.table!r}: like 'timelines'")
        require_list(f"actions on table {self.table!r}", self.actions, str)
        require(self.actions, f"table {self.table!r}: no action is named")
        wrong = [one for one in self.actions if not one.startswith("dynamodb:")]
        require(not wrong, f"actions on table {self.table!r}: {', '.join(wrong)} is not one of DynamoDB's")


@dataclass(frozen=True)
class AwsAccess:
    """AWS actions that a connector's role may do on these ARNs; {region} and {account} stand for the deployment's."""

    actions: Sequence[str]
    resources: Sequence[str]

    def __post_init__(self) -> None:
        for name in ("actions", "resources"):
            require_list(f"aws {name}", getattr(self, name), str)
            require(getattr(self, name), f"aws access names no {name}")
        for action in self.actions:
            require(_ACTION.fullmatch(action), f"aws action {action!r}: like 'bedrock:InvokeModel', without a wildcard")
        for resource in self.resources:
            require(resource.startswith("arn:"), f"aws resource {resource!r}: an ARN")


@dataclass(frozen=True)
class Operation:
    """One thing that a connector can do.

    `entity` is the template of the entity that it touches ("stripe:charge/{charge}"): a grant or a destination must
    allow it. Its parameters are texts that must be given. `takes` are the other arguments by name; those in `needs`
    must be given. `method` and `path` describe the call of the provider's API. `encoding` says how arguments are sent
    that the path does not hold: "query" is a read's default, "json" an effect's, "form" is
    application/x-www-form-urlencoded with brackets for what is nested. `sends` are fields that always go along,
    whatever the agent says; in an effect's, {key} stands for the ledger's key, so that a read-back finds the effect.

    An effect says what makes a repeat of it harmless: "key" sends the ledger's key as the provider's idempotency key,
    "natural" is for what is the same done twice, "none" needs a `read_back`. `state` is what a person judges before
    approving it; such an effect needs a read-back too, because it changes that state itself.

    A read's list may come in pages (`paging`), and a large answer is cut to the dotted paths in `keeps` (with paging,
    of each item). `permissions` are those of a GitHub App's token. `metered` operations cost tokens and dollars: what
    performs them says how many.
    """

    name: str
    kind: Literal["read", "effect"]
    entity: str
    method: str = ""
    path: str = ""
    takes: Mapping[str, Argument] = field(default_factory=dict)
    needs: Sequence[str] = ()
    encoding: Literal["query", "json", "form"] | None = None
    idempotency: Literal["key", "natural", "none"] | None = None
    read_back: ReadBack | None = None
    state: State | None = None
    sends: Mapping[str, Any] = field(default_factory=dict)
    paging: Paging | None = None
    keeps: Sequence[str] = ()
    permissions: Mapping[str, str] = field(default_factory=dict)
    metered: bool = False

    def __post_init__(self) -> None:
        what = f"operation {self.name!r}"
        for name in ("name", "entity", "path"):
            value = getattr(self, name)
            require(isinstance(value, str), f"{what} {name} {value!r}: a text")
        require(OPERATION.fullmatch(self.name), f"{what}: it looks like 'charge.retrieve'")
        require(self.kind in ("read", "effect"), f"{what} is {self.kind!r}: a read or an effect")
        require(self.parameters, f"{what}: its entity {self.entity!r} names no parameter")
        strange = set(_PLACE.findall(self.path)) - set(self.parameters)
        require(not strange, f"{what}: its path {self.path!r} has parts that its entity does not name")
        require_arguments(what, self.takes)
        require_needs(what, self.needs, self.takes)
        twice = sorted(set(self.takes) & set(self.parameters))
        require(not twice, f"{what} takes {', '.join(twice)}, which its entity names")
        taken = TO in self.takes or TO in self.parameters
        require(not taken, f"{what} takes {TO!r}, by which an agent names a destination: call it otherwise")
        known = self.encoding in (None, "query", "json", "form")
        require(known, f"{what} encoding {self.encoding!r}: 'query', 'json' or 'form'")
        self._require_sends(what)
        require_paths(f"{what} keeps", self.keeps)
        if self.kind == "effect":
            self._require_harmless_repeats(what)
        else:
            bare = self.idempotency is None and self.read_back is None and self.state is None
            require(bare, f"{what} is a read: idempotency, read_back and state are an effect's")
        if self.paging is not None:
            require(isinstance(self.paging, Paging), f"{what} paging {self.paging!r}: write a Paging(…)")
            require(self.kind == "read", f"{what} is an effect: only a read comes in pages")

    def _require_sends(self, what: str) -> None:
        require(isinstance(self.sends, Mapping), f"{what} sends {self.sends!r}: fields by name, like {{'limit': 200}}")
        twice = sorted(set(self.sends) & {*self.parameters, *self.takes})
        require(not twice, f"{what} sends {', '.join(twice)}, which the agent gives")
        try:
            text = json.dumps(self.sends)
        except (TypeError, ValueError):
            require(False, f"{what} sends {self.sends!r}: what JSON can hold")
        else:
            keyed = KEY in text
            require(self.kind == "effect" or not keyed, f"{what} sends {KEY}, and a read has no key in the ledger")

    def _require_harmless_repeats(self, what: str) -> None:
        known = self.idempotency in ("key", "natural", "none")
        require(known, f"{what} is an effect and does not say what makes a repeat of it harmless")
        require(
            self.idempotency != "none" or self.read_back,
            f"{what}: its provider does not make a repeat harmless, so it needs a read-back",
        )
        require(
            self.state is None or self.read_back,
            f"{what} has a state that a person judges, so it needs a read-back",
        )

    @property
    def parameters(self) -> tuple[str, ...]:
        """The arguments that name the entity; all of them are required."""
        return tuple(_PLACE.findall(self.entity))

    @property
    def arguments(self) -> Mapping[str, Argument]:
        """All arguments by name: the entity's parameters, and the others."""
        return {**dict.fromkeys(self.parameters, Text(longest=1024)), **self.takes}

    @property
    def required(self) -> tuple[str, ...]:
        """The arguments that must be given."""
        return (*self.parameters, *self.needs)

    @property
    def encoded(self) -> Literal["query", "json", "form"]:
        """How the arguments are sent that the path does not hold."""
        return self.encoding or ("query" if self.kind == "read" else "json")


@dataclass(frozen=True)
class ConnectorManifest:
    """One provider that agents act on. `name` is the folder's name.

    `hosts` are all that it may call; none means that it calls nothing outside AWS. `base` is the root of the
    provider's API. Either may hold a tenant's name ("{subdomain}.zendesk.com"), which the operator's settings give.
    `credential` is what it presents. `replayed` is the header by which the provider says that an answer is the one that
    it kept under an idempotency key; `verdict` is for one that says in the body, not by the status, what became of a
    call. `tables` and `aws` are what its role may do in AWS. `seconds` bound a call of the provider.
    """

    name: str
    owner: str
    operations: Sequence[Operation]
    hosts: Sequence[str] = ()
    base: str = ""
    credential: Credential | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: str = ""
    verdict: Verdict | None = None
    tables: Sequence[TableAccess] = ()
    aws: Sequence[AwsAccess] = ()
    seconds: int = 20

    def __post_init__(self) -> None:
        what = f"connector {self.name!r}"
        require_name("connector", self.name)
        require(self.name not in RESERVED, f"{what}: tools.{self.name} is something else already: name it otherwise")
        require_text(f"{what} owner", self.owner)
        require(self.operations, f"{what} has no operations")
        require_list(f"{what} operations", self.operations, Operation)
        require_list(f"{what} hosts", self.hosts, str)
        require_list(f"{what} tables", self.tables, TableAccess)
        require_list(f"{what} aws", self.aws, AwsAccess)
        names = [operation.name for operation in self.operations]
        require(len(names) == len(set(names)), f"{what} declares twice one of {', '.join(names)}")
        for host in self.hosts:
            require(_HOST.fullmatch(host), f"{what} host {host!r}: a bare host name")
        known = self.credential is None or isinstance(self.credential, CREDENTIALS)
        require(known, f"{what} credential {self.credential!r}: {', '.join(kind.__name__ for kind in CREDENTIALS)}")
        for operation in self.operations:
            self._require_reads(operation)
            require_permissions(f"operation {operation.name!r}", operation.permissions, self.credential)
            self._require_repository(operation)
        require(isinstance(self.base, str), f"{what} base {self.base!r}: a text")
        allowed = not self.base or any(self.base.startswith(f"https://{host}/") for host in self.hosts)
        require(allowed, f"{what} base {self.base!r} is not https on one of its hosts")
        in_range = type(self.seconds) is int and self.seconds >= 1
        require(in_range, f"{what} seconds {self.seconds!r}: a whole number from 1")

    def _require_reads(self, operation: Operation) -> None:
        """What an operation looks up must be a read of this connector that its own arguments suffice for."""
        for looked_up in (operation.read_back, operation.state):
            if looked_up is None:
                continue
            read = self.operation(looked_up.operation)
            named = f"operation {operation.name!r} looks up {looked_up.operation!r}"
            require(read and read.kind == "read", f"{named}, which is no read of connector {self.name!r}")
            known = read and set(read.parameters) <= {*operation.parameters, *operation.needs}
            require(known, f"{named}, which needs arguments that it does not have")

    def _require_repository(self, operation: Operation) -> None:
        app = self.credential
        if isinstance(app, GitHubApp):
            named = {app.owner, app.repository} <= set(operation.parameters)
            require(
                named, f"operation {operation.name!r}: its entity names no {{{app.owner}}} and {{{app.repository}}}"
            )

    @property
    def tenant(self) -> tuple[str, ...]:
        """The parts of its hosts that the operator's settings give."""
        return tuple(dict.fromkeys(name for host in (*self.hosts, self.base) for name in _PLACE.findall(host)))

    @property
    def has_effects(self) -> bool:
        """Whether any of its operations is an effect, which takes a ledger."""
        return any(operation.kind == "effect" for operation in self.operations)

    @property
    def has_budgets(self) -> bool:
        """Whether any of its operations is charged to a budget."""
        return self.has_effects or any(operation.metered for operation in self.operations)

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
