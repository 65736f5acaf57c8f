"""The addresses service's Lambda handler, woken on a schedule."""

import importlib
import time
from typing import Any

from functions.core import aws
from functions.core.addresses import PublishedLists
from functions.core.audit import Audit, sqs_sender
from functions.core.environment import AddressesEnvironment
from functions.core.errors import RetryableError
from functions.core.public_https import public_https
from functions.services.addresses.refresh import fetch

environment = AddressesEnvironment.read()
lists = PublishedLists(aws.client("dynamodb"), environment.deliveries_table)
audit = Audit("service.addresses", sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)
pool = public_https()


def handler(payload: Any, context: Any) -> None:
    """Refresh every source's list. Raises RetryableError at the end where one failed: the others are refreshed."""
    failed = []
    for name in environment.sources.split(","):
        manifest = importlib.import_module(f"functions.sources.{name}.manifest").MANIFEST
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
