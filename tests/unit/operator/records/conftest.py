"""Records as the runtime and the gate write them: the kit's agents over a bucket that moto keeps."""

import json
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.manifests.recorded import Recorded
from hookline.operator.records.stored import Run, StoredRecords, joined
from hookline.testing.kit import Kit, error, event
from hookline.testing.kit import kit as kits
from hookline.testing.kit.account import KitAccount

BUCKET = "hookline-records-123456789012-us-east-1"
ORDINARY = {"amount_captured": 500, "risk_level": "normal"}


def charge(amount: int = 500, risk: str = "normal", **changes: Any) -> dict[str, Any]:
    return {
        "id": "ch_Example0000000000000001",
        "amount": amount,
        "currency": "usd",
        "created": 1_790_000_000,
        "paid": True,
        "captured": True,
        "refunded": False,
        "disputed": False,
        "outcome": {"risk_level": risk},
        "receipt_email": "ada@example.org",
        **changes,
    }


@cache
def objects(*charges: str) -> dict[str, bytes]:
    """What a recorded fraud agent writes about payments with these charges, which are JSON; "503" is an outage."""
    manifest = replace(kits.manifest_of("fraud"), recorded=Recorded())
    with pytest.MonkeyPatch.context() as patch:
        import functions.agents.fraud.manifest as module

        patch.setattr(module, "MANIFEST", manifest)
        written: dict[str, bytes] = {}
        answers = [error(503) if one == "503" else json.loads(one) for one in charges]
        given = {
            "stripe.charge.retrieve": answers[0],
            "stripe.review.approve": {"id": "prv_1", "open": False},
            "stripe.review.retrieve": {"open": True, "reason": "rule", "charge": "ch"},
        }
        with_kit = Kit("fraud", answers=given)
        for one in answers:
            with_kit.wake(event("payment.succeeded"), answers={"stripe.charge.retrieve": one})
        written |= with_kit._account._objects  # noqa: SLF001 - the bucket of the kit's account has no other door
        with_kit.close()
    return written


@pytest.fixture(scope="session")
def ticket() -> Run:
    """The recorded run of a summarizer whose model answered; the ticket has an e-mail address in it."""
    note = {"headline": "Charged twice", "happened": ["A payment failed."], "urgency": "high", "unclear": ""}
    use = {"toolUse": {"toolUseId": "t1", "name": "final_result", "input": note}}
    usage = {"inputTokens": 50, "outputTokens": 7, "totalTokens": 57}
    answer = {
        "output": {"message": {"role": "assistant", "content": [use]}},
        "stopReason": "tool_use",
        "usage": usage,
    }
    bedrock = SimpleNamespace(count_tokens=lambda **_: {"inputTokens": 100})
    service = KitAccount.service
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            KitAccount,
            "service",
            lambda self, name, caller: bedrock if name == "bedrock-runtime" else service(self, name, caller),
        )
        with Kit("summarizer", answers={"bedrock.converse": answer, "slack.message.post": {"ok": True}}) as kit:
            kit.wake(event("ticket.created", text="Charged twice. Mail me: ada@example.org"))
            written = kit._account._objects.values()  # noqa: SLF001 - as above
    (run,) = joined(map(json.loads, written))
    return run


@pytest.fixture
def payments():
    """Makes the recorded runs of payments with these charges."""

    def make(*charges: dict[str, Any]) -> list[Run]:
        return joined(json.loads(body) for body in objects(*map(json.dumps, charges)).values())

    return make


@pytest.fixture
def stored(s3):
    """Makes the records bucket with what the payments of these charges left."""

    def make(*charges: dict[str, Any]) -> StoredRecords:
        s3.create_bucket(Bucket=BUCKET)
        for key, body in objects(*map(json.dumps, charges)).items():
            s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return StoredRecords(s3, BUCKET)

    return make
