"""Opening a review: kept, recorded, scheduled and announced once, whatever fails in between."""

import json

import pytest

from functions.core.authority.grants import check
from functions.core.events.event import LONGEST_ID, Event, child_id
from functions.core.platform.errors import BudgetExceeded, Denied, RetryableError
from functions.core.reviews.review import review_id
from functions.core.reviews.store import MOST_PER_TREE
from tests.unit.reviews.service.names import ADA, QUESTION


def test_opening_keeps_records_schedules_and_announces_a_review(asked, reviews, audit_queue, scheduler, sns, clock):
    """Once each."""
    id = asked()
    assert (reviews.get(id).status, reviews.get(id).notified) == ("open", clock.now)
    (record,) = audit_queue.records
    assert (record["kind"], record["resource"], record["action"]) == (
        "asked",
        f"review/{id}",
        "stripe:review.approve",
    )
    (schedule,) = scheduler.calls
    assert schedule["ScheduleExpression"] == "at(2026-09-21T15:15:00)"
    assert (schedule["Name"], schedule["GroupName"], schedule["ActionAfterCompletion"]) == (
        f"review-{id}",
        "hookline-reviews",
        "DELETE",
    )
    assert schedule["Target"] == {"Arn": "arn:clock", "RoleArn": "arn:role", "Input": json.dumps({"review": id})}
    assert len(sns.calls) == 1


def test_a_copy_of_the_question_opens_one_review(asked, dynamodb, audit_queue, scheduler, sns):
    """Nobody gets a second notice."""
    assert asked() == asked()
    assert [item["status"]["S"] for item in dynamodb.scan(TableName="reviews")["Items"] if "status" in item] == ["open"]
    assert (audit_queue.kinds, len(scheduler.calls), len(sns.calls)) == (["asked"], 1, 1)


@pytest.mark.parametrize("broken", ["audit_queue", "scheduler", "sns"])
def test_what_breaks_while_opening_is_completed_by_the_next_try(
    asked, reviews, make_question, audit_queue, scheduler, sns, client_error, request, broken
):
    """The message is retried, and every notice is sent."""
    part = request.getfixturevalue(broken)
    part.refuses = client_error("InternalError")
    with pytest.raises(Exception, match="InternalError"):
        asked()
    id = review_id(make_question().id)
    assert (reviews.get(id).status, reviews.get(id).notified) == ("open", False)
    part.refuses = None
    asked()
    assert reviews.get(id).notified
    assert ("asked" in audit_queue.kinds, len(sns.calls)) == (True, 1)
    assert {call["Name"] for call in scheduler.calls} == {f"review-{id}"}


def test_agents_get_one_event_of_a_review_with_a_grant_of_no_entity(
    make_service, make_question, eventbridge, grant_key, clock
):
    """And for nothing that the review is about."""
    for _ in range(2):
        make_service(announces=True).open(make_question())
    (said,) = eventbridge.events
    assert (said["type"], said["id"]) == (
        "review.opened",
        child_id(QUESTION, "review.service", "review.opened"),
    )
    granted = check(said["grant"], [grant_key], clock.now)
    assert (granted.entities, granted.event, granted.approval) == (frozenset(), said["id"], None)
    assert granted.correlation == said["correlationid"] == said["id"]
    assert said["causationid"] == QUESTION


def test_what_the_service_publishes_is_on_record_below_the_question(
    make_service, make_question, eventbridge, audit_queue, reviews
):
    """Its event's id, and the question as its parent, in the tree that asked: there an operator looks for it."""
    service = make_service(announces=True)
    service.open(make_question())
    shown = reviews.get(review_id(QUESTION))
    service.decide(shown.id, "deny", ADA, "", shown.action_digest, shown.state_digest)
    published = [record for record in audit_queue.records if record["kind"] == "published"]
    assert [(record["action"], record["event"]) for record in published] == [
        (event["type"], event["id"]) for event in eventbridge.events
    ]
    assert {(record["causation"], record["correlation"]) for record in published} == {(QUESTION, "stripe:evt_1")}
    about_the_question = [record for record in audit_queue.records if record["kind"] != "published"]
    assert {(record["event"], record["causation"]) for record in about_the_question} == {(QUESTION, "stripe:evt_1")}


def test_a_question_about_an_announcement_is_not_announced(
    make_service, make_event, make_grant, make_question, sns, eventbridge
):
    """Otherwise an agent that fails at announcing, and asks what to do, would wake itself without end."""
    tree = child_id(QUESTION, "review.service", "review.opened")
    deeper = child_id(tree, "agent.notifier", "payment.held")
    grant = make_grant(event=tree)
    for parent in (tree, deeper):
        event = make_event(id=parent, correlationid=tree, grant=grant)
        service = make_service(announces=True)
        service.open(make_question(event, action=None, proposal=""))
    assert (eventbridge.types, len(sns.calls)) == ([], 2)


def test_nobody_gets_a_second_mail_because_the_bus_refused(make_service, make_question, eventbridge, sns, client_error):
    """The event for agents comes first: they recognize a copy by its id, and a mail has none."""
    eventbridge.refuses = client_error("InternalError")
    with pytest.raises(RetryableError):
        make_service(announces=True).open(make_question())
    assert sns.calls == []
    eventbridge.refuses = None
    make_service(announces=True).open(make_question())
    assert len(sns.calls) == 1


def test_a_schedule_that_exists_already_is_no_error(asked, scheduler, client_error):
    """The try before this one made it."""
    scheduler.refuses = client_error("ConflictException")
    asked()


def test_a_question_that_waited_too_long_in_its_queue_expires_at_once(asked, clock, eventbridge, scheduler, sns):
    """The agent gets the event; nobody is asked."""
    asked(expires=int(clock.now))
    assert (eventbridge.types, scheduler.calls, sns.calls) == (["review.expired"], [], [])


def test_an_agent_asks_people_only_so_often_in_one_tree(service, make_event, make_question, audit_queue, sns, reviews):
    """Under any event id; then its question is a dead letter, which is on record and raises an alarm."""

    def ask(number, tree):
        names = {"correlationid": tree, "causationid": tree}
        parent = make_event(id=f"stripe:evt_{number}", grant=make_event().grant, **names)
        question = make_question(parent, action=None, proposal="")
        service.open(question)
        return question

    questions = [ask(number, "stripe:evt_1") for number in range(MOST_PER_TREE)]
    with pytest.raises(BudgetExceeded, match="20 times"):
        ask(MOST_PER_TREE, "stripe:evt_1")
    refused = audit_queue.records[-1]
    assert (refused["kind"], refused["decision"], refused["resource"]) == ("refused", "BudgetExceeded", "agent.fraud")
    service.open(questions[0])  # a copy of one that was asked is not another question
    assert len(sns.calls) == MOST_PER_TREE


def test_the_answer_to_a_question_about_the_longest_event_id_can_be_read(
    service, decide, make_event, make_question, envelope_of, eventbridge
):
    """Ids do not grow from parent to child."""
    parent = make_event(id=f"stripe:{'1' * (LONGEST_ID - len('stripe:'))}")
    question = make_question(parent, action=None, proposal="")
    service.open(question)
    decide(review_id(question.id), "approve")
    (said,) = eventbridge.events
    assert Event.from_envelope(envelope_of(Event(**said))).causationid == question.id


def test_a_question_that_must_not_be_asked_is_on_record(service, make_event, make_question, audit_queue):
    """With the reason, and the agent that asked."""
    with pytest.raises(Denied):
        service.open(make_question(make_event(grant="forged.grant"), action=None, proposal=""))
    (record,) = audit_queue.records
    assert (record["kind"], record["resource"], record["correlation"]) == ("refused", "agent.fraud", "stripe:evt_1")
    assert record["reason"] == "the grant was not minted here"
