"""A process that dies while it adds to a timeline: the next try completes what it began."""

import pytest


class Mortal:
    """A client whose process dies before or after its call with this number."""

    def __init__(self, dynamodb, number, when):
        self.calls, self._dynamodb, self._number, self._when = 0, dynamodb, number, when

    def __getattr__(self, method):
        def call(**request):
            number, self.calls = self.calls, self.calls + 1
            if (number, self._when) == (self._number, "before"):
                raise RuntimeError("died")
            answer = getattr(self._dynamodb, method)(**request)
            if number == self._number:
                raise RuntimeError("died")
            return answer

        return call


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("again", ["2026-09-21T12:00:01Z", "2026-10-01T00:00:00Z"], ids=["same time", "other time"])
def test_a_death_at_any_call_of_an_add_loses_and_doubles_nothing(timelines, dynamodb, add, when, again):
    """The next try completes it, whether or not it has the time of the first."""
    timelines._dynamodb = Mortal(dynamodb, -1, when)
    add(entity="stripe:customer/cus_dry")
    number_of_calls = timelines._dynamodb.calls
    assert number_of_calls >= 2
    for number in range(number_of_calls):
        entity = f"stripe:customer/cus_{number}"
        timelines._dynamodb = Mortal(dynamodb, number, when)
        with pytest.raises(RuntimeError, match="died"):
            add(entity=entity)
        timelines._dynamodb = dynamodb
        add(entity=entity, time=again)
        read = timelines.read(entity, 10)
        assert [one["id"] for one in read["entries"]] == ["evt_1"], number
        assert read["aggregates"]["count payment.succeeded"] == 1, number
        assert read["aggregates"]["sum payment.succeeded amount usd"] == 100
