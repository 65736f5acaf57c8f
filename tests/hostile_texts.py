"""Text that runs as a script wherever it is not escaped, in everything that the console shows."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from functions.core.audit.chain import Head, link
from functions.core.audit.segments import segment_item
from functions.core.authority.proposals import Proposal
from functions.core.events.event import Event
from functions.core.platform.action import Action
from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Review, review_id
from functions.core.reviews.store import Reviews
from infra import naming

TEXT = "\"'></pre></script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\u202e"
IDENTITY = "webhook.hostile"
EVENT = f"hostile:{TEXT}"
REVIEW = review_id(EVENT)
FIELDS = ("action", "resource", "decision", "reason", "who", "destination", "review")
KINDS = ("published", "rejected", "denied", "failed", TEXT)


@contextmanager
def everywhere(dynamodb: Any, sqs: Any, queue: str) -> Iterator[None]:
    """A chain, a review and a message in `queue` are there meanwhile; each of their texts is TEXT."""
    now = time.time()
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    segment, tree = _segment(now), {"correlation": {"S": EVENT}, "segment": {"S": f"{IDENTITY}#1"}}
    dynamodb.put_item(TableName=naming.CHAINS_TABLE, Item={"chain": {"S": IDENTITY}})
    dynamodb.put_item(TableName=naming.AUDIT_TABLE, Item=segment)
    dynamodb.put_item(TableName=naming.TREES_TABLE, Item=tree)
    Reviews(dynamodb, naming.REVIEWS_TABLE).open(_review(now))
    reason = {"reason": {"DataType": "String", "StringValue": TEXT}}
    body = {"detail": {"id": EVENT, TEXT: TEXT}}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), MessageAttributes=reason)
    try:
        yield
    finally:
        sqs.purge_queue(QueueUrl=url)
        dynamodb.delete_item(TableName=naming.REVIEWS_TABLE, Key={"id": {"S": REVIEW}})
        dynamodb.delete_item(TableName=naming.TREES_TABLE, Key=tree)
        key = {name: segment[name] for name in ("chain", "first")}
        dynamodb.delete_item(TableName=naming.AUDIT_TABLE, Key=key)
        dynamodb.delete_item(TableName=naming.CHAINS_TABLE, Key={"chain": {"S": IDENTITY}})


def _segment(now: float) -> dict[str, Any]:
    about = {"event": EVENT, "causation": "", "correlation": EVENT, "claimed": "", "usage": {}}
    hostile = {**dict.fromkeys(FIELDS, TEXT), "policies": [TEXT], "digests": {TEXT: TEXT}}
    records = [
        {"id": str(n), "at": rfc3339(now), "identity": IDENTITY, "kind": kind, **about, **hostile}
        for n, kind in enumerate(KINDS)
    ]
    head, linked = link(Head(), records)
    return segment_item(IDENTITY, Head(), linked, head)


def _review(now: float) -> Review:
    said = {"agent": TEXT, "question": TEXT, "why": TEXT, "evidence": {TEXT: TEXT}, "default": "deny"}
    at = rfc3339(now)
    event = Event(
        id=EVENT,
        source="agent.fraud",
        type="approval.required",
        subject=TEXT,
        time=at,
        receivedat=at,
        entities=[TEXT],
        correlationid=EVENT,
        grant="",
        data={**said, "expires": int(now) + 3600},
        dataschema="approval.required/1",
    )
    proposal = Proposal(
        agent=TEXT,
        event=EVENT,
        correlation=EVENT,
        action=Action(TEXT, TEXT, {TEXT: TEXT}),
        expires=int(now) + 3600,
        entity=TEXT,
        state={TEXT: TEXT},
        amounts={"action": {TEXT: TEXT}},
        policies=(TEXT,),
    )
    return Review(event, [TEXT], now, proposal)
