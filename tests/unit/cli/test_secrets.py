"""hookline secrets: set and show the secrets of sources and connectors, and never show a value."""

import json
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from click.testing import CliRunner

from functions.core.ingress.signatures.verify import check_secrets
from functions.core.platform.errors import ConfigurationError, RetryableError
from functions.core.platform.secret_values import labelled
from hookline.__main__ import main
from hookline.cli.commands.secrets import secrets
from hookline.local.generated_secrets import generate_secret
from hookline.operator.errors import OperatorError
from hookline.operator.secrets import Credential, SigningSecret, of_provider
from tests.declared import PROJECT

pytestmark = pytest.mark.usefixtures("read_once")

NOW = datetime(2026, 9, 21, 13, tzinfo=UTC).timestamp()
TODAY = "2026-09-21"
SOURCE, CONNECTOR = "hookline/sources/stripe", "hookline/connectors/stripe"
OLD, NEW = "whsec_old1234567890", "whsec_new1234567890"
TOKEN = "xoxb-12345-abcdef"
SOURCES = list(PROJECT.sources.values())


@pytest.fixture
def manager(secretsmanager, monkeypatch):
    """Secrets Manager as a deployment leaves it: the secrets of Stripe, Slack and Meta, without values."""
    for name in (SOURCE, CONNECTOR, "hookline/sources/meta", "hookline/sources/slack", "hookline/connectors/slack"):
        secretsmanager.create_secret(Name=name)
    account = SimpleNamespace(client={"secretsmanager": secretsmanager}.__getitem__)
    monkeypatch.setattr("hookline.operator.account.account", lambda aws: account)
    monkeypatch.setattr("hookline.cli.commands.secrets.time.time", lambda: NOW)
    return secretsmanager


@pytest.fixture
def trail(manager, monkeypatch):
    """What is put on record, each with what the secret held at that moment."""
    records = []

    def record_action(account, kind, **what):
        records.append((kind, what, text_of(manager, what["resource"])))

    monkeypatch.setattr("hookline.operator.operator_trail.record_action", record_action)
    return records


@pytest.fixture
def run(trail):
    """Runs the command with a value on standard input; gives what it prints."""

    def command(*words, value=""):
        done = CliRunner().invoke(secrets, words, input=value, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert not value.strip() or value.strip() not in done.output
        return done.stdout

    return command


def text_of(manager, name):
    try:
        return manager.get_secret_value(SecretId=name)["SecretString"]
    except ClientError:
        return None


def put(manager, name, text):
    manager.put_secret_value(SecretId=name, SecretString=text if isinstance(text, str) else json.dumps(text))


def shown(run, *words):
    return json.loads(run("show", *words, "--json"))


# set


def test_a_sources_secret_is_set_under_a_label_of_its_day(run, manager):
    run("set", "stripe", "--source", value=f"{NEW}\n")
    assert labelled(text_of(manager, SOURCE), NOW) == {TODAY: NEW}


def test_a_connectors_credential_is_set_as_it_is_presented(run, manager):
    run("set", "slack", "--connector", "-", value=f"'{TOKEN}'\n")
    assert text_of(manager, "hookline/connectors/slack") == TOKEN


def test_a_secret_that_is_set_is_the_only_one_and_has_its_own_label(run, manager):
    """Otherwise the audit trail could not show which of a day's secrets signed a delivery."""
    put(manager, SOURCE, {TODAY: OLD, "2026-09-01": {"value": "older", "until": NOW + 60}})
    assert "The previous secret stops being valid within five minutes" in run("set", "stripe", "--source", value=NEW)
    assert labelled(text_of(manager, SOURCE), NOW) == {f"{TODAY}.2": NEW}
    run("set", "stripe", "--source", value=OLD)
    assert labelled(text_of(manager, SOURCE), NOW) == {f"{TODAY}.3": OLD}


def test_a_handshakes_token_stays_when_the_secret_is_set(run, manager):
    put(manager, "hookline/sources/meta", {"current": OLD, "verify_token": "repeat me"})
    run("set", "meta", value=NEW)
    assert labelled(text_of(manager, "hookline/sources/meta"), NOW) == {TODAY: NEW, "verify_token": "repeat me"}


def test_a_malformed_secret_can_be_replaced(run, manager):
    put(manager, SOURCE, "{not json")
    run("set", "stripe", "--source", value=NEW)
    assert labelled(text_of(manager, SOURCE), NOW) == {TODAY: NEW}


def test_the_act_is_on_record_before_it_is_done_and_without_the_value(run, trail):
    run("set", "stripe", "--source", value=NEW)
    run("set", "stripe", "--source", value=OLD)
    run("set", "stripe", "--connector", value=TOKEN)
    assert [(kind, what, before and json.loads(before)) for kind, what, before in trail] == [
        ("set", {"resource": SOURCE, "reason": "the first value"}, None),
        ("set", {"resource": SOURCE, "reason": "replaces another"}, {TODAY: NEW}),
        ("set", {"resource": CONNECTOR, "reason": "the first value"}, None),
    ]


def test_nothing_is_set_that_cannot_be_put_on_record(run, manager, monkeypatch):
    def refuse(*_, **__):
        raise RetryableError("the audit queue cannot be reached")

    monkeypatch.setattr("hookline.operator.operator_trail.record_action", refuse)
    with pytest.raises(RetryableError):
        run("set", "stripe", "--source", value=NEW)
    assert text_of(manager, SOURCE) is None


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["stripe", "--source"], "two\nlines"),
        (["stripe", "--connector"], "Bearer sk_test_1234"),
        (["slack", "--connector"], "xoxb-ümlaut"),
        (["slack", "--connector"], "xoxb-1\nxoxb-2"),
    ],
)
def test_a_value_of_another_form_is_refused_and_neither_recorded_nor_shown(run, manager, trail, words, value):
    with pytest.raises(ConfigurationError) as refused:
        run("set", *words, value=value)
    assert words[0] in str(refused.value)
    assert not any(part in str(refused.value) for part in value.split())
    assert trail == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_sources_secret_is_held_to_its_signature_scheme(source):
    generated = generate_secret(source)
    SigningSecret(source).check(generated.verifies)
    text = SigningSecret(source).replaced(None, generated.verifies, NOW)
    SigningSecret(source).check_text(text, NOW)
    check_secrets(source.signature, list(labelled(text, NOW).values()), source.name)


@pytest.mark.parametrize("name", ["openai", "chargebee", "sendgrid"])
def test_a_scheme_with_a_form_of_its_own_refuses_plain_text(name):
    with pytest.raises(ConfigurationError) as refused:
        SigningSecret(PROJECT.sources[name]).check("just-text")
    assert "just-text" not in str(refused.value)


def test_a_value_on_the_command_line_is_refused(run, manager):
    """It would stay in the shell's history; and it is not repeated."""
    with pytest.raises(OperatorError, match="history") as refused:
        run("set", "stripe", "--source", NEW)
    assert NEW not in str(refused.value)
    assert text_of(manager, SOURCE) is None


# whose


@pytest.mark.parametrize(
    ("provider", "part", "said"),
    [
        ("stripe", None, "stripe is a source and a connector, each with a secret: add --source or --connector"),
        ("strpe", None, "there is no provider 'strpe' (did you mean stripe?)"),
        ("zoom", "connector", "zoom has no connector with a secret"),
        ("context", None, "context has no secret"),
        ("context", "source", "context has no source with a secret"),
    ],
)
def test_a_provider_that_does_not_say_which_secret_is_meant_is_one_line(provider, part, said):
    with pytest.raises(OperatorError) as refused:
        of_provider(provider, part)
    assert str(refused.value) == said


def test_a_provider_with_one_part_needs_no_option():
    assert isinstance(of_provider("zoom", None), SigningSecret)
    assert isinstance(of_provider("stripe", "source"), SigningSecret)
    assert isinstance(of_provider("stripe", "connector"), Credential)


@pytest.mark.parametrize("command", ["set", "show"])
def test_both_options_exclude_each_other(run, command):
    with pytest.raises(OperatorError, match="exclude"):
        run(command, "stripe", "--source", "--connector")


@pytest.mark.parametrize("command", ["set", "show", "rotate", "verify-token"])
def test_a_source_that_is_not_deployed_is_named_before_anything_is_asked(run, trail, command):
    with pytest.raises(OperatorError, match="source zoom is not deployed here: .*'hookline up --with zoom'"):
        run(command, "zoom")
    assert trail == []


def test_a_connector_that_is_not_deployed_is_named(run, manager):
    manager.delete_secret(SecretId=CONNECTOR, ForceDeleteWithoutRecovery=True)
    with pytest.raises(OperatorError, match="connector stripe is not deployed here: run 'hookline up'"):
        run("set", "stripe", "--connector", value=TOKEN)


@pytest.mark.parametrize(
    "error",
    [NoCredentialsError(), ClientError({"Error": {"Code": "AccessDenied", "Message": "not yours"}}, "GetSecretValue")],
    ids=["no credentials", "denied"],
)
@pytest.mark.parametrize("command", ["set", "show"])
def test_what_aws_refuses_is_one_line_and_not_taken_for_a_missing_deployment(monkeypatch, capsys, command, error):
    class Refusing:
        def client(self, service):
            return self

        def get_secret_value(self, **_):
            raise error

    monkeypatch.setattr("hookline.operator.account.account", lambda aws: Refusing())
    monkeypatch.setattr(sys, "argv", ["hookline", "secrets", command, "zoom", "--aws"])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, capsys.readouterr().err) == (1, f"hookline: AWS: {error}\n")


# show


def test_a_secret_without_a_value_says_how_to_set_one(run):
    assert "no value yet: set one with 'hookline secrets set stripe --source'" in run("show", "stripe", "--source")
    assert shown(run, "stripe", "--source") == {
        "provider": "stripe",
        "part": "source",
        "secret": SOURCE,
        "has_value": False,
        "values": [],
        "changed": None,
        "fault": None,
    }


def test_the_labels_that_count_are_shown_with_their_ends_and_no_values(run, manager):
    ending = {"value": OLD, "until": NOW + 3600}
    put(manager, SOURCE, {TODAY: NEW, "2026-09-20": ending, "2026-09-01": {"value": "retired", "until": NOW - 1}})
    page, data = run("show", "stripe", "--source"), shown(run, "stripe", "--source")
    assert data["values"] == [
        {"label": TODAY, "until": None, "signs": True},
        {"label": "2026-09-20", "until": "2026-09-21T14:00:00.000000Z", "signs": True},
    ]
    assert data["fault"] is None
    assert datetime.fromisoformat(data["changed"]).tzinfo is not None
    assert "2026-09-20     valid until 2026-09-21T14:00:00" in page
    assert "format         valid" in page
    for text in (page, json.dumps(data)):
        assert not any(part in text for part in ("whsec", "new123", "old123", "retired"))


def test_a_connectors_credential_is_one_value_without_an_end(run, manager):
    put(manager, CONNECTOR, "sk_test_1234567890")
    page = run("show", "stripe", "--connector")
    assert "current        valid" in page
    assert "sk_test" not in page


def test_what_a_handshake_repeats_is_shown_as_what_signs_nothing(run, manager):
    put(manager, "hookline/sources/meta", {"current": OLD, "verify_token": "repeat me"})
    assert "verify_token   valid, signs nothing" in run("show", "meta")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{not json", "starts like a JSON object but is not one"),
        ({"current": " "}, "'current' is blank"),
        ({"2026-09-01": {"value": OLD, "until": NOW - 1}}, "no value that is still valid"),
        ({"verify_token": "repeat me"}, "needs a list of at least one secret"),
        ({"current": {"value": OLD, "until": "soon"}}, "not a number"),
    ],
)
def test_a_secret_that_its_verifier_refuses_is_shown_to_be_bad(run, manager, text, fault):
    put(manager, SOURCE, text)
    page, data = run("show", "stripe", "--source"), shown(run, "stripe", "--source")
    assert fault in data["fault"] and fault in page
    assert "whsec" not in page


def test_a_credential_that_no_header_takes_is_shown_to_be_bad(run, manager):
    put(manager, CONNECTOR, "sk test")
    fault = shown(run, "stripe", "--connector")["fault"]
    assert "connector stripe" in fault and "sk test" not in fault


def test_an_end_that_no_calendar_reaches_is_shown_as_null(run, manager):
    put(manager, SOURCE, {"current": {"value": OLD, "until": 1e300}})
    assert shown(run, "stripe", "--source")["values"] == [{"label": "current", "until": None, "signs": True}]


# rotate


def test_a_rotation_of_another_form_is_not_put_on_record(run, trail, manager):
    with pytest.raises(ConfigurationError):
        run("rotate", "stripe", value="two\nlines")
    assert trail == []


def test_a_rotation_keeps_the_present_secret_for_the_overlap(run, manager, trail):
    put(manager, SOURCE, OLD)
    assert "accepted for 2 more hours" in run("rotate", "stripe", "--overlap", "2", value=NEW)
    assert json.loads(text_of(manager, SOURCE)) == {TODAY: NEW, "current": {"value": OLD, "until": NOW + 7200}}
    assert [(kind, before) for kind, _, before in trail] == [("rotated", OLD)]
