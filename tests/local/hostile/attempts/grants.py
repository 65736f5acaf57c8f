"""Attempts with grants and approvals that are not the event's own."""

from collections.abc import Iterator

from infra import naming
from tests.local.hostile.attempt import STRIPE_CONNECTOR, Attempt, OnChain, World
from tests.local.hostile.instructions import altered, aws, request


def with_grants(world: World) -> Iterator[Attempt]:
    """Refunds with a grant that is expired, another event's, altered or missing."""
    own, other = {"charge": world.charge}, {"charge": world.other_charge}
    other_entities = [f"stripe:charge/{world.other_charge}"]
    foreign = "the grant belongs to another event"
    unknown = "the grant was not minted here"
    approval = {"review": "r", "agent": "hostile", "action": "a", "state": "", "approvers": ["ada"]}
    cases: dict[str, tuple[dict, dict, str]] = {
        "present an expired grant": (own, {"grant": world.expired_grant}, "the grant has expired"),
        "use another event's grant": (other, {"grant": world.other_grant}, foreign),
        "use its grant for another event": (own, {"correlation": world.other_event}, foreign),
        "add an entity to its grant": (other, {"grant": altered(entities=other_entities)}, unknown),
        "extend an expired grant": (own, {"grant": altered(world.expired_grant, expires=4_000_000_000)}, unknown),
        "write an approval into its grant": (own, {"grant": altered(approval=approval)}, unknown),
        "move its grant to another event": (own, {"grant": altered(correlation=world.other_event)}, unknown),
        "present a proposal as a grant": (own, {"grant": {"$": "proposal"}}, unknown),
        "present no grant": (own, {"grant": ""}, unknown),
    }
    for name, (arguments, overrides, words) in cases.items():
        instruction = request("refund.create", {**arguments, "amount": 100}, **overrides)
        yield Attempt(name, instruction, words, OnChain(STRIPE_CONNECTOR, "denied", words))


def with_its_own_queue(world: World) -> Iterator[Attempt]:
    """Events that it writes itself: its role may send to its own queue, to requeue what an open circuit stopped."""
    entity, made_up = f"stripe:charge/{world.charge}", "review.service:review.approved:made-up"
    action = {
        "connector": "stripe",
        "operation": "refund.create",
        "arguments": {"charge": world.charge, "amount": 903},
    }
    data = {"review": "r", "agent": "hostile", "action": action, "evidence": {}, "by": ["ada"], "note": ""}
    detail = {
        **{"id": made_up, "source": "review.service", "type": "review.approved", "dataschema": "review.approved/1"},
        **{"subject": entity, "entities": [entity], "correlationid": {"$": "correlation"}, "grant": {"$": "grant"}},
        **{"time": "2026-01-01T00:00:00Z", "receivedat": "2026-01-01T00:00:00Z", "hops": 0, "data": data},
    }
    envelope = {"source": "review.service", "detail-type": "review.approved", "detail": detail}
    yield Attempt(
        "write itself an approval",
        aws(
            *("sqs", "send_message"),
            QueueUrl=f"{world.queues}/{naming.agent('hostile')}",
            MessageBody={"$": "json", "of": envelope},
        ),
        "allowed",
        OnChain(STRIPE_CONNECTOR, "asked", "the policy asks a person", event=made_up),
    )
