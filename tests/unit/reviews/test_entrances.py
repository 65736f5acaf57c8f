"""The entrances to the review service: which one is used is the alias that was invoked, and each lets in its own."""

import json
from types import SimpleNamespace

import pytest

from functions.core.platform.environment import ReviewServiceEnvironment
from functions.core.platform.errors import Denied
from functions.core.reviews import proof
from functions.core.reviews.review import Refused, review_id
from functions.core.reviews.store import Reviews

LINK_KEY = "the key of links in these tests, 32 or more"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:hookline-reviews"
ADA = "arn:aws:iam::111122223333:user/ada"


class Anything:
    """A client whose every call succeeds."""

    meta = SimpleNamespace(endpoint_url="https://sts.example", region_name="us-east-1")

    def __getattr__(self, name):
        return lambda **_: {"FailedEntryCount": 0}


@pytest.fixture
def handler(start, dynamodb, table, sqs, eventbridge, grant_key):
    environment = ReviewServiceEnvironment(
        "audit",
        "queue",
        "dead-letters",
        reviews_table=table("reviews"),
        bus="hookline",
        grant_key="grants",
        link_key="links",
        topic_arn="topic",
        schedule_group="group",
        clock_arn="clock",
        clock_role_arn="role",
        public_url="https://reviews.example",
    )
    others = {name: Anything() for name in ("scheduler", "sns", "sts")}
    return start(
        "functions.core.reviews.handlers.service",
        environment,
        {"grants": grant_key, "links": LINK_KEY},
        dynamodb=dynamodb,
        sqs=sqs,
        events=eventbridge,
        **others,
    )


@pytest.fixture
def who(handler, monkeypatch):
    """STS knows the decider by this name, whatever was signed; a test may change it."""
    known = {"arn": ADA, "asked": []}

    def principal(handed, said, endpoint, send):
        known["asked"].append((handed, said, endpoint))
        if isinstance(known["arn"], Exception):
            raise known["arn"]
        return known["arn"]

    monkeypatch.setattr(proof, "principal", principal)
    return known


@pytest.fixture
def enter(handler, lambda_context):
    """Invokes the review service by an alias."""

    def invoke(alias, payload):
        lambda_context.invoked_function_arn = FUNCTION + (f":{alias}" if alias else "")
        return handler(payload, lambda_context)

    return invoke


@pytest.fixture
def review(enter, make_question, envelope_of, sqs_payload):
    """The id of a review that came in by the queue."""
    question = make_question()
    assert enter("", sqs_payload(envelope_of(question))) == {"batchItemFailures": []}
    return review_id(question.id)


@pytest.fixture
def decision(dynamodb, review):
    """What an operator sends."""
    shown = Reviews(dynamodb, "reviews").get(review)
    given = {"review": review, "do": "approve", "note": "", "action": shown.action_digest, "state": shown.state_digest}
    return {**given, "proof": {"authorization": "signed"}}


def kinds(sqs):
    return [record["kind"] for record in sqs.audited]


def test_a_question_that_people_must_not_get_is_a_dead_letter_with_its_reason(
    enter, make_question, envelope_of, sqs_payload, sqs, dynamodb
):
    """A person is never shown what nobody vouches for."""
    for question in (make_question(proposal="forged"), make_question(otherwise="maybe")):
        assert enter("", sqs_payload(envelope_of(question))) == {"batchItemFailures": []}
    reasons = [letter["MessageAttributes"]["reason"]["StringValue"] for letter in sqs.sent]
    assert ["proposal" in reasons[0], "otherwise" in reasons[1]] == [True, True]
    assert dynamodb.scan(TableName="reviews")["Items"] == []


def test_what_is_no_event_is_on_the_service_record(enter, sqs_payload, sqs):
    """Like every consumer's."""
    assert enter("", sqs_payload("junk")) == {"batchItemFailures": []}
    (record,) = sqs.audited
    assert (record["identity"], record["kind"]) == ("service.reviews", "rejected")
    assert len(sqs.sent) == 1


def test_an_operator_decides_as_the_identity_that_sts_returns(enter, decision, who, eventbridge):
    """They prove the very decision that they send, at the review service's own STS."""
    answer = enter("decisions", {**decision, "by": "arn:aws:iam::111122223333:user/somebody-else"})
    assert (answer["review"]["status"], answer["review"]["decision"]["by"]) == ("approved", (ADA,))
    assert eventbridge.events[0]["data"]["by"] == [ADA]
    fields = {name: decision[name] for name in ("note", "action", "state")}
    said = proof.statement("approve", decision["review"], **fields)
    assert who["asked"] == [({"authorization": "signed"}, said, "https://sts.example")]


@pytest.mark.parametrize(
    ("arn", "why"),
    [
        (Refused("STS does not know who you are"), "does not know"),
        ("arn:aws:sts::111122223333:assumed-role/hookline-agent-fraud/hookline-agent-fraud", "is a function"),
        ("arn:aws:iam::999999999999:user/ada", "another account"),
    ],
    ids=["nobody known", "the agent that asked", "another account"],
)
def test_a_person_who_may_not_decide_is_refused_and_put_on_record(enter, decision, who, eventbridge, sqs, arn, why):
    """Nobody approves what they asked for."""
    who["arn"] = arn
    assert why in enter("decisions", decision)["refused"]
    assert (eventbridge.events, kinds(sqs)[-1]) == ([], "refused")
    assert sqs.audited[-1]["decision"] == ("" if isinstance(arn, Exception) else arn)


def test_a_second_decision_is_refused_with_the_first_and_put_on_record(enter, decision, who, eventbridge, sqs):
    """With who tried."""
    enter("decisions", decision)
    assert f"was approved by {ADA}" in enter("decisions", {**decision, "do": "deny"})["refused"]
    assert (eventbridge.types, kinds(sqs)) == (["review.approved"], ["asked", "approved", "published", "refused"])


def test_a_bus_that_is_down_is_not_a_refusal(enter, decision, who, eventbridge):
    """The decision counts, and will be published."""
    eventbridge.refuses = "InternalFailure"
    assert "the bus refused" in enter("decisions", decision)["failed"]


@pytest.mark.parametrize("wrong", [{"review": 5}, {"note": ["x"]}, {"do": None}, {"review": "unknown"}, {"do": ""}])
def test_what_is_no_decision_is_refused_in_one_line(enter, decision, who, wrong):
    """Never with a traceback."""
    answer = enter("decisions", {**decision, **wrong})
    assert list(answer) == ["refused"]
    assert "\n" not in answer["refused"]


def test_an_operator_gets_a_link_and_its_page_decides(enter, decision, who, eventbridge):
    """The page's function hands over the token and what the form held."""
    url = enter("decisions", {**decision, "do": "link", "for": "eve"})["link"]
    token = url.removeprefix("https://reviews.example/reviews/")
    page = enter("links", {"do": "show", "token": token})
    assert page["review"]["agent_says"]["question"] == "Zulässig?"
    sent = {"token": token, "form": page["form"], "do": "approve", "note": "fine"}
    digests = {"action": page["review"]["action_digest"], "state": page["review"]["state_digest"]}
    assert enter("links", {**sent, **digests})["review"]["decision"]["by"] == ("link:eve",)
    assert eventbridge.types == ["review.approved"]
    assert enter("links", {**sent, **digests}) == enter("links", {"do": "show", "token": token}) == {}


@pytest.mark.parametrize("payload", [{}, {"do": "show"}, {"do": "approve", "token": "x"}, {"do": "show", "token": 5}])
def test_what_is_no_link_leads_nowhere(enter, payload):
    """Without saying why."""
    assert enter("links", payload) == {}


def test_the_page_of_links_cannot_decide_without_one(enter, decision, who):
    """What an operator may send gets it nowhere."""
    assert enter("links", decision) == {}


def test_a_schedule_lets_its_review_expire(enter, review, clock, eventbridge):
    """It comes in by the clock's entrance."""
    clock.now += 3600
    enter("clock", {"review": review})
    assert eventbridge.types == ["review.expired"]


def test_the_rule_sweeps(enter, review, clock, eventbridge):
    """It names no review."""
    clock.now += 3600
    enter("clock", {})
    assert eventbridge.types == ["review.expired"]


@pytest.mark.parametrize("alias", ["$LATEST", "1", "other"])
def test_there_is_no_other_entrance(enter, decision, alias):
    """A version, or an alias that is not declared."""
    with pytest.raises(Denied, match="no entrance"):
        enter(alias, decision)


def test_who_may_decide_does_not_pass_for_the_queue(enter, make_question, envelope_of, sqs_payload, who, dynamodb):
    """A message that comes in by another entrance opens nothing."""
    message = json.loads(json.dumps(sqs_payload(envelope_of(make_question()))))
    assert list(enter("decisions", message)) == ["refused"]
    assert enter("links", message) == {}
    assert dynamodb.scan(TableName="reviews")["Items"] == []
