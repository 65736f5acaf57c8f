"""What the delivery table says of an event, and up to where a source is reconciled."""

import pytest

from functions.core.ingress.claims import LEASE_SECONDS, Claims
from functions.core.platform.errors import RetryableError
from functions.core.reconcile.report import Missing, Report
from functions.core.reconcile.table import Deliveries, last_of


@pytest.fixture
def deliveries(dynamodb, table, clock) -> Deliveries:
    return Deliveries(dynamodb, table("deliveries"), clock)


def test_an_event_is_missing_unless_it_is_published_or_a_verifier_has_it_now(deliveries, dynamodb, clock, new_id):
    """A claim that outlived its verifier is none."""
    claims = Claims(dynamodb, "deliveries", new_id)
    for name in ("published", "claimed", "dead"):
        claims.claim(f"stripe:{name}", clock.now - (LEASE_SECONDS + 1 if name == "dead" else 0))
    claims.published("stripe:published")
    ids = [f"stripe:{name}" for name in ("published", "claimed", "dead", "never")]
    assert list(deliveries.states(ids).values()) == ["arrived", "under way", "missing", "missing"]


def test_more_events_than_one_request_takes_are_read_in_several(deliveries, dynamodb, clock, new_id):
    claims = Claims(dynamodb, "deliveries", new_id)
    ids = [f"stripe:evt_{number}" for number in range(230)]
    for id in ids[::115]:
        claims.claim(id, clock.now)
        claims.published(id)
    states = deliveries.states(ids)
    assert [id for id in ids if states[id] == "arrived"] == ids[::115]
    assert len(states) == len(ids)


def test_what_dynamodb_does_not_answer_is_not_taken_for_missing(clock):
    """It would be published a second time, if its claim did not hold."""

    class Busy:
        def batch_get_item(self, RequestItems):
            return {"Responses": {}, "UnprocessedKeys": RequestItems}

    with pytest.raises(RetryableError, match="does not answer for all"):
        Deliveries(Busy(), "deliveries", clock).states(["stripe:evt_1"])


def test_the_mark_moves_forward_with_settled_runs_only(deliveries, dynamodb, clock):
    """What the last run found is kept in any case."""
    assert deliveries.last("stripe") is None
    lost = Missing("stripe:evt_1", clock.now, "failed", "no bus")
    deliveries.keep(Report("stripe", clock.now - 100, clock.now - 10, listed=1, missing=(lost,)), None)
    last = deliveries.last("stripe")
    assert (last.mark, last.whole, last.at) == (None, False, clock.now)
    assert last.summary == "1 listed, 0 arrived, 0 published, 1 lost"
    deliveries.keep(Report("stripe", clock.now - 100, clock.now - 10), None)
    assert deliveries.last("stripe").mark == clock.now - 10
    # A run that began before that one, and ends after it.
    deliveries.keep(Report("stripe", clock.now - 200, clock.now - 20), None)
    assert deliveries.last("stripe").mark == clock.now - 10
    assert deliveries.last("github") is None
    assert last_of(dynamodb.get_item(TableName="deliveries", Key={"id": {"S": "reconcile#stripe"}})["Item"]).whole
