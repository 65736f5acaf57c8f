"""The operations of the context connector."""

from collections.abc import Mapping
from typing import Any

from functions.core.context.timeline import Timelines
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import PermanentError
from functions.core.platform.platform import Platform

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500


class TimelineReader:
    """Reads timelines from DynamoDB."""

    def __init__(self, timelines: Timelines) -> None:
        self._timelines = timelines

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """The last `limit` (1 to 500, by default 50) entries of an entity's timeline, of one `type` or of all.

        Raises PermanentError if an argument is not valid.
        """
        limit = arguments.get("limit", DEFAULT_LIMIT)
        if not isinstance(limit, int) or not 1 <= limit <= LARGEST_LIMIT:
            raise PermanentError(f"limit {limit!r}: a whole number from 1 to {LARGEST_LIMIT}")
        kind = arguments.get("type")
        if not isinstance(kind, str | None):
            raise PermanentError(f"type {kind!r}: a detail type like 'payment.succeeded'")
        return self._timelines.read(arguments["entity"], limit, kind)


def performer(manifest: ConnectorManifest, platform: Platform) -> TimelineReader:
    """The reader of the deployed table."""
    table = ConnectorEnvironment.read(platform.environ).timelines_table
    return TimelineReader(Timelines(platform.client("dynamodb"), table))
