"""The heads of the audit chains, from their last segments."""

from typing import Any

from functions.core.audit.chain import Head
from functions.core.audit.segments import head_in

HEAD = ("last", "hash")  # the attributes of a segment that say where its chain ends


def read_heads(dynamodb: Any, chains: str, segments: str) -> dict[str, Head]:
    """The head of every chain, by identity; `chains` and `segments` are tables. It reads no records."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=chains, ConsistentRead=True)
    names = sorted(item["chain"]["S"] for page in pages for item in page["Items"])
    return {name: read_head(dynamodb, segments, name) for name in names}


def read_head(dynamodb: Any, segments: str, chain: str) -> Head:
    """The head of one chain; that of an empty chain if missing."""
    found = dynamodb.query(
        TableName=segments,
        KeyConditionExpression="chain = :chain",
        ExpressionAttributeValues={":chain": {"S": chain}},
        Select="SPECIFIC_ATTRIBUTES",
        ProjectionExpression=",".join(f"#{name}" for name in HEAD),
        ExpressionAttributeNames={f"#{name}": name for name in HEAD},
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=1,
    )["Items"]
    return head_in(found[0]) if found else Head()
