import io
import json
import secrets
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hookline.local import stack as local_stack
from hookline.local.emulator import ACCOUNT, HOST, REGION, Emulator, start
from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail
from hookline.validation.discovery import discover
from infra import naming
from infra.deployable import every_flow

# Makes the call in its event, under the role of the function.
PROBE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        getattr(boto3.client(event["service"]), event["operation"])(**event["parameters"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Returns a free port of the system."""

    def ask() -> int:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            return probe.getsockname()[1]

    return ask


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Emulator]:
    """An emulator with nothing deployed to it, one for the session."""
    running = start(tmp_path_factory.mktemp("emulator"), free_port())
    yield running
    running.stop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[LocalStack]:
    """The whole system with all flows, deployed by the real CDK CLI to an emulator of its own, once for the session."""
    state = tmp_path_factory.mktemp("stack")
    # A developer's own test-mode key must not make the tests call Stripe.
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("STRIPE_API_KEY", raising=False)
        yield local_stack.up(print, state, free_port(), free_port(), flows=every_flow(discover()))
    local_stack.down(state)


@pytest.fixture(scope="session")
def trail(stack: LocalStack) -> Trail:
    """The audit trail of the stack."""
    return Trail(stack.client("dynamodb"))


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """Calls `found` until its result is truthy, and returns it; fails with `what` after so many seconds."""

    def look(found: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        until, pause = time.monotonic() + seconds, 0.05
        while time.monotonic() < until:
            if result := found():
                return result
            time.sleep(pause)
            pause = min(0.4, pause * 1.3)  # a look takes the processor's time from what it waits for
        pytest.fail(f"after {seconds} s not yet: {what}")

    return look


@pytest.fixture(scope="session")
def records(stack: LocalStack, trail: Trail, eventually: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """Waits until the trail of an event has a record of `kind` by `identity`, and returns the event's whole trail.

    Identities send to several queues, so it then waits until the recorder has read all of them.
    """
    sqs = stack.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    urls = [sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in naming.AUDIT_QUEUES.values()]

    def all_read() -> bool:
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
        return all(value == "0" for queue in found for value in queue.values())

    def wait(event: str, identity: str, kind: str, action: str = "", seconds: float = 30.0) -> list[dict[str, Any]]:
        def found() -> list[dict[str, Any]] | None:
            all_records = trail.of_correlation(f"stripe:{event}")
            wanted = [r for r in all_records if (r["identity"], r["kind"]) == (identity, kind)]
            return all_records if any(not action or r["action"] == action for r in wanted) else None

        eventually(found, f"{identity} {kind} {action} on {event}", seconds)
        eventually(all_read, "the recorder has read every queue", seconds)
        return trail.of_correlation(f"stripe:{event}")

    return wait


@pytest.fixture(scope="session")
def messages(stack: LocalStack) -> Callable[[str], list[dict[str, Any]]]:
    """Returns up to ten messages of a queue with their attributes; the messages stay in the queue."""

    def read(queue: str) -> list[dict[str, Any]]:
        sqs = stack.client("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        response = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"]
        )
        return [{**m, "detail": json.loads(m["Body"])["detail"]} for m in response.get("Messages", [])]

    return read


@pytest.fixture(scope="session")
def as_agent(stack: LocalStack) -> Iterator[Callable[..., str]]:
    """Makes one AWS call as the fraud agent; returns "allowed" or the error's code.

    Lambda names the role's session after the function, so the function has the prefix of the project's own.
    """
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("probe.py", PROBE)
    client, name = stack.client("lambda"), f"{naming.PREFIX}-probe-{secrets.token_hex(4)}"
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="probe.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{naming.role(naming.agent('fraud'), REGION)}",
        Code={"ZipFile": zipped.getvalue()},
        Timeout=30,
    )

    def attempt(service: str, operation: str, **parameters: Any) -> str:
        payload = json.dumps({"service": service, "operation": operation, "parameters": parameters})
        return json.loads(client.invoke(FunctionName=name, Payload=payload)["Payload"].read())

    yield attempt
    client.delete_function(FunctionName=name)
