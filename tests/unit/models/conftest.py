"""No model is called in these tests: nothing may connect anywhere."""

import socket

import pydantic_ai.models
import pytest


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Forbids connections. pydantic-ai's own switch would forbid the client of ours too, which a script answers."""

    def refuse(*address):
        raise AssertionError(f"a test connects to {address[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(pydantic_ai.models, "ALLOW_MODEL_REQUESTS", True)
