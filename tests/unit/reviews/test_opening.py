"""Opening a review: only questions that can be trusted are put to people."""

from dataclasses import replace

import pytest

from functions.core.platform.action import Action
from functions.core.platform.errors import Denied, PermanentError
from functions.core.reviews.opening import LONGEST, opened

OTHER_KEY = "another key, which is as long as the first one is"


@pytest.fixture
def open_it(grant_key, clock):
    return lambda event: opened(event, [grant_key], clock.now)


def test_a_review_holds_what_people_need(open_it, make_question, make_event, clock):
    """The action and the state as the connector read it, apart from the agent's words; the grant's entities."""
    review = open_it(make_question())
    assert review.proposal.action == Action("stripe", "review.approve", {"review": "prv_Example"})
    assert (dict(review.state), review.needed, review.proposal.policies) == (
        {"open": True},
        1,
        ["people-close-reviews"],
    )
    assert (review.request["question"], review.request["evidence"]) == ("Zulässig?", {"score": 0.81})
    assert set(review.entities) == set(make_event().entities)
    assert (review.opened, review.status, review.event.raw) == (clock.now, "open", None)


def test_a_question_without_an_action_needs_no_quote(open_it, make_question):
    """The person acts themselves; an approval of nothing permits nothing."""
    review = open_it(make_question(action=None, proposal=""))
    assert (review.proposal, review.needed, review.action_digest, review.state_digest) == (None, 1, "", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"agent": "triage"},
        {"event": "stripe:evt_2"},
        {"correlation": "stripe:evt_2"},
        {"action": Action("stripe", "review.approve", {"review": "prv_Other"})},
        {"action": Action("stripe", "refund.create", {"review": "prv_Example"})},
        {"expires": 1},
        {"key": OTHER_KEY},
    ],
    ids=["another agent", "another event", "another tree", "other arguments", "another operation", "old", "forged"],
)
def test_a_quote_that_is_not_of_this_question_is_refused(open_it, make_question, make_proposal, changes):
    """Nobody is asked about one action and approves another."""
    with pytest.raises(Denied, match="proposal"):
        open_it(make_question(proposal=make_proposal(**changes)))


@pytest.mark.parametrize("proposal", ["", "made up", None])
def test_an_action_that_no_connector_proposed_is_refused(open_it, make_question, make_event, proposal):
    """A grant does not pass for a proposal either."""
    with pytest.raises(Denied, match="the proposal was not minted here"):
        open_it(make_question(proposal=make_event().grant if proposal is None else proposal))


def test_an_agent_that_asks_in_anothers_name_is_refused(open_it, make_question):
    """IAM vouches for the source."""
    with pytest.raises(Denied, match="in the name of another agent"):
        open_it(make_question(agent="triage"))


def test_an_event_without_a_valid_grant_is_refused(open_it, make_question, make_event, make_grant, clock):
    """Forged or expired."""
    for grant in (make_grant("x", key=OTHER_KEY), make_grant("x", expires=clock.now), "none"):
        with pytest.raises(Denied, match="the grant"):
            open_it(make_question(parent=make_event(grant=grant)))


def test_a_grant_of_another_tree_is_refused(open_it, make_question):
    """The agent can write any correlation into its event."""
    with pytest.raises(Denied, match="another causal tree"):
        open_it(replace(make_question(), correlationid="stripe:evt_2"))


def test_people_are_not_made_to_wait_for_more_than_thirty_days(open_it, make_question, clock):
    """Thirty days are allowed."""
    assert open_it(make_question(expires=int(clock.now) + LONGEST)).expires == int(clock.now) + LONGEST
    for expires in (int(clock.now) + LONGEST + 1, -(10**15)):  # a year that no calendar has would break every list
        with pytest.raises(PermanentError, match="more than 30 days"):
            open_it(make_question(expires=expires))


def test_a_question_that_nobody_could_read_is_refused(open_it, make_question):
    """An item of the table would not hold it."""
    with pytest.raises(PermanentError, match="larger than 300000 bytes"):
        open_it(make_question(evidence={"text": "x" * 300_000}))
    with pytest.raises(PermanentError, match="larger than 300000 bytes"):
        open_it(replace(make_question(), entities=["x" * 300_000]))


@pytest.mark.parametrize("levels", [80, 250, 5000])
def test_a_question_that_is_nested_deep_is_kept_or_refused_at_once(open_it, make_question, levels):
    """Never a crash, which would use up its tries."""
    deep: dict = {}
    for _ in range(levels):
        deep = {"x": deep}
    if levels == 80:
        assert open_it(make_question(evidence=deep))
        return
    with pytest.raises(PermanentError):
        open_it(make_question(evidence=deep))
