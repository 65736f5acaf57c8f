"""A provider behind its circuit breaker: every attempt passes the circuit of the credential that it presents."""

from types import SimpleNamespace

import pytest

from functions.core.audit.records import Audit
from functions.core.gate.breaker import RECOVERY_SECONDS, THRESHOLD, circuit_name
from functions.core.gate.guarded import Guarded, guarded
from functions.core.gate.outbound import Busy, OutcomeUnknown, OutOfTime, Unreachable
from functions.core.gate.retry import Retry
from functions.core.manifests.connector import ConnectorManifest, Operation, ReadBack
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import CircuitOpen, ConfigurationError
from hookline.testing.platform import fake_platform

READ = Operation("thing.read", kind="read", entity="acme:thing/{thing}")
KEYED = Operation("thing.act", kind="effect", entity="acme:thing/{thing}", idempotency="key")
NATURAL = Operation("thing.close", kind="effect", entity="acme:thing/{thing}", idempotency="natural")
NEITHER = Operation(
    "thing.note",
    kind="effect",
    entity="acme:thing/{thing}",
    idempotency="none",
    read_back=ReadBack("thing.read", {"open": False}),
)
THINK = Operation("think", kind="read", entity="acme:model/{model}", metered=True, model="model")
ACME = ConnectorManifest(name="acme", owner="tests", operations=[READ], hosts=["api.acme.test"])


class Provider:
    """Raises one of `outcomes` after the other, and then answers "done"."""

    def __init__(self) -> None:
        self.key = "sk_1"
        self.outcomes: list[Exception] = []
        self.calls: list[tuple] = []

    def credential(self) -> str:
        return self.key

    def call(self, operation, arguments, key, seconds):
        self.calls.append((operation.name, arguments, key, seconds))
        if self.outcomes:
            raise self.outcomes.pop(0)
        return "done"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def deployed(environments, circuits_follow, dynamodb, table, clock):
    """`guarded` as in Lambda, with a clock of the test's."""
    circuits_follow(clock)
    environments()()
    table("breakers")
    environment = ConnectorEnvironment("audit", "stripe", grant_key="key", breakers_table="breakers")

    def make(provider: Provider, audit: Audit, environment: ConnectorEnvironment = environment) -> Guarded:
        return guarded(ACME, fake_platform(clock, environment, clients={"dynamodb": dynamodb}), provider, audit)

    return make


class Passes:
    """A circuit that lets everything through, and moves the clock by what its look-up takes."""

    def __init__(self, time: SimpleNamespace, takes: float = 0.0) -> None:
        self._time = time
        self._takes = takes

    def call(self, function):
        self._time.now += self._takes
        return function()


def guard(provider: Provider, takes: float = 0.0) -> Guarded:
    time = SimpleNamespace(now=0.0)
    retry = Retry(lambda: time.now, lambda seconds: None, lambda: 0.0)
    return Guarded("acme", provider, lambda name: Passes(time, takes), retry)


def test_a_call_reaches_the_provider_as_it_came(provider):
    """With what is left of its time."""
    assert guard(provider).call(KEYED, {"thing": "1"}, "k", 20.0) == "done"
    assert provider.calls == [("thing.act", {"thing": "1"}, "k", 20.0)]


def test_what_the_look_at_the_circuit_took_is_gone_from_the_calls_time(provider):
    """A table that answers slowly must not make a call outlive its event."""
    guard(provider, takes=2.0).call(READ, {}, None, 20.0)
    assert provider.calls[0][3] == 18.0


@pytest.mark.parametrize(("operation", "calls"), [(READ, 2), (KEYED, 2), (NATURAL, 2), (NEITHER, 1)])
def test_only_what_can_be_repeated_without_harm_is_repeated(provider, operation, calls):
    """Reads, and effects of which two are the same as one."""
    provider.outcomes = [OutcomeUnknown("acme answered 503")]
    if calls == 1:
        with pytest.raises(OutcomeUnknown):
            guard(provider).call(operation, {}, "k", 20.0)
    else:
        assert guard(provider).call(operation, {}, "k", 20.0) == "done"
    assert len(provider.calls) == calls


@pytest.mark.parametrize(("error", "calls"), [(Busy, 2), (Unreachable, 2), (OutcomeUnknown, 1), (OutOfTime, 1)])
def test_a_metered_call_is_repeated_only_if_nothing_was_used(provider, error, calls):
    """Only one call is reserved; a second one could be paid for too."""
    provider.outcomes = [error("no")]
    if calls == 1:
        with pytest.raises(error):
            guard(provider).call(THINK, {"model": "m"}, None, 20.0)
    else:
        assert guard(provider).call(THINK, {"model": "m"}, None, 20.0) == "done"
    assert len(provider.calls) == calls


def test_each_model_has_a_circuit_of_its_own(provider):
    """A model that is down says nothing about the others of its provider."""
    names: list[str] = []
    time = SimpleNamespace(now=0.0)
    retry = Retry(lambda: 0.0, lambda seconds: None, lambda: 0.0)
    guarded_by_name = Guarded("acme", provider, lambda name: names.append(name) or Passes(time), retry)
    for model in ("m1", "m2", "m1"):
        guarded_by_name.call(THINK, {"model": model}, None, 20.0)
    assert names[0] == names[2] != names[1]


def test_a_repeat_goes_out_under_the_same_key(provider):
    """That is what makes it harmless."""
    provider.outcomes = [OutcomeUnknown("acme answered 503")]
    guard(provider).call(KEYED, {}, "k", 20.0)
    assert [call[2] for call in provider.calls] == ["k", "k"]


def test_attempts_open_the_circuit_and_the_trail_tells_of_it(deployed, provider, make_audit, audit_queue, clock):
    """When it opened, when it was tried, when it closed, and of which circuit that is said."""
    audit = make_audit("connector.acme")
    guard = deployed(provider, audit)
    provider.outcomes = [Unreachable("no") for _ in range(THRESHOLD)]
    for error in (Unreachable, CircuitOpen):  # two attempts, then the third opens it and a fourth is not made
        with pytest.raises(error):
            guard.call(READ, {}, None, 20.0)
    assert len(provider.calls) == THRESHOLD
    clock.now += RECOVERY_SECONDS
    assert guard.call(READ, {}, None, 20.0) == "done"
    audit.flush()
    told = [(r["kind"], r["decision"], r["resource"], r["reason"]) for r in audit_queue.records]
    circuit = f"circuit {circuit_name('acme', 'sk_1')}"
    assert told == [
        ("circuit", "open", circuit, "was closed"),
        ("circuit", "half_open", circuit, "was open"),
        ("circuit", "closed", circuit, "was half_open"),
    ]


def test_a_rotated_credential_has_a_circuit_of_its_own(deployed, provider, make_audit):
    """What the old one met says nothing of it."""
    guard = deployed(provider, make_audit())
    provider.outcomes = [Unreachable("no") for _ in range(THRESHOLD)]
    for error in (Unreachable, CircuitOpen, CircuitOpen):
        with pytest.raises(error):
            guard.call(READ, {}, None, 20.0)
    provider.key = "sk_2"
    assert guard.call(READ, {}, None, 20.0) == "done"


@pytest.mark.parametrize("lacks", [{"breakers_table": ""}, {"recovery_seconds": "soon"}], ids=str)
def test_without_a_circuit_breaker_no_provider_is_called(deployed, provider, make_audit, lacks):
    """That is a matter of configuration, at the cold start."""
    fields = {"breakers_table": "breakers", **lacks}
    with pytest.raises(ConfigurationError, match="no circuit breaker"):
        deployed(provider, make_audit(), ConnectorEnvironment("audit", "stripe", grant_key="key", **fields))
