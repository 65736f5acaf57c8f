"""The recorder's Lambda handler: batches of the audit queue, a FIFO queue with a group for each identity."""

import json
from typing import Any

from functions.core import aws
from functions.core.environment import RecorderEnvironment
from functions.core.log import log
from functions.services.recorder.append import Chains

chains = Chains(aws.client("dynamodb"), RecorderEnvironment.read().audit_table)


def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
    """Append each identity's records; where that fails, all of its messages come back, so their order is kept."""
    messages: dict[str, list[dict[str, Any]]] = {}
    for message in payload["Records"]:
        messages.setdefault(message["attributes"]["MessageGroupId"], []).append(message)
    failed: list[str] = []
    for identity, group in messages.items():
        try:
            chains.append(identity, [json.loads(message["body"]) for message in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, the messages must come back and the others go on
            log.error("records of %s come back: %s: %s", identity, type(error).__name__, error)
            failed += [message["messageId"] for message in group]
        else:
            log.info("appended", identity=identity, records=len(group))
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}
