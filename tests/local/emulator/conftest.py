"""What the local stack relies on in the emulator, so that an upgrade of the emulator shows what changed.

Each test states a behaviour of AWS. If the emulator is known to differ, the test says so and asserts the difference;
it fails when the difference is gone. The tests share one emulator: each names resources of its own.
"""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hookline.local.emulator import Emulator
from tests.local.emulator.actor import Actor
from tests.local.emulator.resources import allow, arn, create_role, create_table


@pytest.fixture(scope="session")
def package() -> bytes:
    """The zip of handler.py."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(Path(__file__).with_name("handler.py"), "handler.py")
    return packed.getvalue()


@pytest.fixture(scope="session")
def make_actor(emulator: Emulator, package: bytes) -> Callable[..., Actor]:
    """Creates a role with the statements, and an actor under it."""

    def make(name: str, *statements: dict, boundary: str | None = None, **environment: str) -> Actor:
        role = create_role(emulator, name, *statements, boundary=boundary)
        emulator.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="handler.handler",
            Timeout=20,
            Code={"ZipFile": package},
            Environment={"Variables": environment},
        )
        return Actor(emulator, name)

    return make


@pytest.fixture(scope="session")
def consumer(emulator: Emulator, make_actor: Callable[..., Actor]) -> Actor:
    """An actor that notes what it receives; one for all tests, each of which maps queues of its own to it."""
    create_table(emulator, "seen")
    reads = allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "*")
    writes = allow(["dynamodb:UpdateItem", "dynamodb:GetItem"], arn("dynamodb", "table/seen"))
    actor = make_actor("consumer", reads, writes, SEEN="seen")
    # The call starts a worker: a cold start longer than a queue's visibility timeout delivers its messages twice.
    actor.calls("dynamodb", "get_item", TableName="seen", Key={"pk": {"S": "nothing"}})
    return actor
