"""`hookline up` on a stack that is up already: what has changed is applied, and nothing else is done."""

from types import SimpleNamespace

import pytest

from functions.core.manifests.credentials import has_secret
from hookline.local import stack
from hookline.local.code_update import Built
from hookline.local.deployed import UNKNOWN, Deployed

STRIPE = "hookline/connectors/stripe"


@pytest.fixture
def deployments():
    """What was done to deploy, in its order."""
    return []


@pytest.fixture
def up(read_once, secretsmanager, tmp_path, monkeypatch, deployments):
    """Brings the stack up with this key of Stripe; the emulator is moto's Secrets Manager, and cdk makes secrets."""
    emulator = SimpleNamespace(endpoint="http://emulator", started="1", client=lambda service: secretsmanager)
    sandboxes = SimpleNamespace(urls={"slack": "http://slack", "stripe": "http://stripe"})

    def deploy(*_):
        deployments.append("deploy")
        if deployments.count("deploy") > 1:  # the secrets are there
            return
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

    def update(running, functions):
        if functions:
            deployments.append([one.name for one in functions])

    monkeypatch.setattr(stack, "code_in", lambda _: {"agent": "v1", "connector": "v1"})
    monkeypatch.setattr(stack, "built", lambda names: [Built(name, b"", "v2") for name in names])
    monkeypatch.setattr(stack, "update", update)

    def bring(key, **options):
        monkeypatch.setenv("STRIPE_API_KEY", key)
        return stack.up(lambda step: None, tmp_path, **options)

    return bring


@pytest.fixture
def saved(up, monkeypatch):
    """Brings the stack up for `hookline dev`, after a change of these functions' code, or with `shape` of templates."""

    def save(*functions, shape="same", code_only=True):
        monkeypatch.setattr(stack, "fingerprint", lambda _: f"{shape} {functions}")
        monkeypatch.setattr(stack, "templates_digest", lambda *_: shape)
        monkeypatch.setattr(stack.Deployed, "outdated", lambda _: list(functions))
        monkeypatch.setattr(stack.Deployed, "takes_code", lambda before, templates: before.templates == templates)
        return up("sk_test_first", code_only=code_only)

    return save


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


def record(tmp_path):
    return Deployed.read(tmp_path, "1")


def test_for_the_loop_changed_code_is_updated_without_a_deployment(saved, deployments, tmp_path):
    saved()
    saved("agent")
    saved()
    assert deployments == ["deploy", ["agent"]]
    assert (record(tmp_path).code["agent"], record(tmp_path).replaced) == ("v2", ["agent"])


def test_up_after_the_loop_has_nothing_to_do(saved, deployments):
    saved()
    saved("agent")
    saved("agent", code_only=False)
    assert deployments == ["deploy", ["agent"]]


def test_for_the_loop_other_templates_are_deployed(saved, deployments):
    saved()
    saved("agent", shape="other")
    assert deployments == ["deploy", "deploy"]


def test_a_deployment_sets_the_code_again_that_cloudformation_does_not_know_of(saved, deployments):
    """It changes nothing where the template is as before."""
    saved()
    saved("agent")
    saved(shape="other")
    saved(shape="third", code_only=False)
    assert deployments == ["deploy", ["agent"], "deploy", ["agent"], "deploy", ["agent"]]


def test_an_update_that_fails_halfway_is_repeated_though_the_files_are_changed_back(
    saved, deployments, monkeypatch, tmp_path
):
    saved()
    with monkeypatch.context() as patch:
        patch.setattr(stack, "update", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            saved("agent")
    assert (record(tmp_path).fingerprint, record(tmp_path).code["agent"]) == (UNKNOWN, UNKNOWN)
    saved(code_only=False)
    assert deployments == ["deploy", "deploy", ["agent"]]


def test_a_deployment_that_fails_is_repeated_though_the_files_are_changed_back(saved, deployments, monkeypatch):
    saved(code_only=False)
    with monkeypatch.context() as patch:
        patch.setattr(stack, "_deploy", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            saved(shape="other")
    saved()
    assert deployments == ["deploy", "deploy"]


def test_a_file_saved_during_a_deployment_is_deployed_by_the_next(saved, deployments, monkeypatch, tmp_path):
    saved()
    found = iter(["before", "after"])
    saved("agent")
    monkeypatch.setattr(stack, "fingerprint", lambda _: next(found))
    stack.up(lambda step: None, tmp_path, code_only=True)
    assert record(tmp_path).fingerprint == UNKNOWN
