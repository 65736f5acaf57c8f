"""A review expires at its time: by its schedule, or by the sweep."""

import pytest
from botocore.exceptions import ClientError

from functions.core.authority.grants import check
from functions.core.platform.errors import RetryableError
from functions.core.reviews.review import Refused


def test_a_review_expires_when_its_time_is_over(asked, service, eventbridge, clock, audit_queue):
    """A moved clock shows it."""
    id = asked()
    clock.now += 3599.999
    with pytest.raises(RetryableError):
        service.expire(id)
    assert eventbridge.events == []
    clock.now += 0.001
    service.expire(id)
    assert (eventbridge.types, audit_queue.kinds[-2:]) == (["review.expired"], ["expired", "published"])
    assert eventbridge.events[0]["data"]["by"] == []


def test_the_declared_default_may_be_approval(asked, service, eventbridge, clock, grant_key):
    """Nobody approved, and the grant says so."""
    id = asked(otherwise="approve")
    clock.now += 3600
    service.expire(id)
    (event,) = eventbridge.events
    assert (event["type"], event["data"]["by"]) == ("review.approved", ["default"])
    grant = check(event["grant"], [grant_key], clock.now)
    assert grant.approval.approvers == ["default"]
    assert grant.issued == int(clock.now) - 3600  # the tree is as old as it was: only a person's word makes it young
    assert grant.event == "stripe:evt_1"  # and what was done because of that event is done


@pytest.mark.parametrize("told_after", [None, 1], ids=["no notice", "a second late"])
def test_silence_approves_nothing_if_people_got_no_notice_in_time(
    asked, service, sns, eventbridge, clock, client_error, told_after
):
    """The cause may be an outage or something in the question itself."""
    sns.refuses = client_error("InternalError")
    with pytest.raises(ClientError):
        asked(otherwise="approve")
    if told_after:
        sns.refuses, clock.now = None, clock.now + told_after
        asked(otherwise="approve")
    clock.now += 3600
    service.sweep()
    assert eventbridge.types == ["review.expired"]


def test_a_schedule_that_comes_twice_or_after_a_decision_does_nothing(asked, decide, service, eventbridge, clock):
    """What people decided stands."""
    id = asked()
    decide(id, "deny")
    clock.now += 3600
    service.expire(id)
    service.expire(id)
    assert eventbridge.types == ["review.denied"]


def test_nobody_decides_after_the_expiry_though_the_schedule_is_late(asked, decide, service, eventbridge, clock):
    """And the default then happens."""
    id = asked()
    clock.now += 3600
    with pytest.raises(Refused, match="expired"):
        decide(id, "approve")
    assert eventbridge.events == []
    service.sweep()
    assert eventbridge.types == ["review.expired"]


def test_the_sweep_leaves_open_reviews_alone(asked, service, reviews, eventbridge, clock):
    """Until its time."""
    id = asked()
    clock.now += 3599
    service.sweep()
    assert (reviews.get(id).status, eventbridge.events) == ("open", [])


def test_a_schedule_of_a_review_that_is_gone_does_nothing(service, reviews):
    """Nothing is published."""
    service.expire("0" * 12)
