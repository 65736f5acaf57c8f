"""A connector reaches public addresses only, whatever a name resolves to."""

import socket
from collections.abc import Iterator

import pytest
from urllib3.exceptions import NewConnectionError, URLSchemeUnknown

from functions.core.platform.public_https import public_https


@pytest.fixture
def listening() -> Iterator[int]:
    """A port on loopback that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch, listening: int) -> None:
    """Every name resolves to loopback, as an attacker's or a poisoned resolver could make it."""
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", listening))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)


@pytest.mark.usefixtures("resolving")
def test_a_name_that_resolves_to_a_private_address_is_not_spoken_to() -> None:
    with pytest.raises(NewConnectionError, match="not a public address"):
        public_https().request("GET", "https://api.stripe.com/", retries=False, timeout=5)


def test_a_private_address_by_number_is_not_spoken_to(listening: int) -> None:
    with pytest.raises(NewConnectionError, match="not a public address"):
        public_https().request("GET", f"https://127.0.0.1:{listening}/", retries=False, timeout=5)


def test_plain_http_is_not_spoken_at_all(listening: int) -> None:
    with pytest.raises((URLSchemeUnknown, KeyError)):
        public_https().request("GET", f"http://127.0.0.1:{listening}/", retries=False, timeout=5)
