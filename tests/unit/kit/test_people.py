"""A person's decision in the testing kit: review service, approval and gate are the real ones."""

import pytest

from hookline.operator.errors import OperatorError
from hookline.testing.kit import event

ASKS = event("change.proposed", title="ask a person 1")


def test_an_approved_action_is_performed_once(kit):
    prober = kit("prober")
    asked = prober.wake(ASKS)
    assert asked.effects == ()
    (review,) = asked.asked
    assert review.action.operation == "message.post"
    done = prober.approve(asked, by="ada", note="fine")
    assert (done.event.type, done.event.data["by"], done.event.data["note"]) == (
        "review.approved",
        ["link:ada"],
        "fine",
    )
    assert [(one.operation, one.times) for one in done.effects] == [("slack.message.post", 1)]
    again = prober.wake(done.event)
    assert again.effects == ()


def test_a_denied_action_is_not_performed(kit):
    prober = kit("prober")
    denied = prober.deny(prober.wake(ASKS))
    assert (denied.event.type, denied.effects, denied.status) == ("review.denied", (), "handled")


def test_a_review_that_nobody_decides_on_expires(kit):
    prober = kit("prober")
    asked = prober.wake(ASKS)
    assert prober.move_time(23 * 3600).event is None
    expired = prober.move_time(2 * 3600)
    assert (expired.event.type, expired.effects) == ("review.expired", ())
    with pytest.raises(OperatorError, match="is not open to ada: it was decided, or has expired"):
        prober.approve(asked)


def test_a_crash_of_an_approved_action_performs_it_once(kit):
    prober = kit("prober")
    asked = prober.wake(ASKS)
    prober.crash(after="slack.message.post")
    done = prober.approve(asked)
    assert [one.times for one in done.effects] == [1]
    assert done.tries > 1


def test_without_a_review_there_is_nothing_to_decide(kit):
    prober = kit("prober")
    with pytest.raises(OperatorError, match="the result opened 0 reviews, not one: none"):
        prober.approve(prober.wake(event("change.proposed", title="post 1")))
