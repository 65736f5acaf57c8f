"""The addresses service, invoked on a schedule: refreshes the published lists of addresses."""

import importlib
from typing import Any

from functions.core.audit.records import audit_of
from functions.core.ingress.address_lists import fetch
from functions.core.ingress.addresses import PublishedLists
from functions.core.platform.environment import AddressesEnvironment
from functions.core.platform.errors import RetryableError
from functions.core.platform.platform import Handler, Platform


def start(platform: Platform) -> Handler:
    """The handler of the addresses service."""
    environment = AddressesEnvironment.read(platform.environ)
    lists = PublishedLists(platform.client("dynamodb"), environment.deliveries_table)
    audit = audit_of(platform, "service.addresses", environment)
    pool = platform.https()

    def handler(payload: Any, context: Any) -> None:
        """Refresh every source's list. Raises RetryableError at the end if one failed: the others are refreshed."""
        failed = []
        for name in environment.sources.split(","):
            manifest = importlib.import_module(f"functions.providers.{name}.source").MANIFEST
            try:
                lists.put(name, fetch(pool, manifest.published, platform.monotonic), platform.clock())
            except RetryableError as error:
                failed.append(name)
                audit.record("failed", resource=manifest.identity, reason=str(error))
            else:
                audit.record("refreshed", resource=manifest.identity)
        audit.flush()
        if failed:
            raise RetryableError(f"the lists of {', '.join(failed)} could not be refreshed; their last good ones hold")

    return handler
