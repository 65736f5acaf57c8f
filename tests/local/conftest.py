import socket
from collections.abc import Callable, Iterator

import pytest

from hookline.local.emulator import HOST, Emulator, start


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Asks the system for a port that nothing listens on."""

    def ask() -> int:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            return probe.getsockname()[1]

    return ask


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Emulator]:
    """An emulator with nothing deployed to it, shared by the session's tests."""
    running = start(tmp_path_factory.mktemp("emulator"), free_port())
    yield running
    running.stop()
