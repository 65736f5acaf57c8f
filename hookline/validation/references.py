"""What manifests say of each other: every name that one of them uses is declared somewhere."""

from collections.abc import Collection, Iterator, Mapping

from functions.core.events.catalogue import UNMAPPED, events
from functions.core.events.reviews import SOURCE as REVIEW_DESK
from functions.core.manifests.agent import AgentManifest, Use
from functions.core.manifests.connector import ConnectorManifest
from hookline.validation.manifests import Declared
from hookline.validation.mistakes import Mistake, meant


def check_agent(
    agent: Declared, known: Collection[str], connectors: Mapping[str, Declared | None]
) -> Iterator[Mistake]:
    """What is wrong with an agent's manifest beside the others.

    `known` are the identities that may publish; a connector whose own manifest is wrong is None.
    """
    manifest: AgentManifest = agent.manifest
    for heard in manifest.hears:
        unmapped = {f"{source.removeprefix('webhook.')}.{UNMAPPED}" for source in heard.sources}
        if heard.detail_type not in events() and {heard.detail_type} != unmapped:
            near = meant(heard.detail_type, [*_types(), *sorted(unmapped)])
            what = f"hears {heard.detail_type!r}, which the taxonomy does not have{near}"
            yield agent.mistake(what, *heard.sources, heard.detail_type)
        for source in heard.sources:
            if source not in known:
                what = f"hears from {source!r}, which nobody is{meant(source, known)}"
                yield agent.mistake(what, heard.detail_type, source)
    for said in manifest.says:
        if said not in events():
            yield agent.mistake(f"says {said!r}, which the taxonomy does not have{meant(said, _types())}", "says", said)
    for use in manifest.uses:
        if use.connector not in connectors:
            what = f"uses connector {use.connector!r}, which does not exist{meant(use.connector, connectors)}"
            yield agent.mistake(what, *use.operations, use.connector)
        elif connector := connectors[use.connector]:
            yield from _check_use(agent, use, connector.manifest)


def _check_use(agent: Declared, use: Use, connector: ConnectorManifest) -> Iterator[Mistake]:
    names = [operation.name for operation in connector.operations]
    for name in use.operations:
        if name not in names:
            what = f"uses {use.connector} {name!r}, which that connector does not declare{meant(name, names)}"
            yield agent.mistake(what, use.connector, name)


def publishers(agents: Collection[str], sources: Collection[str]) -> list[str]:
    """The identities that agents can hear, given the names of all folders, those with mistakes included."""
    return [REVIEW_DESK, *(f"webhook.{name}" for name in sources), *(f"agent.{name}" for name in agents)]


def _types() -> list[str]:
    return [detail_type for detail_type in events() if detail_type != UNMAPPED]
