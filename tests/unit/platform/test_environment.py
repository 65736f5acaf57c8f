"""What a function finds when it starts: its variables, and the secrets that it may read."""

import pytest

from functions.core.platform import environment
from functions.core.platform.environment import AgentEnvironment, ConnectorEnvironment, Environment, RecorderEnvironment
from functions.core.platform.errors import ConfigurationError, RetryableError
from functions.core.platform.in_lambda import in_lambda
from functions.core.platform.secret_values import labelled


def kinds(base: type[Environment] = Environment) -> list[type[Environment]]:
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


def filled(kind: type[Environment]) -> Environment:
    return kind(**{name: f"the {name}" for name in kind.__dataclass_fields__})


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_what_infra_sets_is_what_the_function_reads(kind):
    """Both use the one name that the field declares."""
    variables = filled(kind).variables()
    assert set(variables) == {f"HOOKLINE_{name.upper()}" for name in kind.__dataclass_fields__}
    assert kind.read(variables) == filled(kind)


def test_each_name_is_declared_once():
    """A kind of function takes over a name from the kind that it is based on, never declares it again."""
    declared = [(kind, name) for kind in kinds() for name in kind.__annotations__ if "__annotations__" in vars(kind)]
    assert declared
    for kind, name in declared:
        assert not any(name in getattr(base, "__dataclass_fields__", {}) for base in kind.__mro__[1:])


def test_every_missing_variable_is_named():
    """One failed start tells all of what is missing, and nothing that is there."""
    with pytest.raises(ConfigurationError) as failed:
        AgentEnvironment.read({"HOOKLINE_BUS": "bus", "HOOKLINE_QUEUE_URL": "url"})
    named = str(failed.value).removeprefix("not set: ").split(", ")
    assert set(named) == {
        "HOOKLINE_AGENT",
        "HOOKLINE_AUDIT_QUEUE_URL",
        "HOOKLINE_DEAD_LETTER_URL",
        "HOOKLINE_IDEMPOTENCY_TABLE",
        "HOOKLINE_CONNECTORS_ARN",
    }


def test_what_may_be_missing_is_empty_and_is_not_set():
    """A connector without effects has no ledger."""
    given = {"HOOKLINE_AUDIT_QUEUE_URL": "url", "HOOKLINE_CONNECTOR": "stripe", "HOOKLINE_GRANT_KEY": "key"}
    read = ConnectorEnvironment.read(given)
    assert read.ledger_table == ""
    assert read.variables() == given


def test_a_function_in_lambda_reads_the_process_environment(monkeypatch):
    monkeypatch.setenv(f"{environment.PREFIX}AUDIT_TABLE", "audit")
    monkeypatch.setenv(f"{environment.PREFIX}CHAINS_TABLE", "chains")
    monkeypatch.setenv(f"{environment.PREFIX}TREES_TABLE", "trees")
    assert RecorderEnvironment.read(in_lambda().environ) == RecorderEnvironment("audit", "chains", "trees")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("whsec_1\n", {"current": "whsec_1"}),
        ('{"new": "whsec_2", "old": "whsec_1"}', {"new": "whsec_2", "old": "whsec_1"}),
        (' {"new": "whsec_2"} ', {"new": "whsec_2"}),
        ('{"new": {"value": "whsec_2"}, "old": "whsec_1"}', {"new": "whsec_2", "old": "whsec_1"}),
    ],
)
def test_a_secret_is_one_value_or_several_with_labels(text, values):
    """The order, newest first, is kept."""
    assert list(labelled(text, now=0).items()) == list(values.items())


@pytest.mark.parametrize(("now", "labels"), [(99, ["new", "old"]), (100, ["new"]), (101, ["new"])])
def test_a_replaced_value_retires_by_itself(now, labels):
    """From the moment on that its `until` says."""
    text = '{"new": "whsec_2", "old": {"value": "whsec_1", "until": 100}}'
    assert list(labelled(text, now)) == labels


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "{}",
        '{"a": ""}',
        '{"a": " "}',
        '{"a": 1}',
        '{"a": null}',
        '{"a": "hush"',
        '{"a": ["hush"]}',
        '{"a": {"value": ""}}',
        '{"a": {"until": 9}}',
        '{"a": {"value": "hush", "until": "hush"}}',
        '{"a": {"value": "hush", "until": 0}}',
    ],
)
def test_a_blank_or_broken_secret_is_refused_without_quoting_it(text):
    """A blank secret would verify for everybody; its text must not reach a log."""
    with pytest.raises(ConfigurationError) as refused:
        labelled(text, now=0)
    assert "hush" not in str(refused.value)


def test_a_secret_is_read_from_secrets_manager(secretsmanager, secrets):
    """Its current value."""
    secretsmanager.create_secret(Name="hookline/sources/stripe", SecretString="whsec_1")
    assert secrets.read("hookline/sources/stripe") == "whsec_1"


def test_a_secret_is_looked_at_again_out_of_turn_at_most_every_ten_seconds(secretsmanager, secrets):
    """A rotation is seen at once, and a forger cannot make us ask for each of their deliveries."""
    name = "hookline/sources/stripe"
    secretsmanager.create_secret(Name=name, SecretString="whsec_0")
    seen = [secrets.read(name)]
    for number, secrets.now in enumerate([5.0, 14.9, 15.0], start=1):
        secretsmanager.put_secret_value(SecretId=name, SecretString=f"whsec_{number}")
        seen.append(secrets.read(name))
        if number == 2:
            with pytest.raises(RetryableError, match="a moment ago") as too_soon:
                secrets.read(name, refresh=True)
            assert too_soon.value.retry_after == 1
        else:
            seen.append(secrets.read(name, refresh=True))
    assert seen == ["whsec_0", "whsec_0", "whsec_1", "whsec_1", "whsec_1", "whsec_3"]


def test_a_secret_that_is_not_there_is_a_matter_of_configuration(secretsmanager, secrets):
    """The error names it, so that an operator can give it a value."""
    with pytest.raises(ConfigurationError, match="hookline/sources/stripe"):
        secrets.read("hookline/sources/stripe")


def test_a_blank_secret_is_a_matter_of_configuration(secretsmanager, secrets):
    """It is there, and no use."""
    secretsmanager.create_secret(Name="hookline/sources/stripe", SecretString=" ")
    with pytest.raises(ConfigurationError, match="blank"):
        secrets.read("hookline/sources/stripe")
