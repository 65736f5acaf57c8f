"""What manifests say of each other: every name that one of them uses is declared somewhere."""

from collections.abc import Collection, Iterator, Mapping

from functions.core.manifest.agent import AgentManifest, Use
from functions.core.manifest.connector import ConnectorManifest
from functions.core.reviews import SOURCE as REVIEW_DESK
from functions.core.signature_schemes import SCHEMES
from functions.taxonomy.catalogue import EVENTS
from functions.taxonomy.unmapped import Unmapped
from infra.checks.manifests import Declared
from infra.checks.mistakes import Mistake, close_to, meant

_TYPES = [detail_type for detail_type in EVENTS if detail_type != Unmapped.detail_type]


def check_agent(
    agent: Declared, known: Collection[str], connectors: Mapping[str, Declared | None]
) -> Iterator[Mistake]:
    """What is wrong with an agent's manifest beside the others.

    `known` are the identities that may publish; a connector whose own manifest is wrong is None.
    """
    manifest: AgentManifest = agent.manifest
    for heard in manifest.hears:
        unmapped = {f"{source.removeprefix('webhook.')}.{Unmapped.detail_type}" for source in heard.sources}
        if heard.detail_type not in EVENTS and {heard.detail_type} != unmapped:
            near = meant(heard.detail_type, [*_TYPES, *sorted(unmapped)])
            what = f"hears {heard.detail_type!r}, which the taxonomy does not have{near}"
            yield agent.mistake(what, *heard.sources, heard.detail_type)
        for source in heard.sources:
            if source not in known:
                what = f"hears from {source!r}, which nobody is{meant(source, known)}"
                yield agent.mistake(what, heard.detail_type, source)
    for said in manifest.says:
        if said not in EVENTS:
            yield agent.mistake(f"says {said!r}, which the taxonomy does not have{meant(said, _TYPES)}", "says", said)
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


def check_source(source: Declared) -> Iterator[Mistake]:
    """Its name picks the signature scheme."""
    name = source.manifest.name
    if name not in SCHEMES:
        what = f"SCHEMES in functions/core/signature_schemes.py has no row {name!r}{close_to(name, SCHEMES)}: add one"
        yield source.mistake(what, "name", name)


def publishers(agents: Collection[str], sources: Collection[str]) -> list[str]:
    """The identities that agents can hear, given the names of all folders, those with mistakes included."""
    return [REVIEW_DESK, *(f"webhook.{name}" for name in sources), *(f"agent.{name}" for name in agents)]
