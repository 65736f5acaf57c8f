"""Attempts under another name: invocations, events, deliveries and audit records."""

import json
from collections.abc import Iterator

from hookline.local.emulator import ACCOUNT, REGION
from infra import naming
from tests.local.hostile.attempt import CLOUDTRAIL, DENIED, STRIPE_CONNECTOR, Attempt, OnChain, World
from tests.local.hostile.instructions import aws, http


def under_other_names(world: World) -> Iterator[Attempt]:
    """Invoke another agent's alias, publish as another source, sign as Stripe, record as another identity."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    aliases = {
        "another agent's alias": f"{naming.connector('stripe')}:accomplice",
        "the connector without an alias": naming.connector("stripe"),
        "the connector's $LATEST": f"{naming.connector('stripe')}:$LATEST",
        "the connector's version 1": f"{naming.connector('stripe')}:1",
        "the review service": naming.service("reviews"),
        "the recorder": naming.service("recorder"),
        "the verifier": naming.verifier("stripe"),
        "another agent": naming.agent("accomplice"),
    }
    for name, target in aliases.items():
        instruction = aws("lambda", "invoke", FunctionName=f"{function}:{target}", Payload="{}")
        yield Attempt(f"invoke {name}", instruction, DENIED, CLOUDTRAIL)
    events = {
        "a forged webhook": ("webhook.stripe", "payment.refunded"),
        "another agent's event": ("agent.accomplice", "payment.held"),
        "an event that it does not declare": ("agent.hostile", "payment.refunded"),
        "an approval as the review service": ("review.service", "review.approved"),
        "an approval as itself": ("agent.hostile", "review.approved"),
    }
    for name, (source, detail_type) in events.items():
        entry = {"EventBusName": naming.BUS, "Source": source, "DetailType": detail_type, "Detail": "{}"}
        yield Attempt(f"publish {name}", aws("events", "put_events", Entries=[entry]), DENIED, CLOUDTRAIL)
    for name, signature in {"with a made-up signature": f"t=1,v1={'0' * 64}", "without a signature": ""}.items():
        instruction = http("POST", world.webhooks, "{}", **({"Stripe-Signature": signature} if signature else {}))
        reason = "SignatureMismatch" if signature else "MissingSignature"
        yield Attempt(f"post a webhook {name}", instruction, "401", OnChain("webhook.stripe", "rejected", reason))
    record = {"id": "1", "at": "2026-09-21T12:00:00.000000Z", "kind": "effected", "correlation": ""}
    bodies = {
        "as the connector": json.dumps([{**record, "identity": STRIPE_CONNECTOR}]),
        "as an operator": json.dumps([{**record, "identity": "operator"}]),
        "that is not a record": "not JSON",
    }
    for name, body in bodies.items():
        instruction = aws(
            *("sqs", "send_message"),
            QueueUrl=f"{world.queues}/{naming.audit_queue('agent.hostile')}",
            MessageBody=body,
            MessageGroupId=STRIPE_CONNECTOR,
        )
        kind = "forged" if body.startswith("[") else "garbled"
        recorded = OnChain("service.recorder", kind, "sent by hookline-agent-hostile")
        yield Attempt(f"send a record {name}", instruction, "allowed", recorded)
