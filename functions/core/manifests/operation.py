"""An operation of a connector: the call of the provider's API, and what makes its repeat harmless."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from functions.core.manifests.arguments import Argument, Text, require_arguments, require_needs
from functions.core.manifests.checks import (
    every,
    placeholders,
    require,
    require_list,
    require_operation,
    require_paths,
)
from functions.core.manifests.paging import Paging
from functions.core.manifests.recorded import Recorded, require_recorded

# Replaced by the ledger's key of an effect.
KEY = "{key}"
# The argument with which an agent names a destination instead of the entity.
TO = "to"
_KIND = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class ReadBack:
    """How to find out at the provider whether an effect has happened, if its outcome was lost.

    The effect has happened if the answer of the read `operation`, or an element of the list at its dotted path `items`,
    has the given value at every dotted path in `proof`; in a value, {name} is an argument of the effect and {key} the
    ledger's key.
    """

    operation: str
    proof: Mapping[str, Any]
    items: str | None = None

    def __post_init__(self) -> None:
        require_operation(f"read-back {self.operation!r}", self.operation, "like")
        require(self.proof, f"read-back {self.operation!r} does not declare what proves the effect")


@dataclass(frozen=True)
class State:
    """What a person reviews before they approve an effect: dotted `fields` of the answer of a read `operation`."""

    operation: str
    fields: Sequence[str]

    def __post_init__(self) -> None:
        require_operation(f"state operation {self.operation!r}", self.operation, "like")
        require(self.fields, "state fields: at least one path")
        require_paths("state fields", self.fields)


VOUCHED = "vouched_addresses"  # an argument that no caller can give


@dataclass(frozen=True)
class Confirms:
    """Where a read's answer says which e-mail addresses of its entity the provider has confirmed.

    Of the list at the dotted path `items`, what has the given value at every dotted path in `where` has a confirmed
    address at the dotted path `address`, or is one itself. If it is not `proven` that the address is the person's (a
    form wrote it), a claim can be of it, and no link leads from it.
    """

    items: str
    address: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    proven: bool = True

    def __post_init__(self) -> None:
        require(type(self.proven) is bool, f"confirms proven {self.proven!r}: True or False")
        paths = [self.items, *self.where, *([self.address] if self.address else [])]
        require_paths("confirms", paths)


@dataclass(frozen=True)
class Money:
    """Which fields of an effect's arguments and of its state are amounts in minor units; people see them written out.

    `amounts` are dotted paths, `currency` is the path of their currency's code: in the arguments, or else in the state.
    `exponents` are the provider's exceptions from ISO 4217, by upper-case code.
    """

    amounts: Sequence[str]
    currency: str
    exponents: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(self.amounts, "money amounts: at least one path")
        require_paths("money amounts", self.amounts)
        require_paths("money currency", [self.currency])
        if not isinstance(self.exponents, Mapping):
            require(False, f"money exponents {self.exponents!r}: numbers by code, like {{'ISK': 2}}")
            return
        for code, digits in self.exponents.items():
            known = isinstance(code, str) and code.isupper() and isinstance(digits, int) and 0 <= digits <= 4
            require(known, f"money exponents {code!r}: {digits!r}: an upper-case code and a number from 0 to 4")


@dataclass(frozen=True)
class Operation:
    """One operation of a connector.

    `entity` is the template of the entity that it touches ("stripe:charge/{charge}"): a grant or a destination must
    allow it. The parameters in it are required text arguments; `ids` are patterns of the provider's ids for those that
    a provider also takes by a name, which people change: a destination is not bound to a name. `takes` are the other
    arguments by name; those in `needs` are required. `method` and `path` describe the call of the provider's API.
    `encoding` is how arguments are sent that are not in the path: "query" (the default of a read), "json" (the default
    of an effect), or "form", which is application/x-www-form-urlencoded with brackets for nested values. `sends` are
    fields that are always sent, independent of the agent; in an effect's, {key} is the ledger's key, so that a
    read-back finds the effect.

    An effect declares what makes its repeat harmless: "key" sends the ledger's key as the provider's idempotency key,
    "natural" is for an effect that is the same when done twice, "none" requires a `read_back`. "ask" is for an effect
    whose repeat is harmful and that nothing shows: if its outcome is unknown, a person decides whether it is performed
    again. `state` is what a person reviews before approving it; such an effect requires a read-back too, because it
    changes that state itself. `money` says which of its arguments and of its state's fields are amounts.

    `also` are templates of further entities, made of required arguments ("person:email/{recipient}"): the grant must
    name each of them, whether the entity itself is the grant's or a destination.

    A read's list can have pages (`paging`), and a large answer is reduced to the dotted paths in `keeps` (with paging,
    of each item). `bodiless` is for a 200 that has no body. `permissions` are those of a GitHub App's token. `metered`
    operations cost tokens and dollars, which the performer reports. `model` is the parameter that names a model: the
    agent's manifest must declare that model, which takes the place of the grant's entity. `headers` are sent with the
    call; the gate adds the tenant's. `as_app` is for what a GitHub App asks about itself: it presents the App's JWT,
    which has no repository and no permissions.

    `gone` are statuses by which the provider says that it no longer has the thing, or not in a state in which the
    effect is possible: an agent gets Gone, or PerhapsDone if an earlier try may be why. `decides` is a kind of entity
    ("openai:dialog") that several events may name, each with another id of the same thing: of the connector's effects
    that decide on one, one happens, for whichever event comes first. The others get Superseded. `anytime` is for an
    effect that only gives back what the event took: it is done also after the time that a causal tree may take.

    `confirms` says which addresses of its entity a read's answer confirms. `vouched` is for what such a read precedes:
    the performer also gets VOUCHED, digests of the entity's addresses, and nothing proves whose they are. `extends` is
    for the context connector: the answer extends the grant by what a link leads to (core/context/following.py).

    `recorded` says what the record of a call leaves out, if its agent is recorded; with None, no record is kept.
    """

    name: str
    kind: Literal["read", "effect"]
    entity: str
    method: str = ""
    path: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    takes: Mapping[str, Argument] = field(default_factory=dict)
    needs: Sequence[str] = ()
    encoding: Literal["query", "json", "form"] | None = None
    idempotency: Literal["key", "natural", "none", "ask"] | None = None
    read_back: ReadBack | None = None
    state: State | None = None
    money: Money | None = None
    sends: Mapping[str, Any] = field(default_factory=dict)
    paging: Paging | None = None
    keeps: Sequence[str] = ()
    permissions: Mapping[str, str] = field(default_factory=dict)
    metered: bool = False
    model: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    as_app: bool = False
    bodiless: bool = False
    gone: Sequence[int] = ()
    decides: str = ""
    anytime: bool = False
    confirms: Confirms | None = None
    extends: bool = False
    vouched: bool = False
    recorded: Recorded | None = Recorded()
    also: Sequence[str] = ()

    def __post_init__(self) -> None:
        what = f"operation {self.name!r}"
        if isinstance(self.name, str):
            require_operation(what, self.name)
        require(self.kind in ("read", "effect"), f"{what} is {self.kind!r}: a read or an effect")
        texts = every(
            require(isinstance(getattr(self, name), str), f"{what} {name} {getattr(self, name)!r}: a text")
            for name in ("name", "entity", "path")
        )
        if texts:
            self._require_parameters(what)
        known = self.encoding in (None, "query", "json", "form")
        require(known, f"{what} encoding {self.encoding!r}: 'query', 'json' or 'form'")
        require_paths(f"{what} keeps", self.keeps)
        require_recorded(what, self.recorded)
        named = not self.model or (texts and self.metered and self.parameters == (self.model,))
        require(named, f"{what} model {self.model!r}: the one parameter of the entity of a metered operation")
        require(type(self.vouched) is bool, f"{what} vouched {self.vouched!r}: True or False")
        require(not self.vouched or VOUCHED not in self.takes, f"{what} takes {VOUCHED!r}, which the gate adds")
        passes_on = self.confirms is not None or self.extends
        require(not passes_on or self.kind == "read", f"{what} is an effect: only a read confirms or extends")
        if self.metered:
            require(self.kind == "read", f"{what} is a metered effect: only reads are metered")
        if self.kind == "effect":
            self._require_harmless_repeats(what)
        else:
            effects = (self.idempotency, self.read_back, self.state, self.money)
            bare = effects == (None, None, None, None)
            require(bare, f"{what} is a read: idempotency, read_back, state and money are an effect's")
        self._require_decision(what)
        if self.paging is not None:
            require(isinstance(self.paging, Paging), f"{what} paging {self.paging!r}: write a Paging(…)")
            require(self.kind == "read", f"{what} is an effect: only a read has pages")

    def _require_decision(self, what: str) -> None:
        require(type(self.bodiless) is bool, f"{what} bodiless {self.bodiless!r}: True or False")
        require(type(self.anytime) is bool, f"{what} anytime {self.anytime!r}: True or False")
        require(not self.anytime or self.kind == "effect", f"{what} anytime: only an effect gives something back")
        if require_list(f"{what} gone", self.gone, int):
            refusing = all(400 <= status < 500 for status in self.gone)
            require(refusing, f"{what} gone {self.gone!r}: statuses from 400 to 499")
        if not require(isinstance(self.decides, str), f"{what} decides {self.decides!r}: a text"):
            return
        require(not self.decides or _KIND.fullmatch(self.decides), f"{what} decides {self.decides!r}: a kind of entity")
        # Only such an effect may follow a claim whose outcome is unknown with another id: the provider has one state.
        natural = not self.decides or (self.kind, self.idempotency) == ("effect", "natural")
        require(natural, f"{what} decides {self.decides!r}: only an effect with natural idempotency decides")

    def _require_parameters(self, what: str) -> None:
        """Require that the entity's parameters and the other arguments fit each other."""
        require(self.parameters, f"{what}: its entity {self.entity!r} names no parameter")
        strange = set(placeholders(self.path)) - set(self.parameters)
        require(not strange, f"{what}: its path {self.path!r} has parts that its entity does not name")
        if require(isinstance(self.ids, Mapping), f"{what} ids {self.ids!r}: patterns by parameter"):
            unknown = sorted(set(map(str, self.ids)) - set(self.parameters))
            require(not unknown, f"{what} ids {', '.join(unknown)}: its entity does not name them")
        if not require_arguments(what, self.takes):
            return
        require_needs(what, self.needs, self.takes)
        twice = sorted(set(self.takes) & set(self.parameters))
        require(not twice, f"{what} takes {', '.join(twice)}, which its entity names")
        self._require_also(what)
        taken = TO in self.takes or TO in self.parameters
        require(not taken, f"{what} takes {TO!r}, by which an agent names a destination: call it otherwise")
        self._require_sends(what)

    def _require_also(self, what: str) -> None:
        if not require_list(f"{what} also", self.also, str):
            return
        for template in self.also:
            given = [name for name in placeholders(template) if isinstance(self.takes.get(name), Text)]
            whole = given and len(given) == len(placeholders(template)) and set(given) <= set(self.needs)
            require(whole, f"{what} also {template!r}: an entity made of texts that the operation needs")

    def _require_sends(self, what: str) -> None:
        if not isinstance(self.sends, Mapping):
            require(False, f"{what} sends {self.sends!r}: fields by name, like {{'limit': 200}}")
            return
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
        known = self.idempotency in ("key", "natural", "none", "ask")
        require(known, f"{what} is an effect and does not declare what makes a repeat of it harmless")
        require(
            self.idempotency != "none" or self.read_back,
            f"{what}: its provider does not make a repeat harmless, so it needs a read-back",
        )
        shown = self.idempotency != "ask" or self.read_back is None
        require(shown, f"{what} has a read-back, which shows whether it happened: nobody has to be asked")
        require(
            self.state is None or self.read_back,
            f"{what} has a state that a person reviews, so it needs a read-back",
        )

    # Computed once: the gate asks for them several times in a call.
    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The arguments that name the entity; all of them are required."""
        return placeholders(self.entity)

    @cached_property
    def arguments(self) -> Mapping[str, Argument]:
        """All arguments by name: the entity's parameters, and the others."""
        return {**dict.fromkeys(self.parameters, Text(longest=1024)), **self.takes}

    @property
    def required(self) -> tuple[str, ...]:
        """The arguments that must be given."""
        return (*self.parameters, *self.needs)

    @property
    def encoded(self) -> Literal["query", "json", "form"]:
        """How the arguments are sent that are not in the path."""
        return self.encoding or ("query" if self.kind == "read" else "json")
