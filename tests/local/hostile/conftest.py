"""A project of its own whose only agents are the hostile one and its accomplice, deployed; and their attacker."""

import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hookline.local.emulator import HOST
from hookline.local.stack import LocalStack
from infra import naming
from tests.local.hostile.attacker import Attacker
from tests.local.project import copied

HERE = Path(__file__).parent
AGENTS = ("hostile", "accomplice")


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[LocalStack]:
    """The project, deployed by its own `hookline up`; it stops after this folder's tests."""
    project = copied(tmp_path_factory.mktemp("project"), free_port)
    agents = project.root / "functions/agents"
    shutil.rmtree(agents / "fraud")
    for name in AGENTS:
        shutil.copytree(HERE / name, agents / name)
        for file in ("__init__.py", "agent.py"):
            shutil.copy(HERE / file, agents / name)
    with pytest.MonkeyPatch.context() as patch:
        # The attacker's deliveries run in this process.
        patch.delenv("STRIPE_API_KEY", raising=False)
        try:
            yield project.up()
        finally:
            project.down()


@pytest.fixture(scope="package")
def attacker(stack: LocalStack, eventually: Callable[..., Any]) -> Attacker:
    """The attacker of the project."""
    key = stack.client("secretsmanager").get_secret_value(SecretId=naming.GRANT_KEY)["SecretString"]
    return Attacker(stack, key, eventually)


@pytest.fixture
def attackers_server() -> Iterator[tuple[str, list[str]]]:
    """The URL of the attacker's server, and the bodies that it received."""
    received: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def answer(self) -> None:
            received.append(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            """Logs nothing."""

    server = ThreadingHTTPServer((HOST, 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{HOST}:{server.server_port}/", received
    server.shutdown()
    server.server_close()
