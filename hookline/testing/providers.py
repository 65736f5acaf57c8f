"""A connector's HTTP API at a sandbox's address."""

from collections.abc import Callable

import urllib3

from functions.core.gate.outbound import Provider
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.times import Clock


def at_sandbox(
    manifest: ConnectorManifest,
    secret: Callable[[], str],
    address: str,
    clock: Clock = lambda: 0.0,
    kind: type[Provider] = Provider,
) -> Provider:
    """The API that `manifest` declares, served at `address` instead of its host, as `kind` performs its operations."""
    return kind(manifest, secret, urllib3.PoolManager(retries=False), clock, address)
