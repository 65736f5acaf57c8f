"""The recorder: batches of the audit queue, a FIFO queue with a group for each identity."""

from typing import Any

from functions.core.audit.append import Chains
from functions.core.audit.messages import is_in_foreign_group, record_in
from functions.core.platform.environment import RecorderEnvironment
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform


def start(platform: Platform) -> Handler:
    """The handler of the recorder."""
    environment = RecorderEnvironment.read(platform.environ)
    chains = Chains(platform.client("dynamodb"), environment.audit_table, environment.heads_table)

    def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
        """Append each identity's records. If that fails, all its messages return to the queue, which keeps their order.

        A message in another identity's group is dropped instead: it would block that group, and only an attacker
        sends one.
        """
        chained: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
        for message in payload["Records"]:
            record = record_in(message)
            chained.setdefault(record["identity"], []).append((message, record))
        failed: list[str] = []
        for identity, group in chained.items():
            try:
                chains.append(identity, [record for _, record in group])
            except Exception as error:  # noqa: BLE001 - the messages return, and the other chains continue
                dropped = [record for message, record in group if is_in_foreign_group(message)]
                log.error(
                    "records return to the queue",
                    identity=identity,
                    reason=f"{type(error).__name__}: {error}",
                    dropped=dropped,
                )
                failed += [message["messageId"] for message, _ in group if not is_in_foreign_group(message)]
            else:
                log.info("appended", identity=identity, records=len(group))
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

    return handler
