"""Crashes in the testing kit: whichever call they hit, the effect happens once."""

import pytest

from hookline.operator.errors import OperatorError
from hookline.testing.kit import Kit, delivery, event

SENT = delivery("github", "pull_request_opened__ordinary")


@pytest.fixture(scope="module")
def calls():
    with Kit("prober") as prober:
        return len(prober.wake(SENT).calls)


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_crash_at_any_call_loses_and_repeats_nothing(calls, where):
    """From the verifier's first call to the last deletion of the message."""
    assert calls > 10
    for number in range(calls):
        with Kit("prober") as prober:
            prober.crash(**{where: number})
            result = prober.wake(SENT)
        assert (number, result.status, [one.times for one in result.effects]) == (number, "handled", [1])


@pytest.mark.parametrize("where", [{"before": "slack.message.post"}, {"after": "put_item hookline-agent-prober"}])
def test_a_crash_is_named_by_its_operation_or_by_a_part_of_its_label(kit, where):
    prober = kit("prober")
    prober.crash(**where)
    result = prober.wake(event("change.proposed", title="post 1"))
    assert result.steps("retried")
    assert [one.times for one in result.effects] == [1]


def test_a_crash_that_does_not_happen_fails_the_test():
    unused = r"the crash after stripe.refund.create never happened; .*message\.post"
    with pytest.raises(OperatorError, match=unused), Kit("prober") as prober:
        prober.crash(after="stripe.refund.create")
        prober.wake(event("change.proposed", title="post 1"))


def test_a_crash_has_one_place(kit):
    with pytest.raises(OperatorError, match="takes before=… or after=…"):
        kit("prober").crash()
