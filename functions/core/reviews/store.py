"""Stores reviews in DynamoDB, with optimistic locking: a write fails if another got in between."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from functions.core.authority.proposals import Proposal
from functions.core.events.event import Event
from functions.core.platform.action import Action
from functions.core.platform.bounded import BoundedSets
from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import BudgetExceeded, Denied, RetryableError
from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Decision, Review, Voter

_ID = re.compile(r"[0-9a-f]{12}")
INDEX = "status"
FOREVER = 10**12  # later than any review expires
# How many reviews one agent may ask for in one causal tree: more are a flood of mails.
MOST_PER_TREE = 20
TRIES = 5  # no more people decide on one review at the same moment


class Reviews:
    """The reviews in the table `table`, which has an index by status."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._requests = BoundedSets(dynamodb, table)

    def open(self, review: Review) -> Review:
        """Store a new review and return it; if it is stored already, return that.

        Raises BudgetExceeded if its agent has asked too often in this causal tree, and Denied if another event's review
        has the same id.
        """
        agent = review.request["agent"]
        counter = f"reviews {agent} {review.event.correlationid}"
        if not self._requests.add(counter, review.id, MOST_PER_TREE):
            raise BudgetExceeded(f"agent {agent} has asked people {MOST_PER_TREE} times in this causal tree")
        if self._put(review, "attribute_not_exists(id)", {}):
            return replace(review, version=1)
        kept = self.get(review.id)
        if kept is None or kept.event.id != review.event.id:
            raise Denied(f"review {review.id} belongs to another event")
        return kept

    def get(self, id: str) -> Review | None:
        """The review; None if it is missing, or if `id` is not an id."""
        if not _ID.fullmatch(id):
            return None
        answer = self._dynamodb.get_item(TableName=self._table, Key={"id": {"S": id}}, ConsistentRead=True)
        return _review(answer["Item"]) if "Item" in answer else None

    def change(self, id: str, by: Callable[[Review], Review]) -> Review | None:
        """Apply `by` to the stored review, again if another write got in between. Returns None if it is missing.

        Raises what `by` raises, and RetryableError if others keep writing.
        """
        for _ in range(TRIES):
            before = self.get(id)
            if before is None:
                return None
            after = by(before)
            if after == before:
                return before
            if self._put(after, "version = :version", {":version": {"N": str(before.version)}}):
                return replace(after, version=before.version + 1)
        raise RetryableError(f"review {id} is being written by others")

    def with_status(
        self, status: str, expired_by: float = FOREVER, *, newest: bool = False, most: int | None = None
    ) -> Iterator[Review]:
        """The reviews of that status which expire by `expired_by` (unix seconds), in that order; the index may lag.

        With `newest` they come in the other order, and no more than `most` are read.
        """
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="#status = :status AND expires_at <= :by",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": status}, ":by": {"N": str(int(expired_by))}},
            ScanIndexForward=not newest,
            PaginationConfig={"MaxItems": most},
        )
        return (_review(item) for page in pages for item in page["Items"])

    def _put(self, review: Review, condition: str, values: Mapping[str, Any]) -> bool:
        item = _item(review)
        written = conditional_write(
            self._dynamodb.put_item,
            TableName=self._table,
            Item=item,
            ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **({"ExpressionAttributeValues": values} if values else {}),
        )
        # The SDK repeats a call without an answer, which then meets what it wrote itself.
        return not isinstance(written, ConditionFailed) or written.item == item


def _item(review: Review) -> dict[str, Any]:
    """The item of a review: `review` holds all of it, the other attributes are for queries and for people."""
    whole = {name: value for name, value in asdict(review).items() if name not in ("opened", "version")}
    return {
        "id": {"S": review.id},
        "event": {"S": review.event.id},
        "correlation": {"S": review.event.correlationid},
        "status": {"S": review.status},
        "opened": {"S": rfc3339(review.opened)},
        "opened_at": {"N": repr(review.opened)},
        "expires_at": {"N": str(review.expires)},
        "version": {"N": str(review.version + 1)},
        "review": {"S": json.dumps(whole)},
    }


def _review(item: Mapping[str, Any]) -> Review:
    whole = json.loads(item["review"]["S"])
    if "told" in whole:  # its name in reviews that version 0.1.0 stored
        whole["notified"] = whole.pop("told")
    proposal, decision = whole["proposal"], whole["decision"]
    return Review(
        **{
            **whole,
            "event": Event(**whole["event"]),
            "proposal": Proposal(**{**proposal, "action": Action(**proposal["action"])}) if proposal else None,
            "approvals": tuple(Voter(**voter) for voter in whole["approvals"]),
            "notes": tuple(whole["notes"]),
            "decision": Decision(**{**decision, "by": tuple(decision["by"])}) if decision else None,
        },
        opened=float(item["opened_at"]["N"]),
        version=int(item["version"]["N"]),
    )
