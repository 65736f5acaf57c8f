"""Checks each reconcile.py against the source and the connector in its folder."""

from collections.abc import Iterator, Mapping

from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.identity import DeliveryId, SignedId
from functions.core.manifests.listing import Redelivery
from functions.core.manifests.reconcile import ReconcileManifest
from functions.core.manifests.source import SourceManifest
from hookline.validation.findings import Finding, hint
from hookline.validation.manifests import Declared


def check_reconciles(
    reconciles: Mapping[str, Declared | None],
    sources: Mapping[str, Declared | None],
    connectors: Mapping[str, Declared | None],
) -> Iterator[Finding]:
    """The findings of every reconcile.py. A source or connector that has findings itself is None, and not compared."""
    for name, one in reconciles.items():
        if one is None:
            continue
        for file, found in (("source.py", sources), ("connector.py", connectors)):
            if name not in found:
                yield one.finding(f"needs a {file} beside it: it compares what the two say", "MANIFEST")
        if source := sources.get(name):
            yield from _check_source(one, source.manifest)
        if connector := connectors.get(name):
            yield from _check_listing(one, connector.manifest)


def _check_source(one: Declared, source: SourceManifest) -> Iterator[Finding]:
    """What was fetched must get the id that its webhook would get, or a later webhook would be a second event."""
    identity = source.reading.identity
    if one.manifest.redelivers:
        if not isinstance(identity, DeliveryId):
            yield one.finding("redelivers, but source.py does not identify an event by its delivery", "redelivers")
    elif not isinstance(identity, SignedId) or not identity.paths:
        yield one.finding("source.py identifies an event by more than its body: it cannot be compared", "MANIFEST")
    elif source.reading.unsigned_headers:
        yield one.finding("source.py has unsigned_headers, a part of each id that no listing returns", "MANIFEST")


def _check_listing(one: Declared, connector: ConnectorManifest) -> Iterator[Finding]:
    manifest: ReconcileManifest = one.manifest
    known = [listing.name for listing in connector.listings]
    if manifest.listing not in known:
        what = f"reads listing {manifest.listing!r}, which connector.py does not declare"
        yield one.finding(f"{what}{hint(manifest.listing, known)}", "listing", manifest.listing)
    again = [listing.name for listing in connector.listings if isinstance(listing, Redelivery)]
    if manifest.redelivers and manifest.redelivers not in again:
        what = f"redelivers by {manifest.redelivers!r}, which connector.py does not declare as a Redelivery(…)"
        yield one.finding(f"{what}{hint(manifest.redelivers, again)}", "redelivers", manifest.redelivers)
