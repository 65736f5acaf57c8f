"""The effect ledger: every effect is claimed here before it happens, and its result is stored.

The key consists of verified fields only (agent, connector and operation, entity, the delivery's event) and of nothing
that a model wrote, so a retry, a second copy of the event or an insistent agent meets the first claim.

Several events can announce one thing under different ids. Effects that decide on it are claimed on the thing itself, so
that one of them happens, for whichever event comes first.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import Denied, RetryableError, Superseded

KEEP_SECONDS = 180 * 24 * 3600
LARGEST_RESULT = 300_000  # characters; an item takes 400 KB
SOON = 1.0  # seconds until an event asks again whether another one has decided


@dataclass(frozen=True)
class Effect:
    """One effect and the digest of its arguments; `operation` is "connector:operation".

    `decides` is the entity that it decides on, "" for an ordinary effect: of the effects of an agent and a connector
    that decide on one entity, one happens.
    """

    agent: str
    operation: str
    entity: str
    event: str
    arguments_digest: str
    decides: str = ""

    @property
    def key(self) -> str:
        """What names the effect, and is sent to the provider as the idempotency key (64 hex characters)."""
        of_entity = [self.agent, self.connector, self.decides]
        fields = json.dumps(of_entity if self.decides else [self.agent, self.operation, self.entity, self.event])
        return hashlib.sha256(fields.encode()).hexdigest()

    @property
    def row(self) -> str:
        """The key of its row in the ledger. IAM lets a connector write rows of its own name only."""
        return f"{self.connector}:{self.key}"

    @property
    def connector(self) -> str:
        """The name of its connector."""
        return self.operation.partition(":")[0]

    @property
    def names(self) -> dict[str, dict[str, str]]:
        """What tells it from the other effects that decide on the same entity, as attributes of its row."""
        return {"operation": {"S": self.operation}, "entity": {"S": self.entity}, "event": {"S": self.event}}


@dataclass(frozen=True)
class Claimed:
    """The caller holds the claim and must act now; `again` if an earlier holder did not report an outcome.

    `lease` is when the claim ends; only its holder may end it earlier. `number` is that of the idempotency key to send.
    """

    again: bool
    lease: str
    number: int = 1


@dataclass(frozen=True)
class AlreadyDone:
    """The effect has happened; `result` is what the provider answered."""

    result: Any


class Ledger:
    """The ledger in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str, new_id: Callable[[], str]) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._new_id = new_id

    def claim(self, effect: Effect, now: float, lease: float) -> Claimed | AlreadyDone:
        """Claim `effect` for `lease` seconds, or take over a claim whose lease has expired.

        Raises RetryableError while another holds the claim, Denied if it was claimed with other arguments, and
        Superseded if another effect has decided on its entity.
        """
        ends = f"{now + lease:.6f}"
        fields = {
            "agent": {"S": effect.agent},
            **effect.names,
            "arguments": {"S": effect.arguments_digest},
            "status": {"S": "claimed"},
            "lease": {"N": ends},
            "attempt": {"S": self._new_id()},
            "expires": {"N": str(int(now) + KEEP_SECONDS)},
        }
        # What decides on an entity may be decided otherwise after a claim that came to nothing.
        same = "" if effect.decides else " AND #arguments = :arguments"
        written = conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key={"key": {"S": effect.row}},
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in fields)}",
            ConditionExpression=f"attribute_not_exists(#key) OR (#status = :status AND #lease < :now{same})",
            ExpressionAttributeNames={f"#{name}": name for name in ("key", *fields)},
            ExpressionAttributeValues={f":{name}": value for name, value in fields.items()} | {":now": {"N": str(now)}},
            ReturnValues="ALL_OLD",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        if not isinstance(written, ConditionFailed):
            before = written.get("Attributes", {})
            return Claimed(again=bool(before), lease=ends, number=_number(before))
        if written.item.get("attempt") == fields["attempt"]:
            # The SDK repeated a call without an answer. What was there before the first is lost: it may have acted.
            return Claimed(again=True, lease=ends, number=_number(written.item))
        return self._taken(effect, written.item, now, lease)

    def _taken(self, effect: Effect, item: Mapping[str, Any], now: float, lease: float) -> AlreadyDone:
        done, wait = item["status"]["S"] == "done", max(1.0, float(item["lease"]["N"]) - now)
        other = any(item[name] != value for name, value in effect.names.items())
        changed = item["arguments"]["S"] != effect.arguments_digest
        if effect.decides and (other or (changed and done)):
            self._decided(effect, item, now, lease)
        if changed and not effect.decides:
            raise Denied(f"{effect.operation} on {effect.entity} was claimed with other arguments")
        if done:
            return AlreadyDone(json.loads(item["result"]["S"]))
        raise RetryableError(f"{effect.operation} on {effect.entity} is in progress", retry_after=wait)

    def _decided(self, effect: Effect, item: Mapping[str, Any], now: float, lease: float) -> None:
        """Raise Superseded if another effect has decided, or RetryableError if it is about to."""
        operation, left = item["operation"]["S"], max(1.0, float(item["lease"]["N"]) - now)
        by = f"{operation} on {item['entity']['S']}"
        if item["status"]["S"] == "done":
            own = item["event"]["S"] == effect.event
            raise Superseded(f"{effect.decides} was decided by {by}", operation, own)
        # For as long as the other one has taken so far: soon at first, and a few times in all of its lease.
        again = min(left, max(SOON, lease - left))
        raise RetryableError(f"{effect.decides} is being decided by {by}", retry_after=again)

    def finish(self, effect: Effect, result: Any, now: float) -> None:
        """Store the provider's answer: the effect has happened. An answer too large for an item is stored as null."""
        text = json.dumps(result)
        # A whole item: the claim may have expired and been released or taken over by now, and the effect has happened.
        fields = {
            "status": {"S": "done"},
            "result": {"S": text if len(text) <= LARGEST_RESULT else "null"},
            "arguments": {"S": effect.arguments_digest},
            "expires": {"N": str(int(now) + KEEP_SECONDS)},
            **(effect.names if effect.decides else {}),
        }
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"key": {"S": effect.row}},
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in fields)}",
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues={f":{name}": value for name, value in fields.items()},
        )

    def unknown(self, effect: Effect, claim: Claimed, until: float = 0.0, number: int | None = None) -> None:
        """End the lease at `until` (unix seconds): whether the effect happened is unknown, and the next holder looks.

        If it did not happen, they send the `number`th of its idempotency keys, by default the same as before.
        """
        self._write_held(
            self._dynamodb.update_item,
            effect,
            claim,
            names={"#number": "number"},
            values={":until": {"N": f"{until:.6f}"}, ":number": {"N": str(number or claim.number)}},
            UpdateExpression="SET #lease = :until, #number = :number",
        )

    def release(self, effect: Effect, claim: Claimed) -> None:
        """Delete the claim: the effect certainly did not happen."""
        self._write_held(self._dynamodb.delete_item, effect, claim)

    def _write_held(
        self,
        write: Callable[..., Any],
        effect: Effect,
        claim: Claimed,
        names: Mapping[str, str] = MappingProxyType({}),
        values: Mapping[str, Any] = MappingProxyType({}),
        **request: Any,
    ) -> None:
        """Write the effect's item if this claim still holds it: a holder that outlived its lease has nothing to end."""
        conditional_write(
            write,
            TableName=self._table,
            Key={"key": {"S": effect.row}},
            ConditionExpression="#status = :claimed AND #lease = :lease",
            ExpressionAttributeNames={"#status": "status", "#lease": "lease", **names},
            ExpressionAttributeValues={":claimed": {"S": "claimed"}, ":lease": {"N": claim.lease}, **values},
            **request,
        )


def _number(item: Mapping[str, Any]) -> int:
    """The number of the idempotency key to send."""
    return int(item["number"]["N"]) if "number" in item else 1
