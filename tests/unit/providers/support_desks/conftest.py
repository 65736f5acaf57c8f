"""Zendesk's and Intercom's connectors at their sandboxes: one server for all tests, an empty account for each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from functions.core.gate import effects
from functions.core.gate.outbound import Provider
from functions.core.manifests.connector import ConnectorManifest
from functions.providers.intercom.connector import MANIFEST as INTERCOM
from functions.providers.intercom.operations import Intercom as IntercomPerformer
from functions.providers.intercom.sandbox import Intercom
from functions.providers.zendesk.connector import MANIFEST as ZENDESK
from functions.providers.zendesk.operations import Zendesk as ZendeskPerformer
from functions.providers.zendesk.sandbox import Zendesk
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

KEY = "a1" * 32  # a key of the ledger
NOW = 1_790_000_000.0


@dataclass
class Desk:
    """One provider's sandbox, and the connector that calls it."""

    manifest: ConnectorManifest
    sandbox: Any
    performer: Provider
    clock: list[float]

    def control(self, path: str, **given: Any) -> Any:
        return json.loads(self.sandbox.control("POST", path, json.dumps(given).encode()).body)

    def waiting(self) -> Any:
        return json.loads(self.sandbox.control("GET", "deliveries", b"").body)["deliveries"]

    def state(self) -> Any:
        return json.loads(self.sandbox.control("GET", "state", b"").body)

    def calls(self, method: str) -> list[str]:
        """The paths that were called with a method."""
        return [call["path"] for call in self.state()["calls"] if call["method"] == method]

    def call(self, name: str, /, key: str = KEY, **arguments: Any) -> Any:
        """Perform an operation as the gate does, with the ledger's key where it belongs."""
        operation = self.manifest.operation(name)
        assert operation is not None
        return effects.perform(self.performer, operation, arguments, key, 1, 30)

    def found(self, name: str, /, key: str = KEY, **arguments: Any) -> Any:
        """What the gate reads back after an effect whose outcome is unknown."""
        operation = self.manifest.operation(name)
        assert operation is not None
        return effects.read_back(self.performer, self.manifest, operation, arguments, key, lambda: 30.0)


@pytest.fixture(scope="module")
def _shared() -> Iterator[dict[str, Desk]]:
    clock = [NOW]
    sandboxes = {"zendesk": Zendesk(lambda: clock[0]), "intercom": Intercom(lambda: clock[0])}
    kinds = {"zendesk": (ZENDESK, ZendeskPerformer), "intercom": (INTERCOM, IntercomPerformer)}
    with SandboxServer(list(sandboxes.values())) as server:
        made = {}
        for name, sandbox in sandboxes.items():
            manifest, kind = kinds[name]
            secret = sandbox.credential
            performer = at_sandbox(manifest, lambda secret=secret: secret, server.urls[name], lambda: clock[0], kind)
            made[name] = Desk(manifest, sandbox, performer, clock)
        yield made


@pytest.fixture
def zendesk(_shared: dict[str, Desk]) -> Desk:
    desk = _shared["zendesk"]
    desk.clock[0] = NOW
    desk.sandbox.control("DELETE", "state", b"")
    return desk


@pytest.fixture
def intercom(_shared: dict[str, Desk]) -> Desk:
    desk = _shared["intercom"]
    desk.clock[0] = NOW
    desk.sandbox.control("DELETE", "state", b"")
    return desk
