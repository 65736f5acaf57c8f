"""Circuit breakers over Powertools and moto's DynamoDB: several execution environments, one circuit."""

import pytest
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from functions.core.gate.breaker import PROBE_SECONDS, RECOVERY_SECONDS, THRESHOLD, Breaker, circuit_name
from functions.core.gate.outbound import Busy, FailureReplayed, OutcomeUnknown, Refused, Unreachable
from functions.core.platform.errors import CircuitOpen, ConfigurationError, PermanentError, RetryableError

CACHED = 5  # seconds for which an environment believes what it read last: Powertools' own
NAME = circuit_name("acme", "sk_live_1")


class Counting:
    """A DynamoDB client that notes its calls; while `fails` is set it raises that instead."""

    def __init__(self, client) -> None:
        self.client = client
        self.calls: list[str] = []
        self.fails: Exception | None = None

    def __getattr__(self, method: str):
        if not method.endswith("_item"):
            return getattr(self.client, method)

        def call(**arguments):
            self.calls.append(method)
            if self.fails:
                raise self.fails
            return getattr(self.client, method)(**arguments)

        return call


class Environment:
    """One execution environment; `asked` counts what its provider was asked."""

    def __init__(self, enter, dynamodb, table: str, clock) -> None:
        self._enter = enter
        self.dynamodb = Counting(dynamodb)
        self.states = CircuitBreakerDynamoDBPersistence(table, boto3_client=self.dynamodb)
        self.clock = clock
        self.asked = 0
        self.moves: list[tuple[str, str]] = []

    def call(self, outcome=None, name: str = NAME):
        """Ask the provider, which raises `outcome` if it is an error, does it if it can, and else answers it."""

        def ask():
            self.asked += 1
            if isinstance(outcome, Exception):
                raise outcome
            return outcome() if callable(outcome) else outcome

        self._enter()
        return Breaker(name, self.states, RECOVERY_SECONDS, self._moved, self.clock).call(ask)

    def _moved(self, move) -> None:
        self.moves.append((str(move.from_state), str(move.to_state)))

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(OutcomeUnknown):
                self.call(OutcomeUnknown("acme answered 503"))

    def refused(self) -> float:
        """Ask and meet an open circuit; gives how long to keep away."""
        asked = self.asked
        with pytest.raises(CircuitOpen) as refused:
            self.call()
        assert self.asked == asked
        return refused.value.retry_after


@pytest.fixture
def make_environment(environments, circuits_follow, dynamodb, table, clock):
    circuits_follow(clock)
    name = table("breakers")
    return lambda: Environment(environments(), dynamodb, name, clock)


@pytest.fixture
def environment(make_environment) -> Environment:
    return make_environment()


def state(dynamodb) -> str:
    return dynamodb.get_item(TableName="breakers", Key={"id": {"S": NAME}})["Item"]["state"]["S"]


def test_an_answer_is_given_on(environment):
    """Whatever it is."""
    assert [environment.call(answer) for answer in ({"ok": True}, None, [])] == [{"ok": True}, None, []]


@pytest.mark.parametrize("kind", [OutcomeUnknown, Unreachable])
def test_failures_in_a_row_open_the_circuit_and_nothing_more_is_sent(environment, clock, kind):
    """A caller then gets the time that is left until the next try."""
    for _ in range(THRESHOLD):
        with pytest.raises(kind):
            environment.call(kind("no"))
    clock.now += 10
    assert environment.refused() == RECOVERY_SECONDS - 10
    assert environment.asked == THRESHOLD


@pytest.mark.parametrize("answer", [None, Busy("acme answered 429"), Refused("acme answered 404")], ids=str)
def test_an_answer_between_failures_starts_the_count_again(environment, answer):
    """A provider that answers is well, whatever it says."""
    environment.fail(THRESHOLD - 1)
    if answer:
        with pytest.raises(type(answer)):
            environment.call(answer)
    else:
        environment.call()
    environment.fail(THRESHOLD - 1)
    assert environment.call("well") == "well"


@pytest.mark.parametrize(
    "error",
    [
        Busy("acme answered 429"),
        Refused("acme answered 400"),
        FailureReplayed("acme answered 500, as it did before"),
        PermanentError("'.' is no id"),
        RetryableError("0.1 s are left"),
        ConfigurationError("no credential"),
        ZeroDivisionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_fault_of_the_providers_never_opens_the_circuit(environment, error):
    """Neither its refusals nor our own errors."""
    for _ in range(3 * THRESHOLD):
        with pytest.raises(type(error)):
            environment.call(error)
    assert environment.call("well") == "well"


def test_our_own_errors_do_not_start_the_count_again(environment):
    """They say nothing of the provider."""
    environment.fail(THRESHOLD - 1)
    with pytest.raises(PermanentError):
        environment.call(PermanentError("'.' is no id"))
    environment.fail()
    environment.refused()


def test_each_environment_counts_by_itself(make_environment):
    """So several can fail a little without any of them opening the circuit: a limit, on record in docs/outages.md."""
    environments = [make_environment() for _ in range(4)]
    for each in environments:
        each.fail(THRESHOLD - 1)
    assert [each.call("well") for each in environments] == ["well"] * 4


def test_what_one_environment_opened_the_others_see_when_they_look_next(make_environment, clock):
    """Until then they believe what they read last."""
    first, second = make_environment(), make_environment()
    second.call()
    first.fail(THRESHOLD)
    assert second.call("believes") == "believes"
    clock.now += CACHED
    second.refused()


def test_an_environment_that_just_started_looks_before_it_calls(make_environment):
    """It does not assume that all is well."""
    make_environment().fail(THRESHOLD)
    make_environment().refused()


def test_after_the_recovery_time_one_probe_goes_through_and_nobody_else(make_environment, clock):
    """While it is in flight the others wait a moment more."""
    first, second, third = (make_environment() for _ in range(3))
    first.fail(THRESHOLD)
    second.refused()
    clock.now += RECOVERY_SECONDS
    meanwhile = []
    assert first.call(lambda: meanwhile.extend([second.refused(), third.refused()]) or "well") == "well"
    assert meanwhile == [PROBE_SECONDS, PROBE_SECONDS]


def test_before_the_recovery_time_is_over_nobody_probes(environment, clock):
    """To the second."""
    environment.fail(THRESHOLD)
    clock.now += RECOVERY_SECONDS - 1
    environment.refused()


def test_a_probe_that_succeeds_closes_the_circuit_for_all(make_environment, clock, dynamodb):
    """The others notice when they look next."""
    first, second = make_environment(), make_environment()
    first.fail(THRESHOLD)
    second.refused()
    clock.now += RECOVERY_SECONDS
    assert first.call("well") == "well"
    assert state(dynamodb) == "CLOSED"
    clock.now += CACHED
    assert second.call("well") == "well"


@pytest.mark.parametrize("answer", [Busy("acme answered 429"), Refused("acme answered 404")], ids=str)
def test_a_probe_that_is_refused_shows_that_the_provider_is_well(environment, clock, dynamodb, answer):
    """The circuit closes, and the refusal is the caller's."""
    environment.fail(THRESHOLD)
    clock.now += RECOVERY_SECONDS
    with pytest.raises(type(answer)):
        environment.call(answer)
    assert state(dynamodb) == "CLOSED"


def test_a_probe_that_fails_opens_the_circuit_again_and_is_marked(environment, clock):
    """The event that happened to be the probe must not pay for it."""
    environment.fail(THRESHOLD)
    clock.now += RECOVERY_SECONDS
    with pytest.raises(OutcomeUnknown) as failed:
        environment.call(OutcomeUnknown("acme answered 503", retry_after=2))
    assert (failed.value.probe, failed.value.retry_after) == (True, RECOVERY_SECONDS)
    assert environment.refused() == RECOVERY_SECONDS


def test_a_failure_that_is_no_probe_is_not_marked(environment):
    """Not even the one that opens the circuit."""
    for _ in range(THRESHOLD):
        with pytest.raises(Unreachable) as failed:
            environment.call(Unreachable("no"))
        assert (failed.value.probe, failed.value.retry_after) == (False, None)


def test_a_probe_that_tells_nothing_is_tried_again_by_its_environment_at_once(make_environment, clock):
    """And by another once the recovery time has passed again: the circuit is not stuck half-open."""
    first, second = make_environment(), make_environment()
    first.fail(THRESHOLD)
    clock.now += RECOVERY_SECONDS
    with pytest.raises(ZeroDivisionError):
        first.call(lambda: 1 / 0)
    assert second.refused() == PROBE_SECONDS
    clock.now += RECOVERY_SECONDS
    assert second.call("well") == "well"
    clock.now += CACHED
    assert first.call("well") == "well"


def test_an_environment_whose_probe_showed_nothing_may_probe_again(environment, clock, dynamodb):
    """It still holds the right to."""
    environment.fail(THRESHOLD)
    clock.now += RECOVERY_SECONDS
    with pytest.raises(PermanentError):
        environment.call(PermanentError("'.' is no id"))
    assert state(dynamodb) == "HALF_OPEN"
    assert environment.call("well") == "well"
    assert state(dynamodb) == "CLOSED"


def test_where_the_table_cannot_be_read_the_provider_is_called(environment, client_error):
    """A breaker must not be the outage that it is there for."""
    environment.fail(THRESHOLD)
    environment.refused()
    environment.clock.now += CACHED
    environment.dynamodb.fails = client_error("InternalServerError")
    assert environment.call("well") == "well"


def test_where_the_table_cannot_be_written_a_failure_stays_what_it_was(environment, client_error):
    """The circuit then stays closed."""
    environment.dynamodb.fails = client_error("InternalServerError")
    environment.fail(2 * THRESHOLD)
    assert environment.asked == 2 * THRESHOLD


def test_a_closed_circuit_costs_one_read_and_then_none_for_a_while(environment, clock):
    """And never a write."""
    for _ in range(3):
        environment.call()
    assert environment.dynamodb.calls == ["get_item"]
    clock.now += CACHED
    environment.fail()
    environment.call()
    assert environment.dynamodb.calls == ["get_item"] * 2


def test_an_open_circuit_is_read_no_more_often(environment):
    """However many meet it."""
    environment.fail(THRESHOLD)
    environment.dynamodb.calls.clear()
    for _ in range(10):
        environment.refused()
    assert environment.dynamodb.calls == []


def test_every_change_of_state_is_reported_once(environment, clock):
    """By the environment that made it."""
    environment.fail(THRESHOLD)
    clock.now += RECOVERY_SECONDS
    environment.fail()
    clock.now += RECOVERY_SECONDS
    environment.call()
    environment.call()
    assert environment.moves == [
        ("CLOSED", "OPEN"),
        ("OPEN", "HALF_OPEN"),
        ("HALF_OPEN", "OPEN"),
        ("OPEN", "HALF_OPEN"),
        ("HALF_OPEN", "CLOSED"),
    ]


def test_a_circuit_is_its_credentials_own(environment):
    """So a credential that is rotated starts with a closed one."""
    environment.fail(THRESHOLD)
    environment.refused()
    assert environment.call("well", name=circuit_name("acme", "sk_live_2")) == "well"


def test_a_circuits_name_starts_with_its_connector_and_hides_the_credential():
    """IAM lets a connector touch the rows that start so."""
    assert NAME.startswith("acme:")
    assert "sk_live" not in NAME
    assert circuit_name("acme", "sk_live_1") != circuit_name("acme", "sk_live_2")
