"""What an agent could never do: events that never come, entities that no event names, uses that no policy permits."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from functions.core.events.reviews import DECISIONS, REVIEW_OPENED, TO_SERVICE
from functions.core.events.reviews import SOURCE as REVIEW_SERVICE
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.operation import Operation
from functions.core.manifests.source import SourceManifest
from functions.core.platform.detail_types import UNMAPPED
from hookline.validation.findings import Finding, hint
from hookline.validation.manifests import Declared
from hookline.validation.references import wants

ANY = "*"  # the kind of an entity that is not known
WHOLE = "{"  # what the entity of an operation starts with that acts on any
OF_REVIEWS = (REVIEW_OPENED, *DECISIONS)

Found = Mapping[str, Declared | None]
Kinds = Mapping[tuple[str, str], Iterable[str]]


@dataclass(frozen=True)
class Reach:
    """What is declared: by name, None for what cannot be read, of which nothing is said.

    `types` are the detail types of the domain events, `shown` are the kinds of entities that fixtures show, by source
    and detail type.
    """

    agents: Found
    sources: Found
    connectors: Found
    types: Collection[str]
    shown: Kinds

    def findings(self) -> Iterator[Finding]:
        """What can never happen."""
        for agent in filter(None, self.agents.values()):
            yield from self._silent(agent)
            yield from self._unmatched(agent)
            for use, operation in self._operations(agent):
                wanted, named = _kind(operation), self._named_to(agent.manifest)
                if not use.to and not _matches(wanted, named) and not self._follows_links(agent):
                    shown = "an entity" if wanted.startswith(WHOLE) else f"a {wanted}"
                    what = (
                        f"{use.connector} {operation.name!r} can never act: no event that wakes the agent names {shown}"
                    )
                    yield agent.finding(f"{what}; {self._advice(wanted)}", use.connector, operation.name)
                for kind in (one.partition("/")[0] for one in operation.also):
                    if not _matches(kind, named):
                        what = f"{use.connector} {operation.name!r} can never act: it is also on a {kind}, which"
                        advice = self._advice(kind).partition(", or bind")[0]
                        yield agent.finding(
                            f"{what} no event that wakes the agent names; {advice}", use.connector, operation.name
                        )

    def warnings(self) -> Iterator[Finding]:
        """What is legitimate, but may be a mistake."""
        for agent in filter(None, self.agents.values()):
            for published in agent.manifest.publishes:
                if None not in self.agents.values() and not self._is_subscribed(agent.manifest.identity, published):
                    yield agent.finding(
                        f"publishes {published!r}, which no agent subscribes to", "publishes", published
                    )
            for use, operation in self._operations(agent):
                types = [one for one in self._types_to(agent.manifest) if one in self.shown]
                wanted = _kind(operation)
                named = [kind for one in types for kind in self.shown[one]]
                declared = _matches(wanted, self._named_to(agent.manifest))
                if (
                    types
                    and not use.to
                    and declared
                    and not _matches(wanted, named)
                    and not self._follows_links(agent)
                    and self._all_shown(agent.manifest)
                ):
                    events = ", ".join(dict.fromkeys(name for _, name in types))
                    what = f"{use.connector} {operation.name!r} may never act: no fixture of {events} names a {wanted}"
                    yield agent.finding(f"{what}; {self._advice(wanted)}", use.connector, operation.name)
            yield from self._translated(agent)

    def _silent(self, agent: Declared) -> Iterator[Finding]:
        """Subscriptions to what their source never publishes."""
        for one in agent.manifest.receives:
            for publisher in one.sources:
                if why := self._never(one, publisher):
                    yield agent.finding(
                        f"{wants(agent.manifest, one)} {one.detail_type!r} from {publisher!r}, {why}",
                        publisher,
                        one.detail_type,
                    )

    def _unmatched(self, agent: Declared) -> Iterator[Finding]:
        """Waits that nothing can match: what comes names no entity of a kind that the agent could wait for."""
        own = self._named_to(agent.manifest)
        for one in agent.manifest.waits:
            come = {
                kind
                for publisher in one.sources
                for kind in self._named_by(publisher, one.detail_type, ())  # it may wait for an event of its own
            }
            if own and not any(fnmatchcase(a, b) or fnmatchcase(b, a) for a in own for b in come):
                what = f"waits for {one.detail_type!r}, which names no entity of a kind that wakes it"
                woken = ", ".join(sorted(own))
                yield agent.finding(f"{what} ({woken}): no wait can be matched", "waits", one.detail_type)

    def _never(self, one: Subscription, publisher: str) -> str:
        """Why a publisher never publishes what a subscription names; "" if it does, or that is a finding already."""
        if one.detail_type not in self.types and not one.raw:
            return ""
        if publisher == REVIEW_SERVICE:
            if one.detail_type in OF_REVIEWS:
                return ""
            return f"which publishes {', '.join(OF_REVIEWS)} only"
        source = self._source(publisher)
        if source is None:
            return ""  # an agent (references.py), or one that cannot be read
        if one.detail_type == f"{source.name}.{UNMAPPED}":
            pings = [raw for raw in one.raw if raw in source.pings]
            return f"which acknowledges {', '.join(pings)} and publishes no event" if pings == list(one.raw) else ""
        made = sorted({name for types in source.detail_types.values() for name in types})
        if one.detail_type in made:
            return ""
        others = [source.identity for source in self._all_sources() if one.detail_type in _types(source)]
        others += [
            one_.manifest.identity
            for one_ in filter(None, self.agents.values())
            if one.detail_type in one_.manifest.publishes
        ]
        near = (
            f" ({' and '.join(others)} {'do' if len(others) > 1 else 'does'})"
            if others
            else hint(one.detail_type, made)
        )
        return f"which translates nothing to it{near}"

    def _translated(self, agent: Declared) -> Iterator[Finding]:
        """Raw types that have a translation: events of the tenants that are expected are not unmapped."""
        for one in agent.manifest.subscribes:
            for source in filter(None, map(self._source, one.sources)):
                for raw in one.raw:
                    types = [
                        name for name, made in source.detail_types.items() if fnmatchcase(raw, name) for name in made
                    ]
                    if types:
                        what = f"subscribes to raw {raw!r}, which {source.identity} translates to {' or '.join(types)}"
                        yield agent.finding(
                            f"{what}: only what names no expected tenant is unmapped", one.detail_type, raw
                        )

    def _operations(self, agent: Declared) -> Iterator[tuple[Use, Operation]]:
        """The operations that an agent uses, without those that are findings already."""
        for use in agent.manifest.uses:
            connector = self.connectors.get(use.connector)
            for name in use.operations if connector else ():
                operation = connector and connector.manifest.operation(name)
                if operation and not operation.model:  # a manifest names the model, and no event does
                    yield use, operation

    def _follows_links(self, agent: Declared) -> bool:
        """Whether links can lead the agent to entities that no event names: the settings say to which."""
        return any(operation.extends for _, operation in self._operations(agent))

    def _named_to(self, agent: AgentManifest, seen: frozenset[str] = frozenset()) -> set[str]:
        """The kinds of entities that a grant can name that reaches an agent, by any event that wakes it."""
        kinds: set[str] = set()
        for one in agent.subscribes:
            for publisher in one.sources:
                kinds |= self._named_by(publisher, one.detail_type, {agent.identity, *seen})
        return kinds

    def _named_by(self, publisher: str, detail_type: str, seen: Iterable[str]) -> set[str]:
        part, _, name = publisher.partition(".")
        if part == "webhook":
            source = self._source(publisher)
            if source is None:
                return {ANY}
            return set() if detail_type.endswith(f".{UNMAPPED}") else set(source.kinds)
        if part == "agent" and publisher not in seen:
            other = self.agents.get(name)
            return self._named_to(other.manifest, frozenset(seen)) if other else {ANY}  # a grant is passed on
        return set()  # the grant of a decision is that of the event which the agent asked about

    def _types_to(self, agent: AgentManifest, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
        """The sources and detail types of the deliveries that a grant can come from that reaches an agent."""
        for one in agent.subscribes:
            for publisher in one.sources:
                other = self.agents.get(publisher.removeprefix("agent."))
                if publisher.startswith("webhook."):
                    yield publisher, one.detail_type
                elif publisher.startswith("agent.") and other and publisher not in {agent.identity, *seen}:
                    yield from self._types_to(other.manifest, frozenset({agent.identity, *seen}))

    def _all_shown(self, agent: AgentManifest) -> bool:
        """Whether fixtures show all deliveries that can wake an agent."""
        return all(one in self.shown for one in self._types_to(agent) if not one[1].endswith(f".{UNMAPPED}"))

    def _is_subscribed(self, publisher: str, detail_type: str) -> bool:
        agents = (agent.manifest for agent in self.agents.values() if agent)
        by_review_service = detail_type in TO_SERVICE
        wanted = (one for agent in agents for one in agent.receives)
        return by_review_service or any(one.covers(publisher, detail_type) for one in wanted)

    def _advice(self, kind: str) -> str:
        """Which events name an entity of a kind, and what else to do."""
        bound = "bind a destination with to=[…]"
        if kind.startswith(WHOLE):
            return "subscribe to an event that names one"
        events = {(name, source) for (source, name), kinds in self.shown.items() if kind in kinds}
        for source in self._all_sources():
            if not any(of == source.identity for _, of in events) and _matches(kind, _named(source)):
                events |= {(name, source.identity) for name in _types(source)}
        if not events:
            return f"no event names one; {bound}"
        of_each = {
            of: [name for name, source in sorted(events) if source == of] for of in sorted({of for _, of in events})
        }
        listed = " and ".join(f"{', '.join(names)} of {source}" for source, names in of_each.items())
        return f"subscribe to one that does ({listed}), or {bound}"

    def _source(self, publisher: str) -> SourceManifest | None:
        found = self.sources.get(publisher.removeprefix("webhook.")) if publisher.startswith("webhook.") else None
        return found.manifest if found else None

    def _all_sources(self) -> Iterator[SourceManifest]:
        return (source.manifest for source in self.sources.values() if source)


def _kind(operation: Operation) -> str:
    return operation.entity.partition("/")[0]


def _matches(wanted: str, named: Iterable[str]) -> bool:
    """Whether one of the kinds, which may be patterns, is the wanted one; any of them is, for the whole entity."""
    kinds = list(named)
    return bool(kinds) if wanted.startswith(WHOLE) else any(fnmatchcase(wanted, kind) for kind in kinds)


def _named(source: SourceManifest) -> set[str]:
    return set(source.kinds)


def _types(source: SourceManifest) -> list[str]:
    return [name for types in source.detail_types.values() for name in types]
