"""One review: what people may decide, and what happens if they decide nothing."""

from dataclasses import replace

import pytest

from functions.core.authority.grants import check
from functions.core.events.event import child_id
from functions.core.platform.errors import RetryableError
from functions.core.reviews.answer import answer
from functions.core.reviews.opening import opened
from functions.core.reviews.review import (
    DEFAULT,
    Decision,
    Refused,
    Voter,
    approve,
    deny,
    expire,
    refuse_unseen,
    review_id,
)

ADA, BOB = (Voter(f"arn:aws:iam::111122223333:user/{name}", (name,)) for name in ("ada", "bob"))
BY_LINK = Voter("link:eve", ("link:eve", "cyd"), "nonce")


@pytest.fixture
def review(make_question, grant_key, clock):
    return opened(make_question(), [grant_key], clock.now)


@pytest.fixture
def two_needed(make_question, make_proposal, grant_key, clock):
    return opened(make_question(proposal=make_proposal(approvers=2)), [grant_key], clock.now)


def test_its_id_is_short_and_follows_from_the_event(review):
    """An operator types it, and a copy of the event has the same."""
    assert review.id == review_id(child_id("stripe:evt_1", "agent.fraud", "approval.required"))
    assert (len(review.id), int(review.id, 16) >= 0) == (12, True)


def test_one_approval_decides_where_one_is_needed(review, clock):
    """With their note."""
    approved = approve(review, ADA, "known customer", clock.now)
    assert approved.decision == Decision("approved", clock.now, (ADA.name,), "known customer")
    assert approved.status == "decided"
    assert replace(approved, published=True).status == "approved"


def test_the_first_of_two_leaves_it_open(two_needed, clock):
    """And the second decides; both are on record, with their notes."""
    first = approve(two_needed, ADA, "looks fine", clock.now)
    assert (first.decision, first.status, len(first.approvals)) == (None, "open", 1)
    second = approve(first, BOB, "to me too", clock.now + 1)
    assert second.decision == Decision("approved", clock.now + 1, (ADA.name, BOB.name), "looks fine\nto me too")


def test_the_same_person_counts_once(two_needed, clock):
    """However often they click."""
    first = approve(two_needed, ADA, "", clock.now)
    assert approve(first, ADA, "again", clock.now) == first


def test_the_issuer_and_the_user_of_a_link_count_as_one(two_needed, clock):
    """Otherwise one person could approve twice, with a link that they make for themselves."""
    by_link = approve(two_needed, BY_LINK, "", clock.now)
    issuer = Voter("arn:aws:iam::111122223333:user/cyd", ("cyd",))
    assert approve(by_link, issuer, "", clock.now) == by_link
    assert approve(by_link, ADA, "", clock.now).decision.by == (BY_LINK.name, ADA.name)


def test_a_link_decides_once(two_needed, clock):
    """Even where the review is still open."""
    by_link = approve(two_needed, BY_LINK, "", clock.now)
    for decide in (approve, deny):
        with pytest.raises(Refused, match="this link was used"):
            decide(by_link, BY_LINK, "", clock.now)


def test_one_denial_is_enough(two_needed, clock):
    """Also after an approval."""
    first = approve(two_needed, ADA, "", clock.now)
    assert deny(first, BOB, "fraud", clock.now).decision == Decision("denied", clock.now, (BOB.name,), "fraud")


@pytest.mark.parametrize("decide", [approve, deny])
@pytest.mark.parametrize("earlier", [approve, deny])
def test_nobody_decides_after_a_decision(review, clock, earlier, decide):
    """The refusal says what was decided, by whom and when."""
    decided = earlier(review, ADA, "", clock.now)
    with pytest.raises(Refused, match=rf"was {decided.decision.result} by arn:\S+user/ada at 2026-09-21T"):
        decide(decided, BOB, "", clock.now)


@pytest.mark.parametrize("decide", [approve, deny])
@pytest.mark.parametrize("late", [0, 0.001, 86400])
def test_nobody_decides_after_the_expiry(review, decide, late):
    """Even if the schedule is late."""
    with pytest.raises(Refused, match=f"review {review.id} expired at 2026-09-21T"):
        decide(review, ADA, "", review.expires + late)


def test_a_moment_before_the_expiry_is_in_time(review):
    """A millisecond is enough."""
    assert approve(review, ADA, "", review.expires - 0.001).decision.result == "approved"


def test_it_does_not_expire_before_its_time(review):
    """It is tried again when it is time."""
    with pytest.raises(RetryableError) as error:
        expire(review, review.expires - 30)
    assert error.value.retry_after == 30


def test_nothing_is_done_where_nobody_decides(review):
    """Unless the agent declared otherwise."""
    assert expire(review, review.expires).decision.result == "expired"


def test_approval_by_default_is_nobodys(make_question, grant_key, clock):
    """What the agent declared, where people had the time to object."""
    asked = replace(opened(make_question(otherwise="approve"), [grant_key], clock.now), notified=clock.now)
    decision = expire(asked, asked.expires).decision
    assert (decision.result, decision.by) == ("approved", (DEFAULT,))


def test_nothing_is_approved_by_default_that_people_had_no_time_for(make_question, grant_key, clock):
    """The default is the agent's word: it could ask for one second, and approve itself."""
    question = make_question(otherwise="approve", expires=int(clock.now) + 3599)
    asked = replace(opened(question, [grant_key], clock.now), notified=clock.now)
    assert (asked.default, expire(asked, asked.expires).decision.result) == ("deny", "expired")


def test_what_the_policy_leaves_to_people_is_not_approved_by_default(make_question, make_proposal, grant_key, clock):
    """Whatever the agent declares."""
    question = make_question(proposal=make_proposal(required=True), otherwise="approve")
    asked = replace(opened(question, [grant_key], clock.now), notified=clock.now)
    assert (asked.default, expire(asked, asked.expires).decision.result) == ("deny", "expired")


def test_what_two_people_must_approve_is_not_approved_by_default(make_question, make_proposal, grant_key, clock):
    """Not even by one of them."""
    question = make_question(proposal=make_proposal(approvers=2), otherwise="approve")
    asked = approve(replace(opened(question, [grant_key], clock.now), notified=clock.now), ADA, "", clock.now)
    assert expire(asked, asked.expires).decision.result == "expired"


def test_what_people_decided_does_not_expire(review, clock):
    """The schedule finds it decided."""
    decided = deny(review, ADA, "", clock.now)
    assert expire(decided, decided.expires + 1) == decided


def test_only_what_was_seen_can_be_decided_on(review):
    """The action, and the state that it meets."""
    refuse_unseen(review, review.action_digest, review.state_digest)
    for action, state in ((review.action_digest, "other"), ("other", review.state_digest), ("", "")):
        with pytest.raises(Refused, match="look at it again"):
            refuse_unseen(review, action, state)


@pytest.mark.parametrize(
    ("linked", "by", "named"), [("a:b/1", "ada", True), ("", "ada", False), ("a:b/1", DEFAULT, False)]
)
def test_an_approval_names_what_a_link_led_to_if_people_approved_it(
    make_question, make_proposal, grant_key, clock, linked, by, named
):
    """Nobody saw what is approved by default, and without a link the grant of the question names all that it may."""
    proposal = make_proposal(entity="stripe:charge/ch_linked", linked=linked)
    asked = opened(make_question(proposal=proposal), [grant_key], clock.now)
    decided = replace(asked, decision=Decision("approved", clock.now, (by,)))
    grant = check(answer(decided, grant_key, clock.now).grant, [grant_key], clock.now)
    assert ("stripe:charge/ch_linked" in grant.entities) is named
    assert set(asked.entities) <= grant.entities
