"""The addresses service's Lambda handler, woken on a schedule."""

import importlib
import time
from typing import Any

from functions.core.audit.records import Audit, sqs_sender
from functions.core.ingress.address_lists import fetch
from functions.core.ingress.addresses import PublishedLists
from functions.core.platform import aws
from functions.core.platform.environment import AddressesEnvironment
from functions.core.platform.errors import RetryableError
from functions.core.platform.public_https import public_https

environment = AddressesEnvironment.read()
lists = PublishedLists(aws.client("dynamodb"), environment.deliveries_table)
audit = Audit("service.addresses", sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)
pool = public_https()


def handler(payload: Any, context: Any) -> None:
    """Refresh every source's list. Raises RetryableError at the end where one failed: the others are refreshed."""
    failed = []
    for name in environment.sources.split(","):
        manifest = importlib.import_module(f"functions.providers.{name}.source").MANIFEST
        try:
            lists.put(name, fetch(pool, manifest.published), time.time())
        except RetryableError as error:
            failed.append(name)
            audit.record("failed", resource=manifest.identity, reason=str(error))
        else:
            audit.record("refreshed", resource=manifest.identity)
    audit.flush()
    if failed:
        raise RetryableError(f"the lists of {', '.join(failed)} could not be refreshed; their last good ones hold")
