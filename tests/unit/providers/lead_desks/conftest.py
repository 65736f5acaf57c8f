"""HubSpot's and SES's connectors at their sandboxes: one server for all tests, empty accounts for each."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from functions.core.gate import effects
from functions.providers.hubspot.connector import MANIFEST as HUBSPOT
from functions.providers.hubspot.operations import HubSpot as HubSpotPerformer
from functions.providers.hubspot.sandbox import HubSpot
from functions.providers.ses.connector import MANIFEST as SES
from functions.providers.ses.operations import Ses as SesPerformer
from functions.providers.ses.sandbox import Ses
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

KEY = "a1" * 32  # a key of the ledger
NOW = 1_790_000_000.0


class Desk:
    """One provider's sandbox, and the connector that calls it."""

    def __init__(self, manifest: Any, sandbox: Any, performer: Any, clock: list[float]) -> None:
        self.manifest, self.sandbox, self.performer, self.clock = manifest, sandbox, performer, clock

    def control(self, path: str, **given: Any) -> Any:
        return json.loads(self.sandbox.control("POST", path, json.dumps(given).encode()).body)

    def state(self) -> Any:
        return json.loads(self.sandbox.control("GET", "state", b"").body)

    def call(self, name: str, /, key: str = KEY, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
        """Perform an operation as the gate does, with the ledger's key where it belongs."""
        operation = self.manifest.operation(name)
        assert operation is not None
        return effects.perform(self.performer, effects_for(operation, headers), arguments, key, 1, 30)


def effects_for(operation: Any, headers: dict[str, str] | None) -> Any:
    """The operation with the tenant's headers, as the gate adds them."""
    from dataclasses import replace

    return replace(operation, headers={**operation.headers, **(headers or {})})


@pytest.fixture(scope="module")
def _shared() -> Iterator[dict[str, Desk]]:
    clock = [NOW]
    hubspot, ses = HubSpot(lambda: clock[0]), Ses(lambda: clock[0])
    with SandboxServer([hubspot, ses]) as server:
        performer = at_sandbox(
            HUBSPOT, lambda: hubspot.credential, server.urls["hubspot"], lambda: clock[0], HubSpotPerformer
        )
        client = boto3.client(
            "sesv2",
            region_name="us-east-1",
            endpoint_url=server.urls["ses"],
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106 - made up
            config=Config(retries={"total_max_attempts": 1}),
        )
        yield {
            "hubspot": Desk(HUBSPOT, hubspot, performer, clock),
            "ses": Desk(SES, ses, SesPerformer(lambda seconds: client), clock),
        }


@pytest.fixture
def hubspot(_shared: dict[str, Desk]) -> Desk:
    return _emptied(_shared["hubspot"])


@pytest.fixture
def ses(_shared: dict[str, Desk]) -> Desk:
    return _emptied(_shared["ses"])


def _emptied(desk: Desk) -> Desk:
    desk.clock[0] = NOW
    desk.sandbox.control("DELETE", "state", b"")
    return desk
