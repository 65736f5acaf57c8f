"""The recorder: batches of the audit queues."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.core.audit.append import Chains, Tables
from functions.core.audit.bounds import bounded
from functions.core.audit.messages import IDENTITY, records_in
from functions.core.platform.environment import RecorderEnvironment
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform

FLOODED = "FloodedBatches"


def start(platform: Platform) -> Handler:
    """The handler of the recorder."""
    environment = RecorderEnvironment.read(platform.environ)
    tables = Tables(environment.audit_table, environment.chains_table, environment.trees_table)
    chains = Chains(platform.client("dynamodb"), tables)

    def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
        """Append each identity's records. If that fails, all messages with its records return to their queue."""
        messages = {message["messageId"]: records_in(message) for message in payload["Records"]}
        by_identity, floods = bounded(record for records in messages.values() for record in records)
        for flood in floods:
            log.error("a flood of records", identity=flood["resource"], reason=flood["reason"])
            with single_metric(
                FLOODED, MetricUnit.Count, 1, namespace="Hookline", default_dimensions={"service": IDENTITY}
            ):
                pass
        failed: set[str] = set()
        for identity, records in by_identity.items():
            try:
                end = chains.append(identity, records)
            except Exception as error:  # noqa: BLE001 - the messages return, and the other chains continue
                log.error("records return to the queue", identity=identity, reason=f"{type(error).__name__}: {error}")
                failed.add(identity)
            else:
                # The log is a second witness of the chain's end, until a checkpoint signs it.
                log.info("appended", identity=identity, records=len(records), seq=end.seq, hash=end.hash)
        if IDENTITY in failed:  # what was dropped of a flood is on record, or comes again
            failed |= {flood["resource"] for flood in floods}
        returned = [id for id, records in messages.items() if failed & {record["identity"] for record in records}]
        return {"batchItemFailures": [{"itemIdentifier": id} for id in returned]}

    return handler
