"""Reviews in DynamoDB: opened once, and written by one at a time."""

from dataclasses import replace

import pytest

from functions.core.events.event import child_id
from functions.core.platform.errors import Denied, RetryableError
from functions.core.reviews.opening import opened
from functions.core.reviews.review import Refused, Voter, approve, deny
from functions.core.reviews.store import Reviews

ADA, BOB = (Voter(f"arn:aws:iam::111122223333:user/{name}", (name,)) for name in ("ada", "bob"))


@pytest.fixture
def reviews(dynamodb, table):
    return Reviews(dynamodb, table("reviews"))


@pytest.fixture
def review(make_question, grant_key, clock):
    return opened(make_question(), [grant_key], clock.now)


def voting(voter, clock, how=approve):
    return lambda review: how(review, voter, "", clock.now)


def test_a_review_is_read_as_it_was_written(reviews, review, clock):
    """Before and after its decision."""
    reviews.open(review)
    assert reviews.get(review.id) == replace(review, version=1)
    reviews.change(review.id, voting(ADA, clock))
    kept = reviews.get(review.id)
    assert (kept.decision.by, kept.decision.at, kept.version) == ((ADA.name,), clock.now, 2)
    assert (kept.event, kept.proposal, kept.entities) == (review.event, review.proposal, review.entities)


def test_a_review_that_version_0_1_0_stored_is_read(reviews, review, dynamodb):
    """Its time of notification had another name."""
    reviews.open(replace(review, notified=5.0))
    item = dynamodb.get_item(TableName="reviews", Key={"id": {"S": review.id}})["Item"]
    item["review"]["S"] = item["review"]["S"].replace('"notified"', '"told"')
    dynamodb.put_item(TableName="reviews", Item=item)
    assert reviews.get(review.id).notified == 5.0


def test_a_review_without_an_action_is_read_too(reviews, make_question, grant_key, clock):
    """It has no proposal."""
    review = opened(make_question(action=None, proposal=""), [grant_key], clock.now)
    reviews.open(review)
    assert reviews.get(review.id).proposal is None


def test_a_copy_opens_nothing_and_undoes_nothing(reviews, review, clock):
    """The copy gets the review as it is now."""
    reviews.open(review)
    reviews.change(review.id, voting(ADA, clock, deny))
    assert reviews.open(review).decision.result == "denied"


def test_another_events_review_is_not_taken_for_this_one(reviews, review, dynamodb):
    """An id is short, so it is compared whole."""
    reviews.open(review)
    whole = dynamodb.get_item(TableName="reviews", Key={"id": {"S": review.id}})["Item"]
    whole["review"]["S"] = whole["review"]["S"].replace(
        review.event.id, child_id("stripe:evt_2", "agent.fraud", "approval.required")
    )
    dynamodb.put_item(TableName="reviews", Item=whole)
    with pytest.raises(Denied, match="belongs to another event"):
        reviews.open(review)


def test_of_two_at_once_one_decides_and_the_other_sees_it(reviews, review, clock):
    """Both read the review as open; the second write meets its condition, and looks again."""
    reviews.open(review)
    looks = []

    def deny_after_ada(now):
        if not looks:
            reviews.change(review.id, voting(ADA, clock))  # in between reading and writing
        looks.append(now.status)
        return deny(now, BOB, "", clock.now)

    with pytest.raises(Refused, match="was approved by .*ada"):
        reviews.change(review.id, deny_after_ada)
    assert looks == ["open", "decided"]
    assert reviews.get(review.id).decision.by == (ADA.name,)


def test_of_two_approvers_at_once_both_count(reviews, make_question, make_proposal, grant_key, clock):
    """Neither's word is written over."""
    review = opened(make_question(proposal=make_proposal(approvers=2)), [grant_key], clock.now)
    reviews.open(review)
    first = []

    def approve_after_ada(now):
        if not first:
            first.append(reviews.change(review.id, voting(ADA, clock)))
        return approve(now, BOB, "", clock.now)

    assert list(reviews.change(review.id, approve_after_ada).decision.by) == [ADA.name, BOB.name]


def test_a_writer_that_always_loses_must_try_again(reviews, review):
    """Rather than looping for ever."""
    reviews.open(review)

    def after_somebody(now):
        reviews.change(review.id, lambda other: replace(other, notes=(*other.notes, "x")))
        return replace(now, notified=True)

    with pytest.raises(RetryableError, match="written by others"):
        reviews.change(review.id, after_somebody)


def test_what_changes_nothing_is_not_written(reviews, review):
    """The version stays."""
    reviews.open(review)
    assert reviews.change(review.id, lambda now: now).version == reviews.get(review.id).version == 1


def test_there_is_nothing_to_get_or_change_where_there_is_no_review(reviews):
    """An operator may mistype an id."""
    assert [reviews.get(id) for id in ("0" * 12, "", "x" * 3000)] == [None, None, None]
    assert reviews.change("0" * 12, lambda now: now) is None


def test_reviews_are_found_by_their_status(reviews, review, clock):
    """Open, decided while the agent has not been told, then what was decided."""
    reviews.open(review)
    for change, status in (
        (lambda now: now, "open"),
        (voting(ADA, clock), "decided"),
        (lambda now: replace(now, published=True), "approved"),
    ):
        reviews.change(review.id, change)
        assert [found.id for found in reviews.with_status(status)] == [review.id]
    assert list(reviews.with_status("open")) == []


def test_a_decision_that_the_sdk_writes_twice_is_one(repeating, dynamodb, table, review, clock):
    """It meets what it wrote itself, which is no other person's decision."""
    table("reviews")
    Reviews(dynamodb, "reviews").open(review)
    decided = Reviews(repeating, "reviews").change(review.id, voting(ADA, clock))
    kept = Reviews(dynamodb, "reviews").get(review.id)
    assert (decided.decision.by, kept.decision, kept.version) == ((ADA.name,), decided.decision, decided.version)
