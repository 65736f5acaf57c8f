"""Reviews on the deployed local stack: from a held payment to the effect of a person's decision at the provider."""

import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials

from functions.core.authority.grants import Grant, mint
from functions.core.events.event import Event, child_id
from functions.core.events.reviews import DECISIONS, SOURCE
from functions.core.platform.secret_values import labelled
from functions.core.reviews.review import review_id
from functions.providers.slack.sandbox import CHANNEL
from hookline.local.emulator import ACCOUNT, REGION
from hookline.local.stack import LocalStack
from hookline.operator import reviews
from hookline.operator.audit.tree import whole
from hookline.operator.errors import OperatorError
from hookline.operator.send import post
from hookline.operator.trail import Trail
from infra import naming
from tests.local.payments import effects_on
from tests.local.payments import payment as paid

pytestmark = pytest.mark.local

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SERVICE = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{naming.service('reviews')}"
EFFECTED = ("connector.slack", "effected")
MAY_DECIDE = [
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"{SERVICE}:{naming.DECISIONS}"},
    {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"],
        "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{naming.REVIEWS_TABLE}*",
    },
]


@pytest.fixture(scope="module")
def published(stack: LocalStack) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """Returns the decisions that the review service published in one tree, as a rule on the bus receives them."""
    events, sqs, name = stack.client("events"), stack.client("sqs"), f"received-{secrets.token_hex(4)}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    pattern = json.dumps({"source": [SOURCE], "detail-type": [*DECISIONS]})
    events.put_rule(Name=name, EventBusName=naming.BUS, EventPattern=pattern)
    target = {"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"}
    events.put_targets(Rule=name, EventBusName=naming.BUS, Targets=[target])
    received: list[dict[str, Any]] = []

    def of(correlation: str) -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        received.extend(json.loads(message["Body"])["detail"] for message in answer.get("Messages", []))
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in received if event["correlationid"] == correlation]

    yield of
    events.remove_targets(Rule=name, EventBusName=naming.BUS, Ids=["1"])
    events.delete_rule(Name=name, EventBusName=naming.BUS)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def held(stack: LocalStack, eventually: Callable[..., Any]) -> Callable[[], SimpleNamespace]:
    """Delivers a payment that the fraud agent holds; returns it and the review that the agent requests."""

    def pay() -> SimpleNamespace:
        event = paid(stack, amount=900_000)
        assert post(stack, "stripe", json.dumps(event).encode()).status == 200
        correlation = f"stripe:{event['id']}"
        id = review_id(child_id(correlation, "agent.fraud", "approval.required"))
        eventually(lambda: id in [review["id"] for review in reviews.listed(stack, False)], f"review {id}")
        return SimpleNamespace(id=id, correlation=correlation, event=event)

    return pay


@pytest.fixture
def ask(stack: LocalStack, eventually: Callable[..., Any]) -> Callable[..., SimpleNamespace]:
    """Publishes a question of the fraud agent without an action; its review expires after so many seconds."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=naming.GRANT_KEY)["SecretString"]
    key = next(iter(labelled(secret, time.time()).values()))

    def put(seconds: int) -> SimpleNamespace:
        now, correlation = int(time.time()), f"stripe:evt_{secrets.token_hex(8)}"
        grant = mint(Grant(correlation, correlation, frozenset({"stripe:charge/ch_1"}), now, now + 3600), key)
        data = {"agent": "fraud", "action": None, "question": "Look at it?", "evidence": {}, "why": "", "proposal": ""}
        event = Event(
            id=child_id(correlation, "agent.fraud", "approval.required"),
            source="agent.fraud",
            type="approval.required",
            subject="stripe:charge/ch_1",
            time="2026-01-01T00:00:00.000000Z",
            receivedat="2026-01-01T00:00:00.000000Z",
            entities=["stripe:charge/ch_1"],
            correlationid=correlation,
            causationid=correlation,
            grant=grant,
            data={**data, "expires": now + seconds, "otherwise": "deny"},
            dataschema="approval.required/1",
        )
        stack.client("events").put_events(Entries=[event.to_entry(naming.BUS)])
        id = review_id(event.id)
        table = stack.client("dynamodb")
        key_of = {"TableName": naming.REVIEWS_TABLE, "Key": {"id": {"S": id}}}
        eventually(lambda: "Item" in table.get_item(**key_of), f"review {id}")
        return SimpleNamespace(id=id, correlation=correlation)

    return put


@pytest.fixture
def operator(stack: LocalStack) -> Iterator[Callable[..., SimpleNamespace]]:
    """Creates an IAM user with an access key and a policy of these statements."""
    iam, made = stack.client("iam"), []

    def make(statements: list[dict[str, Any]] = MAY_DECIDE) -> SimpleNamespace:
        name = f"operator-{secrets.token_hex(4)}"
        made.append(name)
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
        return SimpleNamespace(
            arn=arn,
            client=lambda service: session.client(service, endpoint_url=stack.emulator.endpoint),
            credentials=lambda: Credentials(key["AccessKeyId"], key["SecretAccessKey"]),
        )

    yield make
    for name in made:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName="may")
        iam.delete_user(UserName=name)


def browse(url: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    body = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(url, body, timeout=30) as answer:  # noqa: S310 - our own loopback address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_an_approved_action_is_performed_at_the_provider_once(
    stack: LocalStack, held: Any, published: Any, eventually: Any, records: Any
) -> None:
    payment = held()
    review = reviews.find(stack, payment.id)
    assert review["action"]["arguments"] == {"review": payment.event["data"]["object"]["review"]}
    assert review["state"]["open"] is True
    assert effects_on(stack, payment.event) == []

    assert reviews.decide(stack, review, "approve", "known customer")["status"] == "approved"
    eventually(lambda: effects_on(stack, payment.event) == ["review.approve"], "the review closed at Stripe")
    (event,) = eventually(lambda: published(payment.correlation), "review.approved")
    assert (event["type"], event["data"]["by"], event["data"]["note"]) == ("review.approved", [ROOT], "known customer")
    own = payment.correlation.removeprefix("stripe:")
    records(own, "agent.fraud", "published", "payment.approved")
    steps = records(own, "service.reviews", "published", "review.approved")
    theirs = [record["kind"] for record in steps if record["identity"] == "service.reviews"]
    assert theirs == ["asked", "published", "approved", "published"]
    # The trail is written a moment later, by the recorder.
    eventually(lambda: reviews.find(stack, payment.id).get("outcome", {}).get("is") == "done", "the outcome")


def test_a_review_is_posted_to_slack_once_and_without_a_link_that_decides(
    stack: LocalStack, held: Any, eventually: Any, trail: Trail
) -> None:
    """An agent posts it through a connector: the review service itself calls no provider."""
    payment = held()

    def posted() -> list[str]:
        messages = stack.sandboxes.control("GET", "/_sandbox/slack/state")["messages"]
        return [message["text"] for message in messages if payment.id in message["text"]]

    (text,) = eventually(posted, f"the message about review {payment.id}")
    assert text.startswith("Agent fraud asks, in its own words:\n| Approve this payment of ")
    assert "http" not in text
    assert f"hookline reviews show {payment.id}\n" in text  # for this stack: without an account

    def done() -> list[str]:
        steps = whole(trail, payment.correlation)  # the tree that `hookline audit show` prints
        return [record["resource"] for record in steps if (record["identity"], record["kind"]) == EFFECTED]

    assert eventually(done, "the message on the trail") == [f"slack:channel/{CHANNEL}"]
    assert len(posted()) == 1


def test_a_denied_action_is_not_performed(stack: LocalStack, held: Any, published: Any, eventually: Any) -> None:
    payment = held()
    reviews.decide(stack, reviews.find(stack, payment.id), "deny", "stolen card")
    (event,) = eventually(lambda: published(payment.correlation), "review.denied")
    assert (event["type"], event["data"]["note"]) == ("review.denied", "stolen card")
    with pytest.raises(OperatorError, match=f"was denied by {ROOT} at "):
        reviews.decide(stack, reviews.find(stack, payment.id), "approve")
    assert effects_on(stack, payment.event) == []


def test_an_operator_is_identified_by_their_signature(
    stack: LocalStack, ask: Any, operator: Any, published: Any, eventually: Any
) -> None:
    ada, question = operator(), ask(3600)
    reviews.decide(ada, reviews.find(ada, question.id), "approve")
    (event,) = eventually(lambda: published(question.correlation), "review.approved")
    assert event["data"]["by"] == [ada.arn]


def test_no_one_decides_in_anothers_name(stack: LocalStack, ask: Any, operator: Any) -> None:
    """Neither with a proof of another decision, nor with a key that is not theirs."""
    ada, question = operator(), ask(3600)
    review = reviews.find(ada, question.id)
    proof = reviews.prove(ada, {"do": "deny", "review": question.id, "action": "", "state": ""})
    sent = {"do": "approve", "review": question.id, "action": "", "state": "", "proof": proof}
    answer = stack.client("lambda").invoke(FunctionName=f"{SERVICE}:{naming.DECISIONS}", Payload=json.dumps(sent))
    assert "SignatureDoesNotMatch" in json.loads(answer["Payload"].read())["refused"]
    forger = SimpleNamespace(
        client=stack.client, credentials=lambda: Credentials(ada.credentials().access_key, "a made-up secret")
    )
    with pytest.raises(OperatorError, match="SignatureDoesNotMatch"):
        reviews.decide(forger, review, "approve")
    assert reviews.find(stack, question.id)["status"] == "open"


def test_iam_controls_who_may_decide(ask: Any, operator: Any) -> None:
    question = ask(3600)
    reader = operator(MAY_DECIDE[1:])
    with pytest.raises(OperatorError, match="cannot be invoked"):
        reviews.decide(reader, reviews.find(reader, question.id), "approve")


def test_a_link_can_be_opened_often_and_decides_once(
    stack: LocalStack, ask: Any, published: Any, eventually: Any
) -> None:
    question = ask(3600)
    link = reviews.link(stack, reviews.find(stack, question.id), "eve")
    pages = [browse(link) for _ in range(2)]
    assert [status for status, _ in pages] == [200, 200]
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', pages[0][1]))
    assert browse(f"{link}x")[0] == 404
    assert browse(link, {**form, "form": "made up", "do": "approve"})[0] == 404
    status, body = browse(link, {**form, "do": "approve", "note": "by phone"})
    assert (status, "It is approved." in body) == (200, True)
    (event,) = eventually(lambda: published(question.correlation), "review.approved")
    assert (event["data"]["by"], event["data"]["note"]) == (["link:eve"], "by phone")
    assert [browse(link)[0], browse(link, {**form, "do": "deny"})[0]] == [404, 404]


def test_a_review_expires_by_its_schedule_and_takes_no_decision_afterwards(
    stack: LocalStack, ask: Any, published: Any, eventually: Any
) -> None:
    question = ask(2)
    # The emulator checks its schedules every ten seconds.
    (event,) = eventually(lambda: published(question.correlation), "review.expired")
    assert (event["type"], event["data"]["by"]) == ("review.expired", [])
    scheduler = stack.client("scheduler")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(GroupName=naming.REVIEWS_SCHEDULES, Name=f"review-{question.id}")
    with pytest.raises(OperatorError, match=f"review {question.id} expired at "):
        reviews.decide(stack, reviews.find(stack, question.id), "approve")
