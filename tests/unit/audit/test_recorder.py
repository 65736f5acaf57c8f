"""The recorder: what it makes of the messages of the audit queues, honest or not."""

import json

import pytest

from functions.core.audit import bounds, chain
from functions.core.audit.chain import Head
from functions.core.audit.messages import parse_record
from functions.core.platform.canonical import digest
from functions.core.platform.environment import RecorderEnvironment
from functions.core.platform.errors import RetryableError
from functions.core.platform.identities import function_name
from tests.unit.audit.trail import AGENT, CONNECTOR, chained, record


@pytest.fixture
def handler(start, audit_tables, dynamodb):
    environment = RecorderEnvironment(audit_tables.segments, audit_tables.chains, audit_tables.trees)
    return start("functions.core.audit.handlers.recorder", environment, dynamodb=dynamodb)


@pytest.fixture
def batch(sqs_payload):
    """A batch of an audit queue: pairs of a group and a record, or a message's body."""

    def batch(*messages: tuple[str, object]) -> dict:
        payload = sqs_payload(*(body if isinstance(body, str) else [body] for _, body in messages))
        for (group, _), message in zip(messages, payload["Records"], strict=True):
            sender = "AIDAEXAMPLE" if group == "operator" else f"AROAEXAMPLE:{function_name(group)}"
            message["attributes"] = {"MessageGroupId": group, "SentTimestamp": "1790000000000", "SenderId": sender}
        return payload

    return batch


def test_the_handler_appends_each_identitys_records_in_order(handler, batch, trail, lambda_context):
    """However they are mixed in the batch."""
    mixed = batch((AGENT, record(1)), (CONNECTOR, record(1, identity=CONNECTOR)), (AGENT, record(2)))
    assert handler(mixed, lambda_context) == {"batchItemFailures": []}
    assert (chained(trail), chained(trail, CONNECTOR)) == (["agent.fraud-1", "agent.fraud-2"], ["connector.stripe-1"])


@pytest.mark.parametrize("bad", ["not json", {"id": "x"}, []], ids=["words", "fields missing", "list"])
def test_what_is_no_record_is_put_on_record_as_that(handler, batch, trail, lambda_context, bad):
    """On the recorder's own chain: it holds up nobody's trail, and its digest tells later what it was."""
    assert handler(batch((AGENT, record(1)), (AGENT, bad), (AGENT, record(2))), lambda_context) == {
        "batchItemFailures": []
    }
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-2"]
    (kept,) = trail.of_identity("service.recorder")
    assert (kept["kind"], kept["resource"], len(kept["digests"]["message"])) == ("garbled", AGENT, 64)


def test_a_record_in_another_identitys_name_is_not_put_on_its_trail(handler, batch, trail, lambda_context):
    """SQS tells the recorder who sent it."""
    handler(batch((AGENT, record(1, identity=CONNECTOR))), lambda_context)
    assert trail.of_identity(CONNECTOR) == []
    (kept,) = trail.of_identity("service.recorder")
    assert (kept["kind"], kept["reason"]) == ("forged", "sent by hookline-agent-fraud")


OPERATORS = ["AIDAEXAMPLE", "AROAEXAMPLE:maria@example.com", "111122223333"]


@pytest.mark.parametrize("sender", OPERATORS, ids=["user", "session", "root"])
def test_an_operators_record_is_kept_with_the_sender_that_sqs_vouches_for(
    handler, batch, trail, lambda_context, sender
):
    """It says nothing of that itself."""
    payload = batch(("operator", record(1, identity="operator")))
    payload["Records"][0]["attributes"]["SenderId"] = sender
    handler(payload, lambda_context)
    (kept,) = trail.of_identity("operator")
    assert kept["sender"] == sender


@pytest.mark.parametrize("identity", [AGENT, CONNECTOR, "webhook.stripe", "service.drain", "service.recorder"])
def test_no_function_writes_as_an_operator(handler, batch, trail, lambda_context, identity):
    """Lambda names a function's session after it, and every function of ours begins alike."""
    payload = batch(("operator", record(1, identity="operator")))
    payload["Records"][0]["attributes"]["SenderId"] = f"AROAEXAMPLE:{function_name(identity)}"
    handler(payload, lambda_context)
    assert trail.of_identity("operator") == []
    (kept,) = trail.of_identity("service.recorder")
    assert (kept["kind"], kept["reason"]) == ("forged", f"sent by {function_name(identity)}")


@pytest.mark.parametrize("sender", OPERATORS, ids=["user", "session", "root"])
def test_no_operator_writes_as_an_identity(handler, batch, trail, lambda_context, sender):
    """They have a chain of their own."""
    payload = batch((AGENT, record(1)))
    payload["Records"][0]["attributes"]["SenderId"] = sender
    handler(payload, lambda_context)
    assert trail.of_identity(AGENT) == []
    assert [kept["kind"] for kept in trail.of_identity("service.recorder")] == ["forged"]


class Refusing:
    """A DynamoDB client that takes no segment of one chain."""

    chain = AGENT

    def __init__(self, dynamodb) -> None:
        self._dynamodb = dynamodb

    def __getattr__(self, name: str):
        return getattr(self._dynamodb, name)

    def query(self, **asked):
        if asked["ExpressionAttributeValues"][":chain"]["S"] == self.chain:
            raise RetryableError("throttled")
        return self._dynamodb.query(**asked)


def test_one_identitys_failure_holds_back_no_other(start, audit_tables, dynamodb, batch, trail, lambda_context):
    """All of its own messages come back; the others are appended."""
    environment = RecorderEnvironment(audit_tables.segments, audit_tables.chains, audit_tables.trees)
    handler = start("functions.core.audit.handlers.recorder", environment, dynamodb=Refusing(dynamodb))
    mixed = batch((AGENT, record(1)), (CONNECTOR, record(1, identity=CONNECTOR)), (AGENT, record(2)))
    failed = handler(mixed, lambda_context)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failed] == ["m0", "m2"]
    assert (trail.of_identity(AGENT), chained(trail, CONNECTOR)) == ([], ["connector.stripe-1"])


def test_of_a_message_the_good_records_are_appended(handler, batch, trail, lambda_context):
    """And the others stand on the recorder's own chain."""
    body = json.dumps([record(1), "junk", record(2, identity=CONNECTOR), record(3)])
    assert handler(batch((AGENT, body)), lambda_context) == {"batchItemFailures": []}
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-3"]
    assert [kept["kind"] for kept in trail.of_identity("service.recorder")] == ["garbled", "forged"]


def rejection(number, reason="SignatureMismatch", block="203.0.113.0/24", source="webhook.stripe"):
    said = {"kind": "rejected", "decision": reason, "resource": block, "correlation": ""}
    return record(number, identity=source) | said | {"digests": {"body": f"{number:064}"}}


def test_rejected_deliveries_are_counted_by_reason_and_address(handler, batch, trail, lambda_context):
    """Anybody can cause them, so none of them is an item of its own: one record counts those of a batch."""
    sent = [rejection(number % 60) for number in range(300)]
    sent += [rejection(1, block=f"198.51.{n}.0/24") for n in range(7)] + [rejection(2, "StaleTimestamp")]
    handler(batch(*(("webhook.stripe", one) for one in sent)), lambda_context)
    kept = trail.of_identity("webhook.stripe")
    assert chain.verify(kept).seq == 2
    assert {one["decision"]: one["reason"].split(":")[0] for one in kept} == {
        "SignatureMismatch": "307 deliveries",
        "StaleTimestamp": "1 deliveries",
    }
    counted = next(one for one in kept if one["decision"] == "SignatureMismatch")
    assert counted["reason"].startswith("307 deliveries: 300 from 203.0.113.0/24, 1 from 198.51.")
    assert counted["reason"].endswith("the others from 3 more blocks")
    assert counted["digests"]["body"] == f"{0:064}"


def test_rejected_messages_of_consumers_are_not_counted_but_kept(handler, batch, trail, lambda_context):
    """They come from the bus: no stranger can cause them."""
    sent = [record(number) | {"kind": "rejected"} for number in range(5)]
    handler(batch(*((AGENT, one) for one in sent)), lambda_context)
    assert len(chained(trail)) == 5


def test_an_agent_that_floods_is_bounded_and_named(handler, batch, trail, lambda_context, logged, monkeypatch):
    """What is dropped is on record with its number and its digest, and others lose nothing."""
    monkeypatch.setattr(bounds, "MOST", 3)
    sent = json.dumps([record(number) for number in range(10)])
    handler(batch((AGENT, sent), (CONNECTOR, record(1, identity=CONNECTOR))), lambda_context)
    assert (chained(trail), chained(trail, CONNECTOR)) == (
        ["agent.fraud-0", "agent.fraud-1", "agent.fraud-2"],
        ["connector.stripe-1"],
    )
    (flood,) = trail.of_identity("service.recorder")
    assert (flood["kind"], flood["resource"], flood["reason"]) == (
        "flooded",
        AGENT,
        "7 further records of a batch were dropped",
    )
    dropped = [parse_record(record(number)) for number in range(3, 10)]
    assert flood["digests"] == {"dropped": digest(dropped)}
    assert "a flood of records" in logged()


def test_a_flood_of_junk_is_bounded_by_its_sender(handler, batch, trail, lambda_context, monkeypatch):
    """Junk stands on the recorder's own chain, which all senders share."""
    monkeypatch.setattr(bounds, "MOST", 3)
    handler(batch(*((AGENT, "junk"),) * 9, (CONNECTOR, "junk")), lambda_context)
    kept = trail.of_identity("service.recorder")
    assert chain.verify(kept).seq == 5
    assert sorted(one["kind"] for one in kept) == [*["flooded"], *["garbled"] * 4]
    assert [one["reason"] for one in kept if "connector" in one["reason"]] == ["sent by hookline-connector-stripe"]


def test_the_first_record_follows_from_nothing(chains, trail):
    """Sixty-four zeros."""
    chains.append(AGENT, [record(1)])
    assert trail.of_identity(AGENT)[0]["prev"] == Head().hash


def test_a_record_that_fits_no_key_is_garbled_and_holds_up_nobody(handler, batch, trail, lambda_context):
    """An index takes 2048 bytes; a record over them would fail its whole batch for ever."""
    long = record(1, correlation="c" * 3000)
    assert handler(batch((AGENT, long), (AGENT, record(2))), lambda_context) == {"batchItemFailures": []}
    assert chained(trail) == ["agent.fraud-2"]
    assert [kept["kind"] for kept in trail.of_identity("service.recorder")] == ["garbled"]


POISON = {
    "no time": {"at": ""},
    "a time that is no text": {"at": "2026-09-21\ud80012:00:01+00:00"},
    "over an item's size": {"reason": "\U0001f4a3" * 40_000},
    "nested": {"policies": [[]]},
    "a field of another type": {"digests": "effect"},
    "an amount of words": {"usage": {"tokens": "many"}},
    "an amount below nothing": {"usage": {"tokens": -1}},
    "an amount that no number holds": {"usage": {"microdollars": 10**400}},
    "a field that no record has": {"sender": "somebody else"},
    "half a character": {"correlation": "\ud800"},
}


@pytest.mark.parametrize("wrong", POISON.values(), ids=POISON)
def test_what_the_trail_cannot_hold_or_show_is_garbled_and_holds_up_nobody(
    handler, batch, trail, lambda_context, wrong
):
    """A sender chooses the group: what came back for ever would keep back another's records."""
    body = json.dumps([{**record(1), **wrong}], ensure_ascii="reason" not in wrong)
    assert handler(batch((AGENT, body), (CONNECTOR, record(2, identity=CONNECTOR))), lambda_context) == {
        "batchItemFailures": []
    }
    assert (trail.of_identity(AGENT), chained(trail, CONNECTOR)) == ([], ["connector.stripe-2"])
    assert [kept["kind"] for kept in trail.of_identity("service.recorder")] == ["garbled"]


def test_what_a_caller_says_in_many_bytes_keeps_no_refusal_off_a_connectors_trail(
    handler, batch, trail, lambda_context
):
    """An audit record's fields are cut at 500 characters, each of up to four bytes."""
    handler(batch((CONNECTOR, record(1, "\U0001f4a3" * 500, CONNECTOR))), lambda_context)
    assert chained(trail, CONNECTOR) == ["connector.stripe-1"]


def test_a_message_of_half_a_million_nothings_is_one_record(handler, batch, trail, lambda_context):
    """Its sender chooses how many it holds, and the other messages of the batch wait for it."""
    handler(batch((AGENT, json.dumps([0] * 500_000)), (AGENT, json.dumps([0] * 7))), lambda_context)
    kept = trail.of_identity("service.recorder")
    assert [(one["kind"], one["reason"]) for one in kept] == [
        ("garbled", "sent by hookline-agent-fraud"),
        ("garbled", "sent by hookline-agent-fraud, 7 records"),
    ]


def test_rejections_that_come_again_with_others_are_counted_again(handler, batch, trail, lambda_context):
    """Another count of theirs is another record: readers would take one of the same id for a copy."""
    handler(batch(("webhook.stripe", rejection(1))), lambda_context)
    handler(batch(("webhook.stripe", rejection(1)), ("webhook.stripe", rejection(2))), lambda_context)
    kept = trail.of_identity("webhook.stripe")
    assert len({one["id"] for one in kept}) == len(kept) == 2


def test_a_flood_whose_record_is_refused_comes_again(
    start, audit_tables, dynamodb, batch, trail, lambda_context, monkeypatch
):
    """Else nothing but the log would say what was dropped."""
    monkeypatch.setattr(bounds, "MOST", 1)
    monkeypatch.setattr(Refusing, "chain", "service.recorder")
    environment = RecorderEnvironment(audit_tables.segments, audit_tables.chains, audit_tables.trees)
    handler = start("functions.core.audit.handlers.recorder", environment, dynamodb=Refusing(dynamodb))
    sent = batch((AGENT, json.dumps([record(1), record(2)])), (CONNECTOR, record(1, identity=CONNECTOR)))
    assert handler(sent, lambda_context) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
