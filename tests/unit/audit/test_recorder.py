"""The recorder: chains that only grow, whatever the queue repeats and whoever races, and the trail that reads them."""

import json

import pytest

from functions.core.audit import chain
from functions.core.audit.append import MOST_RECORDS, Chains
from functions.core.audit.chain import Head
from functions.core.platform.environment import RecorderEnvironment
from functions.core.platform.errors import RetryableError
from functions.core.platform.identities import function_name
from hookline.operator.trail import Trail
from infra import naming

AGENT, CONNECTOR = "agent.fraud", "connector.stripe"


@pytest.fixture
def chains(dynamodb, table) -> Chains:
    return Chains(dynamodb, table("audit"), table("heads"))


@pytest.fixture
def trail(dynamodb, monkeypatch) -> Trail:
    monkeypatch.setattr(naming, "AUDIT_TABLE", "audit")
    monkeypatch.setattr(naming, "HEADS_TABLE", "heads")
    return Trail(dynamodb)


def record(number: int, correlation: str = "stripe:evt_1", identity: str = AGENT) -> dict:
    at = f"2026-09-21T12:00:{number:02}.000000Z"
    said = {"kind": "decided", "correlation": correlation, "reason": "é"}
    return {"id": f"{identity}-{number}", "at": at, "identity": identity, **said}


def records(*numbers: int) -> list[dict]:
    return [record(number) for number in numbers]


def chained(trail: Trail, identity: str = AGENT) -> list[str]:
    """The ids of a chain's records, after it was verified against its head."""
    found = trail.of_identity(identity)
    end = chain.verify(found)
    assert end.seq == trail.length(identity) == len(found)
    return [item["id"] for item in found]


def test_a_chain_grows_batch_by_batch(chains, trail):
    """And is whole after each of them."""
    chains.append(AGENT, records(1, 2))
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-2"]
    chains.append(AGENT, records(3))
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-2", "agent.fraud-3"]


def test_a_record_is_kept_as_it_came(chains, trail):
    """Beside its number and its hashes."""
    chains.append(AGENT, records(1))
    (kept,) = trail.of_identity(AGENT)
    assert {name: value for name, value in kept.items() if name not in ("seq", "prev", "hash")} == record(1)


def test_records_that_come_again_append_nothing(chains, trail, dynamodb):
    """SQS may deliver twice; the head does not move."""
    chains.append(AGENT, records(1, 2))
    before = dynamodb.scan(TableName="audit")["Items"]
    chains.append(AGENT, records(1, 2))
    assert dynamodb.scan(TableName="audit")["Items"] == before


def test_of_records_that_come_again_only_the_new_ones_are_appended(chains, trail):
    """In their order."""
    chains.append(AGENT, records(1, 2))
    chains.append(AGENT, records(2, 3, 1, 4))
    assert chained(trail) == [f"agent.fraud-{number}" for number in (1, 2, 3, 4)]


def test_a_record_twice_in_one_batch_is_appended_once(chains, trail):
    """As it may come after a partial send."""
    chains.append(AGENT, records(1, 1, 2))
    assert chained(trail) == ["agent.fraud-1", "agent.fraud-2"]


@pytest.mark.parametrize("count", [10, MOST_RECORDS])
def test_a_batch_of_ten_and_the_largest_that_fits_go_at_once(chains, trail, count):
    """A transaction takes a hundred actions."""
    chains.append(AGENT, [record(number) for number in range(count)])
    assert len(chained(trail)) == count


class Racing:
    """A DynamoDB client that lets another recorder append just before its own transaction."""

    def __init__(self, dynamodb, race) -> None:
        self._dynamodb = dynamodb
        self._race = race

    def __getattr__(self, name: str):
        return getattr(self._dynamodb, name)

    def transact_write_items(self, **asked):
        self._race()
        return self._dynamodb.transact_write_items(**asked)


@pytest.mark.parametrize("before", [[], [1]], ids=["first records", "later ones"])
def test_a_race_on_the_head_is_retryable_and_forks_nothing(chains, trail, dynamodb, before):
    """The loser appended nothing, and appends after the winner when its messages come back."""
    if before:
        chains.append(AGENT, records(*before))
    slow = Chains(Racing(dynamodb, lambda: chains.append(AGENT, records(7))), "audit", "heads")
    with pytest.raises(RetryableError, match="moved"):
        slow.append(AGENT, records(5, 6))
    assert chained(trail) == [f"agent.fraud-{number}" for number in (*before, 7)]
    chains.append(AGENT, records(5, 6))
    assert chained(trail) == [f"agent.fraud-{number}" for number in (*before, 7, 5, 6)]


def test_a_race_of_two_copies_appends_one_of_them(chains, trail, dynamodb):
    """The same records in two recorders at once."""
    slow = Chains(Racing(dynamodb, lambda: chains.append(AGENT, records(1))), "audit", "heads")
    with pytest.raises(RetryableError):
        slow.append(AGENT, records(1))
    slow = Chains(dynamodb, "audit", "heads")
    slow.append(AGENT, records(1))
    assert chained(trail) == ["agent.fraud-1"]


def test_an_id_that_another_identity_has_used_counts_for_nothing_on_this_chain(chains, trail):
    """Nobody can keep a record off a trail by using up its id."""
    chains.append(CONNECTOR, [{**record(1, identity=CONNECTOR), "id": "agent.fraud-1"}])
    chains.append(AGENT, records(1))
    assert chained(trail) == ["agent.fraud-1"]


def test_the_heads_of_all_chains_are_read_without_a_record(chains, trail):
    """By whoever signs them."""
    chains.append(AGENT, records(1, 2))
    chains.append(CONNECTOR, [record(1, identity=CONNECTOR)])
    ends = {identity: chain.verify(trail.of_identity(identity)) for identity in (AGENT, CONNECTOR)}
    assert trail.heads() == ends


def test_identities_have_chains_of_their_own(chains, trail):
    """One cannot hold up or break another's."""
    chains.append(AGENT, records(1))
    chains.append(CONNECTOR, [record(1, identity=CONNECTOR)])
    assert (chained(trail), chained(trail, CONNECTOR)) == (["agent.fraud-1"], ["connector.stripe-1"])


def test_an_edit_in_the_table_is_found(chains, trail, dynamodb):
    """Whoever can write there can still not make the chain whole."""
    chains.append(AGENT, records(1, 2, 3))
    edited = {**trail.of_identity(AGENT)[1], "reason": "other"}
    dynamodb.update_item(
        TableName="audit",
        Key={"chain": {"S": AGENT}, "seq": {"N": "2"}},
        UpdateExpression="SET #record = :record",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":record": {"S": json.dumps(edited)}},
    )
    with pytest.raises(chain.ChainBroken, match="record 2 was changed"):
        chain.verify(trail.of_identity(AGENT))


def test_a_causal_tree_is_read_in_the_order_of_its_times(chains, trail):
    """Over all identities, and without those of other trees."""
    chains.append(AGENT, [record(3), record(4, "stripe:evt_2"), record(1)])
    chains.append(CONNECTOR, [record(2, identity=CONNECTOR), record(5, "", CONNECTOR)])
    found = [item["id"] for item in trail.of_correlation("stripe:evt_1")]
    assert found == ["agent.fraud-1", "connector.stripe-2", "agent.fraud-3"]


def test_a_chain_is_read_after_a_number(chains, trail):
    """And an identity that never said anything has none."""
    chains.append(AGENT, records(1, 2, 3))
    assert [item["seq"] for item in trail.of_identity(AGENT, after=1)] == [2, 3]
    assert (trail.length("agent.nobody"), trail.of_identity("agent.nobody")) == (0, [])


@pytest.fixture
def handler(start, chains, dynamodb):
    environment = RecorderEnvironment(audit_table="audit", heads_table="heads")
    return start("functions.core.audit.handlers.recorder", environment, dynamodb=dynamodb)


@pytest.fixture
def batch(sqs_payload):
    """A batch of the audit queue: pairs of a group and a record."""

    def batch(*messages: tuple[str, object]) -> dict:
        payload = sqs_payload(*(body for _, body in messages))
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
    """Whoever sends it: SQS tells the recorder who that was."""
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


def test_one_identitys_failure_holds_back_no_other(handler, batch, trail, lambda_context, dynamodb):
    """All of its own messages come back, so that their order is kept; the others are appended."""
    broken_head = {"chain": {"S": AGENT}, "seq": {"S": "not a number"}}
    dynamodb.put_item(TableName="heads", Item=broken_head)
    mixed = batch((AGENT, record(1)), (CONNECTOR, record(1, identity=CONNECTOR)), (AGENT, record(2)))
    failed = handler(mixed, lambda_context)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failed] == ["m0", "m2"]
    assert (trail.of_identity(AGENT), chained(trail, CONNECTOR)) == ([], ["connector.stripe-1"])


def test_what_an_identity_puts_into_anothers_group_never_comes_back_there(
    handler, batch, trail, lambda_context, dynamodb
):
    """Its chain may be made to fail at will, by racing with itself, and what comes back holds its group up."""
    dynamodb.put_item(TableName="heads", Item={"chain": {"S": AGENT}, "seq": {"S": "not a number"}})
    payload = batch((AGENT, record(1)), (AGENT, record(2)), (CONNECTOR, record(1, identity=CONNECTOR)))
    payload["Records"][0]["attributes"]["MessageGroupId"] = CONNECTOR
    failed = handler(payload, lambda_context)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failed] == ["m1"]
    assert chained(trail, CONNECTOR) == ["connector.stripe-1"]


def test_the_first_record_follows_from_nothing(chains, trail):
    """Sixty-four zeros."""
    chains.append(AGENT, records(1))
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
    "a field that no record has": {"sender": "somebody else"},
    "half a character": {"correlation": "\ud800"},
}


@pytest.mark.parametrize("wrong", POISON.values(), ids=POISON)
def test_what_the_trail_cannot_hold_or_show_is_garbled_and_holds_up_nobody(
    handler, batch, trail, lambda_context, wrong
):
    """Whoever sends to the queue chooses the group: what came back for ever would keep back another's records."""
    body = json.dumps({**record(1), **wrong}, ensure_ascii="reason" not in wrong)
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
