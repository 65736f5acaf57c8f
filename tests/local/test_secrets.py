"""Secrets that an operator sets on the deployed local stack: they are valid at once, and `hookline up` keeps them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from hookline.cli.commands.secrets import secrets
from hookline.local.stack import LocalStack
from hookline.local.stack_secrets import set_secrets
from hookline.operator import stored_secrets
from hookline.operator.secrets import ProviderSecret, of_provider, of_source
from hookline.operator.send import post, register_charge
from hookline.operator.trail import Trail
from hookline.testing import fixtures
from hookline.validation.discovery import discover

pytestmark = pytest.mark.local

TOKEN = "xoxb-set-by-an-operator"


@pytest.fixture
def run(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs `hookline secrets …` on this stack; returns its output."""
    monkeypatch.setattr("hookline.operator.account.account", lambda aws: stack)

    def command(*words: str, value: str = "") -> str:
        done = CliRunner().invoke(secrets, words, input=value, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return command


@pytest.fixture
def put_back(stack: LocalStack) -> Iterator[None]:
    """Restores the two secrets that these tests set."""
    changed: list[ProviderSecret] = [of_source("stripe"), of_provider("slack", "connector")]
    before = [stored_secrets.read(stack, secret).text or "" for secret in changed]
    yield
    for secret, text in zip(changed, before, strict=True):
        stored_secrets.write(stack, secret, text)


def test_the_verifier_accepts_the_signing_secret_that_an_operator_sets(
    stack: LocalStack, run: Callable[..., str], put_back: None
) -> None:
    """The value is the same as before: no verifier caches another one while other tests sign."""
    signs = stack.signing_secret("stripe")
    run("set", "stripe", "--source", value=f" {signs}\n")
    event = json.loads(fixtures.load("stripe", "charge_succeeded__ordinary").fresh().body)
    register_charge(stack, event)
    assert stack.signing_secret("stripe") == signs
    assert json.loads(stored_secrets.read(stack, of_source("stripe")).text or "").popitem()[1] == signs
    assert post(stack, "stripe", json.dumps(event).encode()).status == 200


def test_a_set_secret_is_on_the_operators_chain_and_shown_without_its_value(
    stack: LocalStack, run: Callable[..., str], put_back: None, trail: Trail, eventually: Callable[..., Any]
) -> None:
    before = trail.length("operator")
    run("set", "slack", "--connector", value=TOKEN)

    def found() -> list[Any]:
        new = trail.of_identity("operator", after=before)
        return [one for one in new if one["resource"] == "hookline/connectors/slack"]

    (record,) = eventually(found, "the operator's record, which may come after those of other tests")
    assert record["kind"] == "set"
    shown = json.loads(run("show", "slack", "--connector", "--json"))
    labels = [value["label"] for value in shown["values"]]
    assert (shown["fault"], shown["has_value"], labels) == (None, True, ["current"])
    assert shown["changed"] is not None
    assert TOKEN not in json.dumps([record, shown])


def test_the_next_up_keeps_the_credential_that_an_operator_set(
    stack: LocalStack, run: Callable[..., str], put_back: None
) -> None:
    run("set", "slack", "--connector", value=TOKEN)
    set_secrets(stack.emulator, discover(), [], (), stack.state)
    assert stored_secrets.read(stack, of_provider("slack", "connector")).text == TOKEN


def test_a_source_that_is_not_deployed_has_no_secret_to_set(stack: LocalStack, run: Callable[..., str]) -> None:
    with pytest.raises(Exception, match="source zoom is not deployed here"):
        run("show", "zoom")
