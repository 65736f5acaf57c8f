"""Reviews: what an agent asked of a person, kept once."""

import json

import pytest

from functions.core.canonical import digest
from functions.core.environment import ReviewDeskEnvironment
from functions.services.review_desk.reviews import Reviews
from functions.taxonomy.catalogue import EVENTS

ASKED = {**EVENTS["approval.required"].example, "question": "Zulässig?"}


@pytest.fixture
def reviews(dynamodb, table) -> Reviews:
    return Reviews(dynamodb, table("reviews"))


@pytest.fixture
def question(make_event):
    """An approval.required of the fraud agent, with these fields changed."""

    def make(**changes: object):
        data = {**ASKED, **changes}
        schema = "approval.required/1"
        return make_event().child(
            source="agent.fraud", type="approval.required", time="2026-09-21T13:36:00.000000Z", data=data, schema=schema
        )

    return make


def kept(dynamodb) -> list[dict]:
    return dynamodb.scan(TableName="reviews")["Items"]


def test_a_question_is_kept_with_all_that_its_answer_needs(reviews, question, dynamodb):
    """Who asked what, the grant that the action needs, and the digest of the exact action."""
    event = question()
    assert reviews.open(event) is True
    (item,) = kept(dynamodb)
    plain = {name: next(iter(value.values())) for name, value in item.items()}
    assert json.loads(plain.pop("request")) == ASKED
    assert plain == {
        "id": event.id,
        "status": "open",
        "subject": event.subject,
        "correlation": event.correlationid,
        "opened": event.time,
        "expires_at": str(ASKED["expires"]),
        "action_digest": digest(ASKED["action"]),
        "grant": event.grant,
    }


def test_a_question_that_comes_twice_is_opened_once(reviews, question, dynamodb):
    """And what became of it meanwhile is not undone."""
    reviews.open(question())
    dynamodb.update_item(
        TableName="reviews",
        Key={"id": {"S": question().id}},
        UpdateExpression="SET #status = :status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":status": {"S": "approved"}},
    )
    assert reviews.open(question(question="Other words?")) is False
    (item,) = kept(dynamodb)
    assert (item["status"]["S"], json.loads(item["request"]["S"])["question"]) == ("approved", "Zulässig?")


def test_a_question_without_an_action_is_kept(reviews, question, dynamodb):
    """The person does themselves what is to be done."""
    reviews.open(question(action=None))
    assert json.loads(kept(dynamodb)[0]["request"]["S"])["action"] is None


@pytest.fixture
def desk(load_handler, reviews, dynamodb, sqs, sqs_payload, envelope_of, lambda_context):
    """Hands events to the review desk; says what comes back."""
    environment = ReviewDeskEnvironment("audit", "queue", "dead-letters", reviews_table="reviews")
    handler = load_handler("functions.services.review_desk.handler", environment, dynamodb=dynamodb, sqs=sqs).handler
    return lambda *events: handler(sqs_payload(*map(envelope_of, events)), lambda_context)["batchItemFailures"]


def test_the_desk_opens_a_review_and_says_so_on_the_trail(desk, question, dynamodb, sqs):
    """For each question."""
    assert desk(question()) == []
    assert len(kept(dynamodb)) == 1
    assert [(record["identity"], record["kind"]) for record in sqs.audited] == [("service.review_desk", "asked")]


def test_the_desk_puts_what_is_no_question_with_the_dead_letters(desk, question, dynamodb, sqs):
    """A person is never shown what the taxonomy does not know."""
    assert desk(question(otherwise="maybe")) == []
    assert kept(dynamodb) == []
    assert "otherwise" in sqs.of("send_message")[0]["MessageAttributes"]["reason"]["StringValue"]
