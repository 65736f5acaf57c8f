"""Calls that are repeated while there is time, on a clock that only their waits move."""

import pytest

from functions.core.gate.breaker import THRESHOLD
from functions.core.gate.outbound import SHORTEST_CALL, Busy, FailureReplayed, OutcomeUnknown, Refused, Unreachable
from functions.core.gate.retry import FIRST, TRIES, Retry
from functions.core.platform.errors import CircuitOpen, ConfigurationError, PermanentError, RetryableError


class Attempts:
    """Raises one of `outcomes` after the other, and then answers "done"; `waits` are those between."""

    def __init__(self, *outcomes: Exception, takes: float = 0.0) -> None:
        self.outcomes = list(outcomes)
        self.made = 0
        self.now = 0.0
        self.takes = takes
        self.waits: list[float] = []

    def __call__(self) -> str:
        self.made += 1
        self.now += self.takes
        if self.outcomes:
            raise self.outcomes.pop(0)
        return "done"

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def run(self, safe: bool = True, ends: float = 20.0, jitter: float = 0.5) -> str:
        return Retry(lambda: self.now, self.sleep, lambda: jitter).call(self, safe, ends)


def probe() -> OutcomeUnknown:
    failed = OutcomeUnknown("no", retry_after=0)
    failed.probe = True
    return failed


def test_a_call_that_succeeds_is_made_once():
    """Without a wait."""
    attempts = Attempts()
    assert (attempts.run(), attempts.made, attempts.waits) == ("done", 1, [])


@pytest.mark.parametrize("kind", [OutcomeUnknown, Unreachable, Busy, RetryableError])
def test_a_failure_that_may_pass_is_tried_again(kind):
    """After a random part of the first wait."""
    attempts = Attempts(kind("no"))
    assert (attempts.run(), attempts.waits) == ("done", [0.5 * FIRST])


def test_the_wait_may_be_anything_up_to_its_longest():
    """Full jitter: those that failed together do not come together."""
    for jitter in (0.0, 1.0):
        attempts = Attempts(Unreachable("no"))
        attempts.run(jitter=jitter)
        assert attempts.waits == [jitter * FIRST]


def test_a_provider_that_says_when_is_asked_again_then():
    """Where that is within the time."""
    attempts = Attempts(Busy("acme answered 429", retry_after=7))
    assert (attempts.run(), attempts.waits) == ("done", [7])


@pytest.mark.parametrize(("ends", "made"), [(7 + SHORTEST_CALL, 2), (7 + SHORTEST_CALL - 0.1, 1)])
def test_a_wait_that_leaves_no_time_for_a_call_is_not_begun(ends, made):
    """The event returns to its queue with the delay that the provider asked for."""
    attempts = Attempts(*[Busy("no", retry_after=7)] * TRIES)
    with pytest.raises(Busy):
        attempts.run(ends=ends)
    assert attempts.made == made


def test_the_time_that_a_call_took_counts():
    """Tries share the one deadline."""
    attempts = Attempts(OutcomeUnknown("no answer"), takes=19.8)
    with pytest.raises(OutcomeUnknown):
        attempts.run()
    assert (attempts.made, attempts.waits) == (1, [])


def test_after_its_last_try_it_raises_what_that_raised():
    """There are a few tries only."""
    attempts = Attempts(*(Unreachable(f"number {number}") for number in range(TRIES + 1)))
    with pytest.raises(Unreachable, match=f"number {TRIES - 1}"):
        attempts.run()
    assert attempts.made == TRIES


def test_one_request_by_itself_cannot_open_a_circuit():
    """A provider that always fails the same request must not close the way to all others."""
    assert TRIES < THRESHOLD


@pytest.mark.parametrize(
    "error",
    [
        PermanentError("no"),
        Refused("no"),
        FailureReplayed("as before"),
        CircuitOpen("open", retry_after=0),
        probe(),
        ZeroDivisionError(),
    ],
    ids=["permanent", "refused", "replayed", "circuit open", "failed probe", "unforeseen"],
)
def test_what_another_try_cannot_help_is_raised_at_once(error):
    """A circuit that is open would not let it through, a kept failure would come again."""
    attempts = Attempts(error)
    with pytest.raises(type(error)):
        attempts.run()
    assert attempts.made == 1


def test_what_is_not_safe_is_never_repeated():
    """Its outcome is found out first."""
    attempts = Attempts(Unreachable("no"))
    with pytest.raises(Unreachable):
        attempts.run(safe=False)
    assert attempts.made == 1


LAST = [CircuitOpen("open"), Unreachable("no"), Busy("no"), Refused("401"), PermanentError("no id")]


@pytest.mark.parametrize("last", LAST, ids=lambda e: type(e).__name__)
def test_an_unknown_outcome_stays_unknown_when_the_next_try_did_not_act(last):
    """Otherwise the ledger would record that nothing happened."""
    attempts = Attempts(OutcomeUnknown("no answer"), last)
    with pytest.raises(OutcomeUnknown, match="no answer"):
        attempts.run()
    assert attempts.made == 2


def test_a_failure_that_turns_out_to_be_replayed_is_raised_as_such():
    """The gate then looks whether the effect happened, and takes another key."""
    attempts = Attempts(OutcomeUnknown("acme answered 500"), FailureReplayed("as before"))
    with pytest.raises(FailureReplayed):
        attempts.run()


def test_a_lost_outcome_outlives_a_credential_that_is_then_missing():
    """The first attempt may have acted, whatever keeps the second from being sent."""
    attempts = Attempts(OutcomeUnknown("no"), ConfigurationError("the secret is blank"))
    with pytest.raises(OutcomeUnknown):
        attempts.run()
