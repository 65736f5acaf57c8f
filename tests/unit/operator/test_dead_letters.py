"""What waits for an operator is listed with its reason, and gets another try where it came from."""

import json

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from functions.core.platform.canonical import digest
from functions.core.platform.errors import RetryableError
from hookline.__main__ import hookline
from hookline.operator import dead_letters
from hookline.operator.errors import OperatorError
from hookline.operator.redrive_refusals import refusal
from infra import naming

QUEUES = ("hookline-agent-fraud", "hookline-spill.fifo")
DEAD = "hookline-agent-fraud-dead-letters"
REASON = ("--reason", "a test of last week")


class Account:
    """Clients of one moto account."""

    url = "https://example.com"

    def client(self, service: str):
        return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        made = Account()
        monkeypatch.setattr("hookline.operator.account.account", lambda aws: made)
        sqs = made.client("sqs")
        for queue in (*QUEUES, "hookline-agent-fraud-dead-letters", "hookline-spill-dead-letters.fifo"):
            sqs.create_queue(QueueName=queue, Attributes={"FifoQueue": "true"} if queue.endswith(".fifo") else {})
        sqs.create_queue(QueueName="hookline-addresses-dead-letters")
        made.client("s3").create_bucket(Bucket="hookline-bodies-123456789012-us-east-1")
        yield made


def put(account, queue: str, body: str, **more) -> None:
    sqs = account.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody=body, **more)


def bodies(account, queue: str) -> list[str]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return [message["Body"] for message in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def test_everything_that_waits_goes_back_to_where_it_came_from(account, trail):
    """Plain queues, queues that keep an order, and a queue of failures that has no queue behind it."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    put(account, "hookline-addresses-dead-letters", '{"version": "1.0"}')
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "stripe:evt_1"}}', MessageAttributes=reason)
    put(account, "hookline-spill-dead-letters.fifo", "{}", MessageGroupId="webhook.stripe", MessageDeduplicationId="1")
    outcomes = sorted(outcome for _, outcome in dead_letters.redrive(account, None))
    assert outcomes == [
        "back in queue hookline-agent-fraud",
        "back in queue hookline-spill.fifo",
        "deleted: hookline-addresses runs again on its schedule",
    ]
    assert bodies(account, "hookline-agent-fraud") == ['{"detail": {"id": "stripe:evt_1"}}']
    assert bodies(account, "hookline-spill.fifo") == ["{}"]


def test_a_letter_is_listed_with_its_event_and_its_reason(account):
    """As its consumer said it."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "stripe:evt_1"}}', MessageAttributes=reason)
    (letter,) = dead_letters.letters(account)
    assert (letter.place, letter.event, letter.reason) == (
        "hookline-agent-fraud",
        "stripe:evt_1",
        "PermanentError: no",
    )


def test_a_letters_words_cannot_make_a_terminal_hide_others(account):
    """An agent names its own events."""
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "agent.x:a:\\u001b[2A\\u001b[2K"}}')
    output = CliRunner().invoke(hookline, ["dead-letters"], color=True).output
    assert ("agent.x:a:" in output, "\x1b" in output) == (True, False)


@pytest.mark.parametrize("body", ['{"detail": {"id": "stripe:evt_1"}}', "no JSON \x1b[2A"])
def test_as_data_a_letter_is_its_row_and_its_message(account, body):
    put(account, DEAD, body)
    ((row,),) = json.loads(run("--json").stdout).values()
    event = "stripe:evt_1" if "evt" in body else ""
    assert (row["place"], row["event"], row["reason"]) == ("hookline-agent-fraud", event, "failed 1 times; see the log")
    whole = json.loads(run("show", row["id"], "--json").stdout)
    message = json.loads(body) if event else body
    assert whole == {**row, "reason": whole["reason"], "message": message}
    assert "\x1b" not in run("show", row["id"]).output


@pytest.fixture
def trail(account):
    """What operators do goes there; gives the records so far, each with its kind, its resource and its reason."""
    url = account.client("sqs").create_queue(QueueName=naming.audit_queue("operator"))["QueueUrl"]

    def records():
        answer = account.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [record for message in answer.get("Messages", []) for record in json.loads(message["Body"])]

    return records


def run(*words, typed=""):
    return CliRunner().invoke(hookline, ["dead-letters", *words], input=typed)


def put_letters(account, *events):
    for event in events:
        detail = {"id": event, "correlationid": "stripe:evt_0"}
        put(account, DEAD, json.dumps({"detail": detail}))


def left(account):
    return sorted(json.loads(letter.text)["detail"]["id"] for letter in dead_letters.of_agent(account, "fraud"))


def test_letters_are_deleted_and_each_is_on_record(account, trail):
    put_letters(account, "stripe:evt_1", "stripe:evt_2")
    done = run("discard", "fraud", "--all", *REASON, typed="y\n")
    assert done.exit_code == 0
    assert "stripe:evt_1" in done.output and done.output.endswith("2 dead letters discarded\n")
    assert left(account) == []
    one, two = trail()
    assert {one["kind"], two["kind"]} == {"discarded"} and one["reason"] == "a test of last week"
    assert (one["event"], one["correlation"]) == ("stripe:evt_1", "stripe:evt_0")
    assert one["resource"].startswith(f"{DEAD}/") and one["who"].startswith("arn:aws:sts::")
    body = json.dumps({"detail": {"id": "stripe:evt_1", "correlationid": "stripe:evt_0"}})
    assert one["digests"] == {"message": digest(body.encode())}


def test_one_letter_is_discarded_by_its_id(account, trail):
    put_letters(account, "stripe:evt_1", "stripe:evt_2")
    (id,) = [one.id for one in dead_letters.of_agent(account, "fraud") if one.event == "stripe:evt_1"]
    assert run("discard", "fraud", "--id", id, *REASON, "--yes").exit_code == 0
    assert left(account) == ["stripe:evt_2"]
    (record,) = trail()
    assert record["resource"].endswith(id)


def test_nothing_is_discarded_before_the_operator_says_yes(account, trail):
    put_letters(account, "stripe:evt_1")
    refused = run("discard", "fraud", "--all", *REASON, typed="n\n")
    assert str(refused.exception) == "nothing was discarded"
    assert (left(account), trail()) == (["stripe:evt_1"], [])


def test_what_comes_after_it_was_shown_is_not_discarded(account, trail):
    """Nobody looked at it."""
    put_letters(account, "stripe:evt_1")
    shown = dead_letters.of_agent(account, "fraud")
    put_letters(account, "stripe:evt_2")
    assert list(dead_letters.discard(account, shown, "a test")) == []
    assert left(account) == ["stripe:evt_2"]


def test_nothing_is_discarded_that_cannot_be_put_on_record(account, monkeypatch):
    put_letters(account, "stripe:evt_1")

    def full(*_):
        raise RetryableError("the audit queue cannot be reached")

    monkeypatch.setattr(dead_letters, "record_actions", full)
    failed = run("discard", "fraud", "--all", *REASON, "--yes")
    assert isinstance(failed.exception, RetryableError)
    assert left(account) == ["stripe:evt_1"]


def test_a_letter_that_cannot_be_deleted_is_named_here_and_on_record(account, trail, monkeypatch, client_error):
    """One is refused, one has been deleted; the third is still discarded."""
    put_letters(account, "stripe:evt_1", "stripe:evt_2", "stripe:evt_3")
    listed = dead_letters.of_agent(account, "fraud")
    ids = {letter.event: letter.id for letter in listed}
    assert len(list(dead_letters.redrive(account, ids["stripe:evt_2"]))) == 1
    sqs = account.client("sqs")
    delete = sqs.delete_message
    refused = iter([client_error("AccessDenied")])

    def refuses_one(**words):
        if error := next(refused, None):
            raise error
        return delete(**words)

    monkeypatch.setattr(sqs, "delete_message", refuses_one)
    monkeypatch.setattr(account, "client", lambda service: sqs if service == "sqs" else Account().client(service))
    monkeypatch.setattr(dead_letters, "of_agent", lambda *_: listed)
    failed = run("discard", "fraud", "--all", *REASON, "--yes")
    assert "1 dead letter discarded" in failed.output
    said = str(failed.exception)
    assert isinstance(failed.exception, OperatorError)
    assert f"{ids['stripe:evt_1']} (An error" in said and f"{ids['stripe:evt_2']} (not found" in said
    assert ids["stripe:evt_3"] not in said
    told = [(record["kind"], record["event"]) for record in trail()]
    assert told == [
        ("redriven", "stripe:evt_2"),
        *(("discarded", f"stripe:evt_{number}") for number in (1, 2, 3)),
        *(("failed", f"stripe:evt_{number}") for number in (1, 2)),
    ]


THERE = "hookline-addresses, hookline-agent-fraud, hookline-spill.fifo"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fraud", *REASON], "give one --id, or --all"),
        (["fraud", "--id", "1", "--all", *REASON], "give one --id, or --all"),
        (["fraud", "--all", "--reason", " "], "--reason is empty"),
        (["fraud", "--all", *REASON], "fraud has no dead letter"),
        (["fraud", "--id", "1", *REASON], "fraud has no dead letter 1"),
        (
            ["frod", "--all", *REASON],
            f"frod is neither a deployed agent nor a queue nor a source with quarantined bodies (known: {THERE})",
        ),
    ],
)
def test_what_cannot_be_discarded_is_named_in_one_line(account, words, said):
    failed = run("discard", *words)
    assert (type(failed.exception), str(failed.exception)) == (OperatorError, said)


def test_a_letter_nested_too_deep_is_listed_shown_and_discarded_like_others(account, trail):
    """An agent may send to its own queue: no letter of its making may hide the others."""
    put(account, DEAD, "[" * 100_000)
    put_letters(account, "stripe:evt_1")
    listed = json.loads(run("--json").stdout)["dead_letters"]
    assert sorted(letter["event"] for letter in listed) == ["", "stripe:evt_1"]
    deep = next(letter["id"] for letter in listed if not letter["event"])
    assert run("show", deep).exit_code == 0
    assert run("discard", "fraud", "--all", *REASON, "--yes").exit_code == 0
    assert dead_letters.of_agent(account, "fraud") == []


def test_half_a_character_in_a_letter_keeps_nothing_off_the_record(account, trail):
    """The recorder would take a record that holds it for none of ours."""
    put(account, DEAD, json.dumps({"detail": {"id": "stripe:\ud800", "correlationid": "stripe:\ud800"}}))
    assert run("discard", "fraud", "--all", *REASON, "--yes").exit_code == 0
    (record,) = trail()
    assert (record["kind"], record["correlation"]) == ("discarded", "stripe:?")


def test_the_letters_of_any_queue_can_be_discarded(account, trail):
    """By the name that the list has."""
    put(account, "hookline-addresses-dead-letters", "{}")
    assert run("discard", "hookline-addresses", "--all", *REASON, "--yes").exit_code == 0
    assert json.loads(run("--json").stdout)["dead_letters"] == []


def test_another_try_is_on_record(account, trail):
    """From any caller: it may have effects."""
    put_letters(account, "stripe:evt_1")
    assert run("redrive", "--all").exit_code == 0
    (record,) = trail()
    assert (record["kind"], record["event"], record["correlation"]) == ("redriven", "stripe:evt_1", "stripe:evt_0")


def test_nothing_is_tried_again_that_is_not_on_record(account):
    """The audit queue is missing, so the letter stays where it is."""
    put_letters(account, "stripe:evt_1")
    assert run("redrive", "--all").exit_code == 1
    assert bodies(account, "hookline-agent-fraud") == []


def test_what_is_shown_of_a_letter_is_why_it_is_there_and_not_its_grant(account):
    """Connectors act on that."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    body = json.dumps({"detail": {"id": "stripe:evt_1", "grant": "a.token"}})
    put(account, DEAD, body, MessageAttributes=reason)
    (letter,) = dead_letters.of_agent(account, "fraud")
    shown = run("show", letter.id).output
    assert "PermanentError: no" in shown
    assert "a.token" not in shown + run("show", letter.id, "--json").stdout


def test_no_grant_of_a_spilled_event_is_shown(account, make_grant):
    """It is in JSON in JSON."""
    grant = make_grant("stripe:charge/ch_1")
    body = json.dumps({"Source": "webhook.stripe", "Detail": json.dumps({"grant": grant})})
    put_in_order(account, "hookline-spill-dead-letters.fifo", body)
    (letter,) = dead_letters.of_agent(account, "hookline-spill.fifo")
    for words in ((), ("--json",)):
        shown = run("show", letter.id, *words)
        assert shown.exit_code == 0
        assert not any(part in shown.output for part in grant.split("."))


def put_in_order(account, queue, body, **more):
    put(account, queue, body, MessageGroupId="webhook.stripe", MessageDeduplicationId="1", **more)


AUDIT_DEAD = "hookline-audit-verifiers-dead-letters"
SPILLED = json.dumps({"Source": "webhook.stripe", "DetailType": "payment.succeeded", "Detail": "{}"})


def test_a_record_of_the_audit_trail_is_never_redriven(account, trail):
    """It would have another sender, so the recorder would put it on its own chain as forged. The others are."""
    account.client("sqs").create_queue(QueueName=AUDIT_DEAD)
    put(account, AUDIT_DEAD, '[{"identity": "webhook.stripe"}]')
    put_letters(account, "stripe:evt_1")
    (letter,) = dead_letters.of_agent(account, "hookline-audit-verifiers")
    for words in ([letter.id], ["--all"]):
        refused = run("redrive", *words)
        assert str(refused.exception).startswith(
            f"not redriven: {letter.id} of hookline-audit-verifiers: the recorder must"
        )
        assert ("back in queue hookline-agent-fraud" in refused.output) == (words == ["--all"])
    assert [one.id for one in dead_letters.of_agent(account, "hookline-audit-verifiers")] == [letter.id]
    assert [record["event"] for record in trail()] == ["stripe:evt_1"]


def test_a_spilled_event_that_the_drain_denied_is_never_redriven(account, trail):
    """From an operator the drain would accept it, and publish a forged event."""
    reason = "Denied: hookline-verifier-github spilled an event of webhook.stripe"
    attributes = {"reason": {"DataType": "String", "StringValue": reason}}
    put_in_order(account, "hookline-spill-dead-letters.fifo", SPILLED, MessageAttributes=attributes)
    refused = run("redrive", "--all")
    assert "a redrive would publish it" in str(refused.exception)
    assert (bodies(account, "hookline-spill.fifo"), trail()) == ([], [])


@pytest.mark.parametrize(
    ("sender", "refused"),
    [
        ("hookline-verifier-stripe", False),
        ("hookline-drain", False),
        ("ada@example.com", False),
        ("hookline-verifier-github", True),
        ("hookline-agent-fraud", True),
    ],
)
def test_a_spilled_event_is_redriven_only_if_the_drain_would_accept_its_sender(sender, refused):
    message = {"Body": SPILLED, "Attributes": {"SenderId": f"AROAEXAMPLE:{sender}"}}
    assert bool(refusal(naming.SPILL_QUEUE, message)) == refused


@pytest.mark.parametrize("body", ["no JSON", "[]", "{}", '{"Source": 1}', "[" * 100_000])
def test_a_spilled_message_that_is_no_event_is_refused_if_a_function_sent_it(body):
    message = {"Body": body, "Attributes": {"SenderId": "AROAEXAMPLE:hookline-agent-fraud"}}
    assert refusal(naming.SPILL_QUEUE, message)


BODIES = "hookline-bodies-123456789012-us-east-1"


def put_body(account, source, name, text='{"reason": "the body is not JSON"}'):
    account.client("s3").put_object(Bucket=BODIES, Key=f"unreadable/{source}/{name}.json", Body=text)


def test_a_quarantined_body_is_discarded_and_on_record(account, trail):
    put_body(account, "stripe", "a1")
    put_body(account, "github", "b2")
    done = run("discard", "stripe", "--all", *REASON, "--yes")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "1 dead letter discarded")
    assert [letter.id for letter in dead_letters.letters(account)] == ["unreadable/github/b2.json"]
    (record,) = trail()
    assert (record["kind"], record["resource"]) == ("discarded", "unreadable/stripe/a1.json")
    assert record["digests"] == {"message": digest(b'{"reason": "the body is not JSON"}')}


def test_one_body_is_discarded_by_the_beginning_of_its_id(account, trail):
    put_body(account, "stripe", "a1")
    put_body(account, "stripe", "b2", "\x1b no JSON")
    assert run("discard", "unreadable/stripe", "--id", "unreadable/stripe/b", *REASON, "--yes").exit_code == 0
    assert [letter.id for letter in dead_letters.letters(account)] == ["unreadable/stripe/a1.json"]


def test_a_body_that_cannot_be_deleted_is_named_here_and_on_record(account, trail, monkeypatch, client_error):
    put_body(account, "stripe", "a1")
    s3 = account.client("s3")

    def refuses(**_):
        raise client_error("AccessDenied")

    monkeypatch.setattr(s3, "delete_object", refuses)
    monkeypatch.setattr(account, "client", lambda service: s3 if service == "s3" else Account().client(service))
    failed = run("discard", "stripe", "--all", *REASON, "--yes")
    assert "unreadable/stripe/a1.json (An error" in str(failed.exception)
    assert [record["kind"] for record in trail()] == ["discarded", "failed"]


def test_the_beginning_of_an_id_is_enough(account, trail):
    put_letters(account, "stripe:evt_1", "stripe:evt_2", "stripe:evt_3")
    one, two, three = dead_letters.of_agent(account, "fraud")
    assert one.event in run("show", one.id[:13].upper()).output
    assert run("redrive", two.id[:13]).output == f"{two.id}  back in queue hookline-agent-fraud\n"
    assert run("discard", "fraud", "--id", three.id[:13], *REASON, "--yes").exit_code == 0
    assert left(account) == [one.event]


def test_a_beginning_that_several_have_names_them(account, trail):
    """And nothing is done."""
    put_body(account, "stripe", "a1")
    put_body(account, "stripe", "a2")
    told = (
        "unreadable/stripe/a is ambiguous, 2 dead letters begin with it: "
        "unreadable/stripe/a1.json (of stripe), unreadable/stripe/a2.json (of stripe)"
    )
    for words in (["show"], ["redrive"], ["discard", "stripe", *REASON, "--yes", "--id"]):
        failed = run(*words, "unreadable/stripe/a")
        assert (type(failed.exception), str(failed.exception)) == (OperatorError, told)
    assert (len(list(dead_letters.letters(account))), trail()) == (2, [])


def test_an_unknown_id_is_one_line(account):
    for words in (["show"], ["redrive"]):
        failed = run(*words, "12345678")
        told = "there is no dead letter 12345678; 'hookline dead-letters' lists them"
        assert (type(failed.exception), str(failed.exception)) == (OperatorError, told)
