"""`hookline up` on a stack that is up already: what has changed is applied, and nothing else is done."""

from types import SimpleNamespace

import pytest

from functions.core.manifests.credentials import has_secret
from hookline.local import stack

STRIPE = "hookline/connectors/stripe"


@pytest.fixture
def deployments():
    """What was done to deploy, in its order."""
    return []


@pytest.fixture
def up(secretsmanager, tmp_path, monkeypatch, deployments):
    """Brings the stack up with this key of Stripe; the emulator is moto's Secrets Manager, and cdk makes secrets."""
    emulator = SimpleNamespace(endpoint="http://emulator", started="1", client=lambda service: secretsmanager)
    sandboxes = SimpleNamespace(urls={"slack": "http://slack", "stripe": "http://stripe"})

    def deploy(*_):
        deployments.append("deploy")
        for connector in stack.discover().connectors.values():
            if has_secret(connector.credential):
                secretsmanager.create_secret(Name=stack.naming.credential(connector.name))
        for source in stack.discover().deployed_sources():
            secretsmanager.create_secret(Name=stack.naming.signing_secret(source.name))
        (tmp_path / "outputs.json").write_text('{"hookline-ingress": {"Url": "http://hooks"}}')

    monkeypatch.setattr(stack, "cdk", lambda: "cdk")
    monkeypatch.setattr(stack, "_start", lambda *_: (emulator, sandboxes))
    monkeypatch.setattr(stack, "_deploy", deploy)
    for step in ("synthesize", "_bootstrap", "check_removals", "delete_removed_agents"):
        monkeypatch.setattr(stack, step, lambda *_: None)

    def bring(key):
        monkeypatch.setenv("STRIPE_API_KEY", key)
        return stack.up(lambda step: None, tmp_path)

    return bring


def value(secretsmanager):
    return secretsmanager.get_secret_value(SecretId=STRIPE)["SecretString"]


def test_another_key_of_stripe_is_applied_though_nothing_else_has_changed(up, secretsmanager, deployments):
    for key in ("sk_test_first", "sk_test_second"):
        up(key)
        assert value(secretsmanager) == key
    assert deployments == ["deploy"]


def test_what_an_operator_has_set_is_kept_though_the_key_changes(up, secretsmanager):
    up("sk_test_first")
    secretsmanager.put_secret_value(SecretId=STRIPE, SecretString="rk_test_mine")
    up("sk_test_second")
    assert value(secretsmanager) == "rk_test_mine"
