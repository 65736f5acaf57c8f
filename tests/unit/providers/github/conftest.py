"""GitHub's connector at its sandbox: one sandbox for all tests, and pull requests of each test's own."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.core.gate import effects
from functions.core.manifests.connector import ConnectorManifest
from functions.providers.github.connector import MANIFEST
from functions.providers.github.operations import GitHub as Performer
from functions.providers.github.sandbox import GitHub
from functions.providers.github.sandbox.account import HELLO
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

KEY = "a1" * 32  # a key of the ledger
NOW = 1_790_000_000.0


@dataclass
class Hub:
    """The sandbox, and the connector that calls it."""

    sandbox: GitHub
    server: SandboxServer
    clock: list[float]
    branches: int = 0
    performer: Performer = field(init=False)

    def __post_init__(self) -> None:
        made = at_sandbox(
            MANIFEST, lambda: GitHub.credential, self.server.urls["github"], lambda: self.clock[0], Performer
        )
        assert isinstance(made, Performer)
        self.performer = made

    def control(self, path: str, **given: Any) -> Any:
        return json.loads(self.sandbox.control("POST", path, json.dumps(given).encode()).body)

    def state(self) -> Any:
        return json.loads(self.sandbox.control("GET", "state", b"").body)

    def pull(self, files: Mapping[str, Any], **given: Any) -> dict[str, str]:
        """A new pull request that changes `files`; its entity, and its head."""
        self.branches += 1
        branch = f"work{self.branches}"
        fork = {name: given[name] for name in ("fork",) if name in given}
        self.control("commits", branch=branch, files=files, **fork)
        made = self.control("pulls", branch=branch, **given)
        return {"repository": str(HELLO), "number": str(made["number"]), "commit_id": made["head"], "branch": branch}

    def call(self, name: str, /, key: str = KEY, **arguments: Any) -> Any:
        """Perform an operation as the gate does, with the ledger's key where it belongs."""
        operation = MANIFEST.operation(name)
        assert operation is not None
        return effects.perform(self.performer, operation, arguments, key, 1, 30)

    def found(self, name: str, /, key: str = KEY, **arguments: Any) -> Any:
        """What the gate reads back after an effect whose outcome is unknown."""
        manifest: ConnectorManifest = MANIFEST
        operation = manifest.operation(name)
        assert operation is not None
        return effects.read_back(self.performer, manifest, operation, arguments, key, lambda: 30.0)


@pytest.fixture(scope="module")
def _shared() -> Iterator[Hub]:
    clock = [NOW]
    sandbox = GitHub(lambda: clock[0])
    with SandboxServer([sandbox]) as server:
        yield Hub(sandbox, server, clock)


@pytest.fixture
def hub(_shared: Hub) -> Iterator[Hub]:
    yield _shared
    _shared.control("settings", patch_lines=20_000, refuse_reviews=0, leave_empty=False, rate_limited=0, secondary=0)
    _shared.control("settings", retry_after=None)


def of(pull: Mapping[str, str], *names: str) -> dict[str, str]:
    """The arguments that name the pull request, and those in `names`."""
    return {name: pull[name] for name in ("repository", "number", *names)}


def commit(pull: Mapping[str, str]) -> dict[str, str]:
    """The arguments that name its head."""
    return {"repository": pull["repository"], "head_sha": pull["commit_id"]}
