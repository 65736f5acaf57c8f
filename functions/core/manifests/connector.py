"""A connector's manifest: what it can do at one provider, and what makes a repeat of that harmless."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.core.manifests.checks import OPERATION, require, require_list, require_name, require_text

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")

# What an argument may be, and its type in Python.
KINDS: Mapping[str, type] = {"text": str, "number": int, "flag": bool}
# Stands for the ledger's key of an effect.
KEY = "{key}"


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
        require(self.fields and not isinstance(self.fields, str), f"state fields {self.fields!r}: a list of paths")


@dataclass(frozen=True)
class Operation:
    """One thing that a connector can do.

    `entity` is the template of the entity that it touches ("stripe:charge/{charge}"): a grant must hold it, and its
    parameters are texts that must be given. `takes` are the other arguments, which may be left out, each a text, a
    number or a flag; those in `needs` may not. `path` and `method` describe the provider's API where it is one.

    An effect says what makes a repeat of it harmless: "key" sends the ledger's key as the provider's idempotency key,
    "natural" is for what is the same done twice, "none" needs a `read_back`. `state` is what a person judges before
    approving it; such an effect needs a read-back too, because it changes that state itself. `sends` are fields that
    always go to the provider, whatever the agent says; in an effect's, {key} stands for the ledger's key, so that a
    read-back finds by it what was done.
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
    state: State | None = None
    sends: Mapping[str, str] = field(default_factory=dict)
    metered: bool = False

    def __post_init__(self) -> None:
        for name in ("name", "entity", "path"):
            value = getattr(self, name)
            require(isinstance(value, str), f"operation {self.name!r} {name} {value!r}: a text")
        require(
            isinstance(self.takes, Mapping),
            f"operation {self.name!r} takes {self.takes!r}: like {{'amount': 'number'}}",
        )
        require(OPERATION.fullmatch(self.name), f"operation {self.name!r}: it looks like 'charge.retrieve'")
        require(self.kind in ("read", "effect"), f"operation {self.name!r} is {self.kind!r}: a read or an effect")
        require(self.parameters, f"operation {self.name!r}: its entity {self.entity!r} names no parameter")
        strange = set(re.findall(r"{(\w+)}", self.path)) - set(self.parameters)
        require(not strange, f"operation {self.name!r}: its path {self.path!r} has parts that its entity does not name")
        for name, kind in self.takes.items():
            require(kind in KINDS, f"operation {self.name!r}: {name} is {kind!r}: {', '.join(KINDS)}")
            require(name not in self.parameters, f"operation {self.name!r} takes {name}, which its entity names")
        texts = isinstance(self.sends, Mapping) and all(isinstance(value, str) for value in self.sends.values())
        require(texts, f"operation {self.name!r} sends {self.sends!r}: texts by their fields, like {{'limit': '200'}}")
        for name, value in self.sends.items():
            free = name not in self.takes and name not in self.parameters
            require(free, f"operation {self.name!r} sends {name}, which an agent may give")
            marks = self.kind == "effect" or KEY not in value
            require(marks, f"operation {self.name!r} is a read, which has no key to send as {name}")
        require(
            set(self.needs) <= set(self.takes),
            f"operation {self.name!r} needs {', '.join(self.needs)}: some of it is not among what it takes",
        )
        if self.kind == "effect":
            self._require_harmless_repeats()

    def _require_harmless_repeats(self) -> None:
        known = self.idempotency in ("key", "natural", "none")
        require(known, f"operation {self.name!r} is an effect and does not say what makes a repeat of it harmless")
        require(
            self.idempotency != "none" or self.read_back,
            f"operation {self.name!r}: its provider does not make a repeat harmless, so it needs a read-back",
        )
        require(
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
    that an answer is the one that it kept under an idempotency key; `verdict` is for one that says in the body, not by
    the status, what became of a call.
    """

    name: str
    owner: str
    operations: Sequence[Operation]
    hosts: Sequence[str] = ()
    base: str = ""
    credential: Literal["bearer"] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: str = ""
    verdict: Verdict | None = None
    seconds: int = 20

    def __post_init__(self) -> None:
        require_name("connector", self.name)
        require_text(f"connector {self.name!r} owner", self.owner)
        require(self.operations, f"connector {self.name!r} has no operations")
        require_list(f"connector {self.name!r} operations", self.operations, Operation)
        require_list(f"connector {self.name!r} hosts", self.hosts, str)
        names = [operation.name for operation in self.operations]
        require(len(names) == len(set(names)), f"connector {self.name!r} declares twice one of {', '.join(names)}")
        for host in self.hosts:
            require(_HOST.fullmatch(host), f"connector {self.name!r} host {host!r}: a bare host name")
        for operation in self.operations:
            self._require_reads(operation)
        known = self.credential in (None, "bearer")
        require(known, f"connector {self.name!r} credential {self.credential!r}: 'bearer', or none")
        require(isinstance(self.base, str), f"connector {self.name!r} base {self.base!r}: a text")
        allowed = not self.base or any(self.base.startswith(f"https://{host}/") for host in self.hosts)
        require(allowed, f"connector {self.name!r} base {self.base!r} is not https on one of its hosts")

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
