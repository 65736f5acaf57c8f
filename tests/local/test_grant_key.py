"""The grant key is rotated on the deployed stack while events with the old key are in flight."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from functions.core.authority import grants
from functions.core.authority.grants import LIFETIME, Grant
from functions.core.events.event import Event
from functions.core.platform.secret_values import labelled
from functions.core.platform.times import rfc3339
from hookline.__main__ import hookline
from hookline.local.emulator import ACCOUNT, REGION
from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail
from infra import naming

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def keys(stack: LocalStack) -> list[str]:
    """The new key and the old one, after a function cached the old one and the operator rotated it."""
    (old,) = present_keys(stack)
    use_by_connector(stack, old)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hookline.operator.account.stack.find", lambda: stack)
        done = CliRunner().invoke(hookline, ["secrets", "rotate-grant-key"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    new, kept = present_keys(stack)
    assert (kept, new in done.output) == (old, False)
    return [new, old]


def test_the_keys_that_a_deployment_generates_are_letters_and_digits(stack: LocalStack) -> None:
    """As on AWS: a key that begins like a JSON object would be taken for several values."""
    text = stack.client("secretsmanager").get_secret_value(SecretId=naming.REVIEW_LINK_KEY)["SecretString"]
    assert (len(text), text.isalnum()) == (64, True)


def present_keys(stack: LocalStack) -> list[str]:
    text = stack.client("secretsmanager").get_secret_value(SecretId=naming.GRANT_KEY)["SecretString"]
    return list(labelled(text, time.time()).values())


def customer() -> str:
    return f"stripe:customer/cus_{secrets.token_hex(8)}"


def minted(id: str, entity: str, key: str) -> str:
    now = int(time.time())
    return grants.mint(Grant(id, id, frozenset({entity}), issued=now, expires=now + LIFETIME), key)


def use_by_connector(stack: LocalStack, key: str) -> dict[str, Any]:
    """The context connector's response to a request whose grant is minted with `key`."""
    id, entity = f"stripe:evt_{secrets.token_hex(8)}", customer()
    request = {
        "operation": "timeline.read",
        "arguments": {"entity": entity, "type": "payment.succeeded"},
        "event": id,
        "correlation": id,
        "grant": minted(id, entity, key),
        "deadline": time.time() + 30,
    }
    alias = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{naming.connector('context')}:fraud"
    answer = stack.client("lambda").invoke(FunctionName=alias, Payload=json.dumps(request))
    return json.loads(answer["Payload"].read())


@pytest.mark.parametrize("which", [0, 1], ids=["new", "old"])
def test_a_connector_accepts_grants_of_both_keys_at_once(
    stack: LocalStack, keys: list[str], eventually: Callable[..., Any], which: int
) -> None:
    # It reads the keys again at most every ten seconds.
    eventually(lambda: "result" in use_by_connector(stack, keys[which]), "the grant is accepted", seconds=20)


@pytest.mark.parametrize("which", [0, 1], ids=["new", "old"])
def test_the_context_service_accepts_events_of_both_keys_at_once(
    stack: LocalStack, keys: list[str], trail: Trail, eventually: Callable[..., Any], which: int
) -> None:
    id, entity, now = f"stripe:evt_{secrets.token_hex(8)}", customer(), rfc3339(time.time())
    event = Event(
        id=id,
        source="webhook.stripe",
        type="stripe.unmapped",
        subject=id,
        time=now,
        receivedat=now,
        entities=[entity],
        correlationid=id,
        grant=minted(id, entity, keys[which]),
        data={"raw_type": "made.up"},
        dataschema="stripe.unmapped/1",
    )
    stack.client("events").put_events(Entries=[event.to_entry(naming.BUS)])
    eventually(lambda: "projected" in [record["kind"] for record in trail.of_correlation(id)], "the timeline's entry")


def test_a_grant_of_any_other_key_is_denied(stack: LocalStack, keys: list[str], eventually: Callable[..., Any]) -> None:
    """At once, or after a wait for the next look at the secret if the last one was seconds ago."""
    forged, said = secrets.token_hex(32), list[str]()

    def denied() -> bool:
        said.append(use_by_connector(stack, forged)["error"]["message"])
        return said[-1] == "the grant was not minted here"

    eventually(denied, "the connector has looked at the secret again")
    assert all(message.startswith("no key that is known yet signed this") for message in said[:-1])


def test_the_rotation_is_on_the_trail(keys: list[str], trail: Trail, eventually: Callable[..., Any]) -> None:
    def rotations() -> list[dict[str, Any]]:
        return [record for record in trail.of_identity("operator") if record["kind"] == "rotated"]

    (record,) = eventually(rotations, "a record of the rotation")
    assert record["resource"] == naming.GRANT_KEY
    assert not any(key in json.dumps(record) for key in keys)
