"""The operations of the context connector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.authority.vouchers import Confirmation, Followed
from functions.core.context.following import follow
from functions.core.context.link_rules import Rules
from functions.core.context.links import Links
from functions.core.context.timeline import Timelines
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import PermanentError
from functions.core.platform.platform import Platform
from functions.core.platform.times import Clock

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500


@dataclass(frozen=True)
class TimelineReader:
    """Reads timelines from DynamoDB."""

    timelines: Timelines

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
        return self.timelines.read(arguments["entity"], limit, kind)


@dataclass(frozen=True)
class Context(TimelineReader):
    """Reads timelines, and follows links as the rules of the operator's settings allow."""

    links: Links
    rules: Rules
    clock: Clock

    def follow(self, entity: str, confirmed: Confirmation | None) -> Followed:
        """What the link of `entity`, whose addresses `confirmed` has, leads to."""
        return follow(entity, confirmed, self.rules, self.links, self.clock())


def performer(manifest: ConnectorManifest, platform: Platform) -> Context:
    """What reads the deployed table."""
    environment = ConnectorEnvironment.read(platform.environ)
    dynamodb, table = platform.client("dynamodb"), environment.timelines_table
    rules = Rules.read(environment.links)
    return Context(Timelines(dynamodb, table), Links(dynamodb, table), rules, platform.clock)
