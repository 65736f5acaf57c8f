"""The credentials of the local stack's connectors: the sandboxes', until an operator sets others."""

import pytest

from hookline.local.stack_secrets import set_credentials

SLACK, STRIPE = "hookline/connectors/slack", "hookline/connectors/stripe"
SANDBOXES = {"slack": "xoxb-sandbox", "stripe": "sk_test_sandbox"}


@pytest.fixture
def up(secretsmanager, tmp_path):
    """Sets the credentials as `hookline up` does."""
    for name in (SLACK, STRIPE):
        secretsmanager.create_secret(Name=name)
    return lambda **live: set_credentials(secretsmanager, SANDBOXES | live, tmp_path / "credentials.json")


def value(secretsmanager, name):
    return secretsmanager.get_secret_value(SecretId=name)["SecretString"]


def test_a_connector_without_a_credential_gets_its_sandboxs(up, secretsmanager):
    up()
    assert (value(secretsmanager, SLACK), value(secretsmanager, STRIPE)) == ("xoxb-sandbox", "sk_test_sandbox")


def test_what_an_operator_set_is_kept_however_often_the_stack_starts(up, secretsmanager):
    up()
    secretsmanager.put_secret_value(SecretId=SLACK, SecretString="xoxb-mine")
    up()
    up()
    assert value(secretsmanager, SLACK) == "xoxb-mine"


def test_what_was_set_here_follows_the_providers_that_are_played_by_sandboxes(up, secretsmanager):
    """A key of the test mode would open no sandbox, nor a sandbox's key Stripe."""
    for live in ({}, {"stripe": "sk_test_live"}, {}):
        up(**live)
        assert value(secretsmanager, STRIPE) == {**SANDBOXES, **live}["stripe"]


def test_no_credential_is_kept_in_clear(up, tmp_path):
    up(stripe="sk_test_live")
    assert "sk_test" not in (tmp_path / "credentials.json").read_text()


def test_a_restarted_stack_gets_its_credentials_again(up, secretsmanager):
    up()
    secretsmanager.delete_secret(SecretId=SLACK, ForceDeleteWithoutRecovery=True)
    secretsmanager.create_secret(Name=SLACK)
    up()
    assert value(secretsmanager, SLACK) == "xoxb-sandbox"
