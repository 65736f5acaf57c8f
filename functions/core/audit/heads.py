"""The heads of the audit chains: a small table of its own, with one item for each chain."""

from typing import Any

from functions.core.audit.chain import Head


def read_heads(dynamodb: Any, table: str) -> dict[str, Head]:
    """The head of every chain, by identity. Reading them needs no access to the records."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return dict(sorted((item["chain"]["S"], head_in(item)) for page in pages for item in page["Items"]))


def read_head(dynamodb: Any, table: str, chain: str) -> Head:
    """The head of one chain; that of an empty chain if missing."""
    item = dynamodb.get_item(TableName=table, Key={"chain": {"S": chain}}, ConsistentRead=True).get("Item")
    return head_in(item) if item else Head()


def head_in(item: dict[str, Any]) -> Head:
    """The head in an item of the table."""
    return Head(int(item["seq"]["N"]), item["hash"]["S"])


def head_item(chain: str, head: Head) -> dict[str, Any]:
    """The item of a chain's head."""
    return {"chain": {"S": chain}, "seq": {"N": str(head.seq)}, "hash": {"S": head.hash}}
