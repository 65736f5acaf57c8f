"""The emulator as a process: how it is found, and what its environment and its workers keep out."""

import io
import json
import os
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hookline.local.emulator import ACCOUNT, Emulator, PortTaken, find, process_started, record, start
from tests.local.emulator.resources import allow, create_role

pytestmark = pytest.mark.local

# Writes its pid and environment to the file that its event names, then keeps running.
STUCK = """
import json, os, pathlib, time

def handler(event, context):
    note = pathlib.Path(event + ".part")
    note.write_text(json.dumps({"pid": os.getpid(), "environment": dict(os.environ)}))
    note.rename(event)
    time.sleep(60)
"""


def test_a_running_emulator_is_found_and_its_port_is_taken_for_others(emulator: Emulator, tmp_path: Path) -> None:
    assert find(emulator.state) == start(emulator.state, emulator.port) == emulator
    with pytest.raises(PortTaken, match=f"port {emulator.port} .* HOOKLINE_PORT"):
        start(tmp_path, emulator.port)


def test_a_pid_that_another_process_has_by_now_is_neither_found_nor_ended(tmp_path: Path) -> None:
    stranger = Emulator(tmp_path, 1, os.getpid(), "long ago")
    record(tmp_path).write_text(json.dumps({"port": 1, "pid": stranger.pid, "started": stranger.started}))
    assert find(tmp_path) is None
    stranger.stop()


def test_none_of_the_operators_aws_settings_reaches_a_command(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, "theirs")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    environment = emulator.environment()
    assert "theirs" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == emulator.endpoint
    assert environment["PATH"] == os.environ["PATH"]
    assert emulator.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_a_worker_gets_no_variable_of_the_shell_and_ends_with_the_emulator(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., Any]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "theirs")
    emulator = start(tmp_path, free_port())
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", STUCK)
    emulator.client("lambda").create_function(
        FunctionName="stuck",
        Runtime="python3.13",
        Handler="index.handler",
        Timeout=60,
        Role=create_role(emulator, "stuck", allow("sqs:ListQueues", "*")),
        Code={"ZipFile": package.getvalue()},
    )
    reported = tmp_path / "reported.json"
    emulator.client("lambda").invoke(FunctionName="stuck", InvocationType="Event", Payload=json.dumps(str(reported)))
    worker = json.loads(eventually(lambda: reported.is_file() and reported.read_text(), "the worker's report"))
    assert "theirs" not in worker["environment"].values()

    os.kill(emulator.pid, signal.SIGKILL)
    eventually(lambda: process_started(worker["pid"]) is None, "the worker ended", seconds=5)
    assert find(tmp_path) is None
