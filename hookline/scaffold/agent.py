"""The files of a new agent: what it subscribes to and uses, worked out from what is declared, and code that acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from pydantic.fields import FieldInfo

from functions.core.events.catalogue import events, model_of
from functions.core.events.domain_event import DomainEvent
from functions.core.events.reviews import DECISIONS as REVIEW_DECISIONS
from functions.core.events.reviews import REVIEW_OPENED
from functions.core.events.reviews import SOURCE as REVIEW_SERVICE
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from functions.core.manifests.source import SourceManifest
from functions.core.platform.detail_types import UNMAPPED
from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.calls import SHORT, Subscribed, call_to, matches, names_entity
from hookline.scaffold.entities import fixture_of, named_by
from hookline.scaffold.names import LONGEST_LINE, check_agent, check_line
from hookline.scaffold.rendering import render
from hookline.scaffold.trials import trial_of
from hookline.scaffold.writing import New
from hookline.validation.discovery import Project
from hookline.validation.policy_schema import Act
from hookline.validation.references import OF_THE_ENGINE
from hookline.validation.typed_tools import typed_tools

REVIEWS = (REVIEW_OPENED, *REVIEW_DECISIONS)
MOST_SHOWN = 4  # fields of an event in the agent's text
LONGEST_SHOWN = 100  # characters of a field's example
LONGEST_POLICY_ID = 64  # characters
MONEY = ("amount", "currency", "exponent")  # written as one


@dataclass(frozen=True)
class AgentOptions:
    """What the command was given."""

    name: str
    subscribes: Sequence[str]
    raw: Sequence[str] = ()
    uses: Sequence[str] = ()
    to: Sequence[str] = ()
    publishes: Sequence[str] = ()
    owner: str = "engineering"
    purpose: str = ""


@dataclass(frozen=True)
class _Group:
    """The operations of one connector on one kind of entity; `to` are their destinations, () if an event names it."""

    connector: ConnectorManifest
    operations: Sequence[Operation]
    to: Sequence[str] = ()

    @property
    def entity(self) -> str:
        """The template of the entity."""
        return self.operations[0].entity

    @property
    def declared(self) -> list[Operation]:
        """The operations, and the reads of what a person sees before they decide on one of them."""
        states = [self.connector.read(one.state) for one in self.operations if one.state]
        return list({one.name: one for one in (*self.operations, *states)}.values())

    def __str__(self) -> str:
        return f"{self.connector.name}:{self.operations[0].name}"


@dataclass(frozen=True)
class _Permit:
    """A policy that permits an operation: on these destinations only, if there are any."""

    act: Act
    to: Sequence[str]

    @property
    def id(self) -> str:
        """Its id in the file."""
        return f"{self.act.connector}.{self.act.operation.name}"[:LONGEST_POLICY_ID]

    @property
    def asks(self) -> bool:
        """Whether a person decides: it moves money, or is declared with a state that people see before."""
        return bool(self.act.operation.money or self.act.operation.state)


@dataclass(frozen=True)
class Publishes:
    """An event that the agent publishes: the expression of each field, and whether its author must replace it."""

    detail_type: str
    fields: Mapping[str, tuple[str, bool]]


def event_types(project: Project) -> list[str]:
    """The detail types that a new agent can subscribe to: those that a source or an agent publishes, and reviews."""
    known = [*events(), *(f"{source}.{UNMAPPED}" for source in project.sources)]
    return [name for name in known if publishers(project, name)]


def publishable() -> list[str]:
    """The detail types that a new agent can publish: not those of the engine."""
    return [name for name in events() if name not in (UNMAPPED, *OF_THE_ENGINE)]


def new_agent(options: AgentOptions, project: Project) -> New:
    """The files of the new agent.

    Raises UnknownName for an event, a connector or an operation that does not exist, OperatorError for what does not
    fit together, and ManifestError for a value that the manifest refuses.
    """
    name = options.name
    check_agent(name)
    subscribed = _subscribed(options, project)
    publishes = [_publishes(one, subscribed) for one in dict.fromkeys(options.publishes)]
    groups = _with_destinations(_groups(options.uses, project), options.to, subscribed, project)
    calls = [
        call_to(group.connector.name, operation, (group.to or ("",))[0], subscribed)
        for group in groups
        for operation in group.operations
    ]
    purpose = options.purpose or f"Act on {subscribed[0].detail_type}"
    for what, value in (("owner", options.owner), ("purpose", purpose)):
        check_line(what, value)
    effects = max(1, sum(call.operation.kind == "effect" for call in calls))
    manifest = AgentManifest(
        name=name,
        owner=options.owner,
        purpose=purpose,
        subscribes=[Subscription(one.detail_type, one.sources, one.raw) for one in subscribed],
        publishes=[one.detail_type for one in publishes],
        uses=[_use(group) for group in groups],
        budget=Budget(effects_per_event=effects, effects_per_tree=max(Budget.effects_per_tree, effects)),
    )
    trials = [trial_of(one, calls, project) for one in subscribed]
    values = {
        "name": name,
        "manifest": manifest,
        "subscribed": subscribed,
        "permits": [_Permit(Act(group.connector.name, one), group.to) for group in groups for one in group.declared],
        "calls": calls,
        "publishes": publishes,
        "shown": {one.detail_type: _shown(one.model) for one in subscribed},
        "money": any(_has_money(one.model) for one in subscribed),
        "writes": any(call.writes for call in calls),
        "short": SHORT,
        "tests": trials,
        "kit_names": sorted({"wake", *(one.woken.partition("(")[0] for one in trials if one.woken)}),
    }
    return _files(name, values, manifest, project)


def _files(name: str, values: Mapping[str, Any], manifest: AgentManifest, project: Project) -> New:
    folder, test = f"functions/agents/{name}", f"tests/unit/agents/test_{name}_agent.py"
    written = ["__init__.py", "manifest.py", "agent.py", *(["policy.cedar"] if manifest.uses else [])]
    files = {f"{folder}/{file}": render(f"agent/{file}.j2", **values) for file in written}
    if manifest.uses:
        files[f"{folder}/tools.py"] = typed_tools(manifest, project.connectors)
    first = manifest.subscribes[0]
    listens = [f"{one.detail_type} from {source}" for one in manifest.subscribes for source in sorted(set(one.sources))]
    bindings = [
        f"bind the destination {one!r} before a deploy on AWS: docs/destinations.md" for one in manifest.destinations
    ]
    return New(
        files | {test: render("agent/test.py.j2", **values)},
        [folder, test],
        then=[
            "hookline check",
            "hookline up",
            *_sends(first, project),
            f"make test ARGS='{test}'",
            "make permissions",
        ],
        notes=[f"subscribes to {', '.join(listens)}", *bindings],
    )


def _sends(first: Subscription, project: Project) -> list[str]:
    """The command that wakes the agent, if a provider's fixture does."""
    for source in first.sources:
        kind, _, name = source.partition(".")
        if kind == "webhook" and (fixture := fixture_of(name, first.detail_type, first.raw, project)):
            return [f"hookline send {name} {fixture}"]
    return []


def _subscribed(options: AgentOptions, project: Project) -> list[Subscribed]:
    wanted = list(dict.fromkeys(options.subscribes))
    if not wanted:
        raise OperatorError("an agent subscribes to something: give --subscribes EVENT, like change.proposed")
    unmapped = [one for one in wanted if one.rpartition(".")[2] == UNMAPPED]
    if options.raw and len(unmapped) != 1:
        raise OperatorError(f"--raw names types of one provider: give one --subscribes <provider>.{UNMAPPED} with it")
    return [_subscription(one, options.raw if one in unmapped else (), project) for one in wanted]


def _subscription(detail_type: str, raw: Sequence[str], project: Project) -> Subscribed:
    known = [*(name for name in events() if name != UNMAPPED), *(f"{one}.{UNMAPPED}" for one in project.sources)]
    if detail_type not in known:
        raise UnknownName("event", detail_type, known)
    if detail_type in OF_THE_ENGINE and detail_type not in REVIEWS:
        raise OperatorError(f"{detail_type} is Hookline's own: docs/workflows.md and docs/reviews.md say who gets it")
    source, _, last = detail_type.rpartition(".")
    if last == UNMAPPED:
        _check_raw(source, raw, project)
    sources = publishers(project, detail_type)
    if not sources:
        raise OperatorError(
            f"nothing publishes {detail_type} yet: add it to translates of a provider (docs/add-a-provider.md), or to "
            "publishes of another agent, first"
        )
    named = named_by(project, detail_type, sources)
    return Subscribed(detail_type, model_of(detail_type), sources, tuple(raw), named)


def _check_raw(source: str, raw: Sequence[str], project: Project) -> None:
    if not raw:
        what = f"{source}.{UNMAPPED} is every event of {source} without a translation"
        raise OperatorError(f"{what}: name the provider's own types with --raw, like --raw issues.opened")
    for one in raw:
        if not one.isascii() or not one.isprintable() or not 1 <= len(one) <= LONGEST_LINE:
            raise OperatorError(f"--raw {one!r}: the provider's own name of a type, like issues.opened")
        for pattern, detail_types in project.sources[source].detail_types.items():
            if fnmatchcase(one, pattern):
                became = " or ".join(detail_types)
                raise OperatorError(f"{source} translates {one!r}: subscribe to {became} instead")


def publishers(project: Project, detail_type: str) -> list[str]:
    """The identities that publish a detail type, as the manifests declare it."""
    source, _, last = detail_type.rpartition(".")
    if last == UNMAPPED:
        return [f"webhook.{source}"] if source in project.sources else []
    if detail_type in REVIEWS:
        return [REVIEW_SERVICE]
    sources = [one for one in project.sources.values() if detail_type in _all_types(one)]
    agents = [one for one in project.agents.values() if detail_type in one.publishes]
    return [*(one.identity for one in sources), *(one.identity for one in agents)]


def _all_types(source: SourceManifest) -> set[str]:
    return {name for names in source.detail_types.values() for name in names}


def _publishes(detail_type: str, subscribed: Sequence[Subscribed]) -> Publishes:
    known = publishable()
    if detail_type not in known:
        raise UnknownName("event for an agent to publish", detail_type, known)
    model = events()[detail_type]
    return Publishes(
        detail_type, {name: _published(name, field, model, subscribed) for name, field in model.model_fields.items()}
    )


def _published(
    name: str, field: FieldInfo, model: type[DomainEvent], subscribed: Sequence[Subscribed]
) -> tuple[str, bool]:
    """The expression of a field: of the woken event if all have it with the same type, else the example's value."""
    there = [one.model.model_fields.get(name) for one in subscribed]
    if all(one and (one.annotation, one.metadata) == (field.annotation, field.metadata) for one in there):
        return f'event.data["{name}"]', False
    return repr(model.example[name]), True


def _groups(uses: Sequence[str], project: Project) -> list[_Group]:
    found: dict[tuple[str, str], list[Operation]] = {}
    for one in dict.fromkeys(uses):
        name, colon, operation_name = one.partition(":")
        if not colon:
            raise OperatorError(f"--uses {one!r}: write CONNECTOR:OPERATION, like slack:message.post")
        if name not in project.connectors:
            raise UnknownName("connector", name, project.connectors)
        connector = project.connectors[name]
        operation = connector.operation(operation_name)
        if operation is None:
            raise UnknownName(f"operation of {name}", operation_name, [one.name for one in connector.operations])
        found.setdefault((name, operation.entity), []).append(operation)
    return [_Group(project.connectors[name], operations) for (name, _), operations in found.items()]


def _with_destinations(
    groups: Sequence[_Group], to: Sequence[str], subscribed: Sequence[Subscribed], project: Project
) -> list[_Group]:
    """The groups with their destinations. Raises OperatorError if one has neither a destination nor a named entity."""
    unnamed = [group for group in groups if not all(_is_named(one, subscribed) for one in group.operations)]
    given: dict[str, list[str]] = {}
    for one in dict.fromkeys(to):
        connector, _, name = one.rpartition(":")
        offered = [group for group in groups if connector in ("", group.connector.name)]
        if not offered:
            raise OperatorError(f"--to {one!r} goes with --uses {connector or 'CONNECTOR'}:OPERATION")
        meant = [group for group in offered if group in unnamed] or offered
        if len(meant) > 1:
            which = " or ".join(sorted({f"--to {group.connector.name}:{name}" for group in meant}))
            raise OperatorError(f"--to {one!r}: which use is it for? Write {which}")
        given.setdefault(str(meant[0]), []).append(name)
    for group in unnamed:
        if str(group) not in given:
            naming = [name for name in event_types(project) if _would_name(group, name, project)]
            other = f", or subscribe to an event that names it ({', '.join(naming)})" if naming else ""
            raise OperatorError(
                f"{group} acts on {group.entity}, which no subscribed event names: add --to NAME, a destination that "
                f"you bind for each stage{other}"
            )
    return [replace(group, to=tuple(given.get(str(group), ()))) for group in groups]


def _is_named(operation: Operation, subscribed: Sequence[Subscribed]) -> bool:
    return any(names_entity(operation, one) for one in subscribed)


def _would_name(group: _Group, detail_type: str, project: Project) -> bool:
    named = named_by(project, detail_type, publishers(project, detail_type))
    return all(any(matches(one, each) is not None for each in named) for one in group.operations)


def _use(group: _Group) -> Use:
    names = [one.name for one in group.declared]
    return Use(group.connector.name, names, f"say here why: {', '.join(names)}"[:LONGEST_LINE], group.to)


def _shown(model: type[DomainEvent]) -> list[str]:
    """The fields of an event that the agent's text shows at first: short ones, without amounts of money."""
    left_out = MONEY if _has_money(model) else ()
    short = [name for name, value in model.example.items() if name not in left_out and _is_short(value)]
    return short[:MOST_SHOWN]


def _is_short(value: object) -> bool:
    return type(value) is int or (isinstance(value, str) and 0 < len(value) <= LONGEST_SHOWN)


def _has_money(model: type[DomainEvent]) -> bool:
    return set(MONEY) <= model.model_fields.keys()
