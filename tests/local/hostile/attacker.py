"""The attacker: puts instructions into what a provider sends, and reads their results."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from functions.core.authority import grants
from functions.core.authority.grants import Approval, Grant
from functions.core.events.event import Event
from functions.core.gate.approvals import reviewed_fields
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.times import rfc3339
from functions.providers.stripe.connector import MANIFEST as STRIPE
from hookline.local.stack import LocalStack
from hookline.operator.send import post
from hookline.operator.trail import Trail
from infra import naming
from tests.local.hostile.instructions import instructed, raw
from tests.local.payments import payment

LIFETIME = 3600
APPROVER = "arn:aws:iam::111122223333:user/ada"

Instruction = tuple[str, dict[str, Any]]  # its name, and what the agent does


@dataclass(frozen=True)
class Attacker:
    """Has the grant key, for grants as the verifier and the review service mint them."""

    stack: LocalStack
    key: str
    eventually: Callable[..., Any]

    def payment(self, raw_type: str, *instructions: Instruction) -> dict[str, Any]:
        """An event of Stripe about a charge that the sandbox has, with instructions; not delivered yet."""
        event = payment(self.stack, review=None) | {"type": raw_type}
        if raw_type == "charge.refunded":
            event["data"]["object"]["amount_refunded"] = 100  # nothing refunded is no refund
        return instructed(event, instructions)

    def deliver(self, event: dict[str, Any]) -> str:
        """Deliver the event signed, as Stripe does; returns the event's id."""
        assert post(self.stack, "stripe", json.dumps(event).encode()).status == 200
        return f"stripe:{event['id']}"

    def grant(self, event: str, entity: str, expires: int = LIFETIME) -> str:
        """The grant that the verifier mints for a delivery; it expires in so many seconds."""
        now = int(time.time())
        return grants.mint(Grant(event, event, frozenset({entity}), now, now + expires), self.key)

    def approve(self, first: str, charge: str, amount: int, *instructions: Instruction) -> str:
        """Publish that a person approved a refund, as the review service does; returns the event's id.

        `first` is the correlation id of the tree. The approval is for the charge as the provider has it now.
        """
        id, entity, now = (
            f"review.service:review.approved:{secrets.token_hex(8)}",
            f"stripe:charge/{charge}",
            time.time(),
        )
        action = Action("stripe", "refund.create", {"charge": charge, "amount": amount})
        state = digest(reviewed_fields(STRIPE.operation("refund.create"), self._charge(charge)))
        approval = Approval("r", "hostile", action.digest, state, (APPROVER,))
        grant = Grant(id, first, frozenset({entity}), int(now), int(now) + LIFETIME, approval)
        event = Event(
            id=id,
            source="review.service",
            type="review.approved",
            subject=entity,
            time=rfc3339(now),
            receivedat=rfc3339(now),
            entities=[entity],
            correlationid=first,
            grant=grants.mint(grant, self.key),
            data={
                "review": "r",
                "agent": "hostile",
                "action": action.__dict__,
                "evidence": {},
                "by": [APPROVER],
                "note": "",
            },
            dataschema="review.approved/1",
            raw=raw(*instructions),
        )
        self.stack.client("events").put_events(Entries=[event.to_entry(naming.BUS)])
        return id

    def results(self, event: str) -> dict[str, str]:
        """The result of each instruction of an event to the hostile agent, by name, once all are made."""
        rows = self.stack.client("dynamodb")
        row = {"TableName": f"{naming.agent('hostile')}-idempotency", "Key": {"id": {"S": f"results of {event}"}}}
        item = self.eventually(lambda: rows.get_item(**row).get("Item"), f"the results of {event}", seconds=120)
        return json.loads(item["results"]["S"])

    def recorded(
        self, tree: str, identity: str, kind: str, words: str = "", count: int = 1, **fields: str
    ) -> list[dict[str, Any]]:
        """The records of a tree by an identity, of this kind and with these words and fields, once it has `count`."""
        trail = Trail(self.stack.client("dynamodb"))

        def found() -> list[dict[str, Any]] | None:
            records = [
                record
                for record in trail.of_correlation(tree)
                if (record["identity"], record["kind"]) == (identity, kind)
                and words in f"{record['decision']} {record['reason']}"
                and fields.items() <= record.items()
            ]
            return records if len(records) >= count else None

        return self.eventually(found, f"{identity} {kind} {words} in {tree}")

    def refunds(self, charge: str) -> list[int]:
        """The amounts refunded of a charge, the oldest first."""
        return [refund["amount"] for refund in self.sandbox()["refunds"] if refund["charge"] == charge]

    def sandbox(self) -> dict[str, Any]:
        """Everything that Stripe's sandbox has."""
        return self.stack.sandboxes.control("GET", "/_sandbox/stripe/state")

    def _charge(self, id: str) -> dict[str, Any]:
        return next(charge for charge in self.sandbox()["charges"] if charge["id"] == id)
