"""The addresses that a provider sends from: the list that it publishes, or the last valid one if that fails."""

import json
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from functions.core.manifests.source import SourceManifest
from functions.core.platform.errors import RetryableError
from functions.core.platform.times import Clock

Networks = Sequence[IPv4Network | IPv6Network]

# No provider sends from a wider block: one in a list is an error or an attack.
WIDEST = {4: 8, 6: 19}
MOST_BLOCKS = 2000
LIST_SECONDS = 300
COUNTED = {4: 24, 6: 48}  # the blocks that rejections are counted by: about one site each


def networks(blocks: Sequence[Any]) -> Networks:
    """The networks of CIDR blocks or bare addresses.

    Raises RetryableError if the list is empty or too long, or has another value or a block that is too wide.
    """
    try:
        parsed = [ip_network(block) for block in blocks if isinstance(block, str)]
    except ValueError as error:
        raise RetryableError(f"not a list of addresses: {error}") from None
    if not 0 < len(parsed) <= MOST_BLOCKS or len(parsed) != len(blocks):
        raise RetryableError(f"not a list of 1 to {MOST_BLOCKS} addresses")
    for network in parsed:
        if network.prefixlen < WIDEST[network.version]:
            raise RetryableError(f"{network} is too wide to be a provider's")
    return parsed


def block_of(address: str) -> str:
    """The block of about one site that an address is in, "" if it is not an address."""
    try:
        return str(ip_network((address, COUNTED[ip_address(address).version]), strict=False))
    except ValueError:
        return ""


class PublishedLists:
    """The lists that the addresses service stores in the delivery table, which also has the claims."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def put(self, source: str, blocks: Sequence[str], now: float) -> None:
        """Store a checked list."""
        item = {**_key(source), "blocks": {"S": json.dumps(list(blocks))}, "fetched": {"N": str(int(now))}}
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def get(self, source: str) -> Networks | None:
        """The last valid list, None if none was fetched yet."""
        item = self._dynamodb.get_item(TableName=self._table, Key=_key(source)).get("Item")
        return networks(json.loads(item["blocks"]["S"])) if item else None


class Allowed:
    """Where the deliveries of `source` may come from: its published list, or its manifest's until there is one.

    The list is kept in memory for LIST_SECONDS.
    """

    def __init__(self, source: SourceManifest, lists: PublishedLists, clock: Clock) -> None:
        self._source = source
        self._lists = lists
        self._clock = clock
        self._read_at = float("-inf")
        self._networks: Networks = ()

    def __call__(self) -> Networks:
        now = self._clock()
        if now - self._read_at >= LIST_SECONDS:
            self._networks = self._lists.get(self._source.name) or networks(self._source.addresses)
            self._read_at = now
        return self._networks


def _key(source: str) -> dict[str, Any]:
    return {"id": {"S": f"addresses#{source}"}}
