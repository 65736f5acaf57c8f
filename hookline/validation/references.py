"""Checks the references between manifests: every name that one of them uses is declared somewhere."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from functions.core.events.reviews import DECISIONS, REVIEW_OPENED, TO_SERVICE
from functions.core.events.reviews import SOURCE as REVIEW_SERVICE
from functions.core.events.tasks import ADDRESSED, RUN_CANCELLED, RUN_DEADLINE, RUN_ENDED
from functions.core.events.waits import WAIT_EXPIRED
from functions.core.manifests.agent import PUBLISHERS, AgentManifest, Subscription, Use
from functions.core.manifests.checks import DETAIL_TYPE, OPERATION, is_name
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.source import SourceManifest
from functions.core.platform.detail_types import UNMAPPED
from functions.core.workflows.published import published
from hookline.validation.findings import Finding, hint
from hookline.validation.manifests import Declared

# What the engine alone publishes: an agent by an outcome, and no source translates to it.
OF_THE_ENGINE = (
    *(*TO_SERVICE, REVIEW_OPENED, *DECISIONS, *ADDRESSED, RUN_ENDED),
    *(RUN_DEADLINE, RUN_CANCELLED, WAIT_EXPIRED),
)


def check_agent(
    agent: Declared,
    types: Collection[str] | None,
    known: Collection[str],
    connectors: Mapping[str, Declared | None],
) -> Iterator[Finding]:
    """The findings in an agent's manifest compared with the others.

    A malformed name is a finding of its manifest already. `types` are the detail types of the catalogue, None if part
    of it cannot be read; `known` are the identities that may publish; a connector whose own manifest has findings is
    None.
    """
    manifest: AgentManifest = agent.manifest
    if types is not None:
        yield from _check_types(agent, types)
    for subscription in manifest.receives:
        for source in subscription.sources:
            if source not in known and source.startswith(PUBLISHERS):
                what = (
                    f"{wants(manifest, subscription)} events of {source!r}, which does not exist{hint(source, known)}"
                )
                yield agent.finding(what, subscription.detail_type, source)
    for use in manifest.uses:
        if use.connector not in connectors and is_name(use.connector):
            what = f"uses connector {use.connector!r}, which does not exist{hint(use.connector, connectors)}"
            yield agent.finding(what, *use.operations, use.connector)
        elif connector := connectors.get(use.connector):
            yield from _check_use(agent, use, connector.manifest)
            if use.connector == manifest.model_connector:
                yield from _check_model(agent, use, connector.manifest)


def check_source(source: Declared, types: Collection[str] | None) -> Iterator[Finding]:
    """The findings in a source's manifest compared with the domain events, whose detail types are `types`."""
    manifest: SourceManifest = source.manifest
    there = [name for name in types or () if name != UNMAPPED]
    for raw_type, declared in manifest.detail_types.items():
        for name in declared:
            if types is not None and name not in there and DETAIL_TYPE.fullmatch(name):
                what = f"translates {raw_type!r} to {name!r}, which is not a domain event{hint(name, there)}"
                yield source.finding(what, raw_type, name)
            elif name in OF_THE_ENGINE:
                yield source.finding(
                    f"translates {raw_type!r} to {name!r}, which Hookline alone publishes", raw_type, name
                )


def _check_types(agent: Declared, types: Collection[str]) -> Iterator[Finding]:
    manifest: AgentManifest = agent.manifest
    there = [name for name in types if name != UNMAPPED]
    for subscription in manifest.receives:
        unmapped = {f"{source.removeprefix('webhook.')}.{UNMAPPED}" for source in subscription.sources}
        named = subscription.detail_type not in types and DETAIL_TYPE.fullmatch(subscription.detail_type)
        if named and {subscription.detail_type} != unmapped:
            near = hint(subscription.detail_type, [*there, *sorted(unmapped)])
            what = f"{wants(manifest, subscription)} {subscription.detail_type!r}, which is not a domain event{near}"
            yield agent.finding(what, *subscription.sources, subscription.detail_type)
    for one in manifest.waits:
        if one.detail_type in (*DECISIONS, *ADDRESSED):
            what = f"waits for {one.detail_type!r}: that wakes the agent which it is for without a wait"
            yield agent.finding(what, "waits", one.detail_type)
    for said in manifest.publishes:
        if said not in types and DETAIL_TYPE.fullmatch(said):
            what = f"publishes {said!r}, which is not a domain event{hint(said, there)}"
            yield agent.finding(what, "publishes", said)
        elif said in OF_THE_ENGINE:
            what = f"publishes {said!r}, which no manifest declares: Hookline publishes it for an outcome"
            yield agent.finding(what, "publishes", said)


def _check_use(agent: Declared, use: Use, connector: ConnectorManifest) -> Iterator[Finding]:
    names = [operation.name for operation in connector.operations]
    for name in use.operations:
        if name not in names and OPERATION.fullmatch(name):
            what = f"uses {use.connector} {name!r}, which that connector does not declare{hint(name, names)}"
            yield agent.finding(what, use.connector, name)
    declared = agent.manifest.operations_of(use.connector)
    for one in connector.operations:
        if one.name in use.operations and one.state and one.state.operation not in declared:
            read = one.state.operation
            what = f"uses {use.connector} {one.name!r}, and people review its state before: use {read!r} too"
            yield agent.finding(what, use.connector, one.name)
    touched = sorted({one.entity for one in connector.operations if one.name in use.operations})
    if use.to and len(touched) > 1:
        what = f"destinations of operations on {' and on '.join(touched)}: write a use for each of them"
        yield agent.finding(what, use.connector, use.to[0])


def _check_model(agent: Declared, use: Use, connector: ConnectorManifest) -> Iterator[Finding]:
    """The finding for a model that its connector does not have, or does not call by what the agent uses."""
    manifest: AgentManifest = agent.manifest
    calls = [operation.name for operation in connector.operations if operation.model]
    if not calls:
        yield agent.finding(f"model {manifest.model!r}: connector {connector.name!r} calls no models", "model")
    elif not set(calls) & set(manifest.operations_of(connector.name)):
        example = f'Use("{connector.name}", ["{calls[0]}"], "<why>")'
        yield agent.finding(f"model {manifest.model!r}: add {example} to uses, which calls it", "model")
    elif connector.access(manifest.model_id) is None:
        forms = ", or ".join(one.form for one in connector.models)
        yield agent.finding(f"model {manifest.model!r}: {manifest.model_id!r} is not {forms}", "model")


def check_handoffs(agents: Sequence[Declared]) -> Iterator[Finding]:
    """Subscriptions to what an agent never publishes; they never receive an event."""
    types_of = {one.manifest.identity: published(one.manifest) for one in agents}
    for agent in agents:
        for subscription in agent.manifest.receives:
            name = subscription.detail_type
            for source in types_of.keys() & set(subscription.sources):
                if name not in types_of[source] and DETAIL_TYPE.fullmatch(name):
                    what = f"{wants(agent.manifest, subscription)} {name!r} from {source!r}, which does not publish it"
                    yield agent.finding(f"{what}{hint(name, types_of[source])}", source, name)


def wants(agent: AgentManifest, one: Subscription) -> str:
    """What an agent does with the events of `one`, as the verb of a finding."""
    return "waits for" if any(one is other for other in agent.waits) else "subscribes to"


def publishers(agents: Collection[str], sources: Collection[str]) -> list[str]:
    """The identities that agents can subscribe to, given the names of all folders, those with findings included."""
    return [REVIEW_SERVICE, *(f"webhook.{name}" for name in sources), *(f"agent.{name}" for name in agents)]
