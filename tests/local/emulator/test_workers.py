"""The processes that run functions: what an update of the code does to them, and what their logs hold."""

import io
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hookline.local import forked
from hookline.local.control import root_key
from hookline.local.emulator import Emulator
from tests.local.emulator.resources import allow, create_role

pytestmark = pytest.mark.local

# Says that it runs, and ends when it may.
BUSY = """
import os, time
def handler(event, context):
    open(event["begun"], "w").close()
    while not os.path.exists(event["may end"]):
        time.sleep(0.01)
    return "old"
"""
NEW = "def handler(event, context): return 'new'"
BROKEN = "LIMIT = {}['limit']\ndef handler(event, context): return LIMIT"
PEEKING = 'def handler(event, context): return open("/proc/self/environ").read()'
FAILING = "def handler(event, context): return event['channel']"

Function = Callable[[str], str]


def zipped(code: str) -> bytes:
    """A zip with this module."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("own.py", code)
    return whole.getvalue()


@pytest.fixture
def function(emulator: Emulator) -> Iterator[Function]:
    """Makes a function with this code, and returns its name."""
    client = emulator.client("lambda")
    made: list[str] = []

    def make(code: str) -> str:
        made.append(f"worker-{secrets.token_hex(4)}")
        client.create_function(
            FunctionName=made[-1],
            Runtime="python3.13",
            Handler="own.handler",
            Role=create_role(emulator, made[-1], allow("logs:PutLogEvents", "*")),
            Code={"ZipFile": zipped(code)},
            Timeout=60,
        )
        return made[-1]

    yield make
    for name in made:
        client.delete_function(FunctionName=name)


@pytest.fixture
def invoke(emulator: Emulator) -> Callable[..., Any]:
    """Invokes a function, and returns its answer."""

    def call(name: str, **event: str) -> Any:
        answer = emulator.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    return call


def logged(emulator: Emulator, name: str) -> list[str]:
    """The lines of a function's log."""
    found = emulator.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")
    return [event["message"] for event in found["events"]]


def test_an_invocation_goes_on_while_the_code_is_updated_and_the_next_has_the_new(
    emulator: Emulator, function: Function, invoke: Callable[..., Any], tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    name, begun, may_end = function(BUSY), tmp_path / "begun", tmp_path / "may end"
    with ThreadPoolExecutor() as pool:
        running = pool.submit(invoke, name, **{"begun": str(begun), "may end": str(may_end)})
        eventually(begun.exists, "the invocation runs")
        emulator.client("lambda").update_function_code(FunctionName=name, ZipFile=zipped(NEW))
        assert invoke(name) == "new"
        may_end.touch()
        assert running.result() == "old"
    assert invoke(name) == "new"


def test_the_log_of_a_function_that_cannot_start_has_the_traceback(
    emulator: Emulator, function: Function, invoke: Callable[..., Any]
) -> None:
    name = function(BROKEN)
    assert "errorMessage" in invoke(name)
    assert "KeyError: 'limit'" in logged(emulator, name)
    assert "    LIMIT = {}['limit']" in logged(emulator, name)


def test_the_log_of_an_invocation_that_fails_has_the_traceback(
    emulator: Emulator, function: Function, invoke: Callable[..., Any]
) -> None:
    name = function(FAILING)
    assert invoke(name)["errorMessage"] == "'channel'"
    first, *found, end, report = logged(emulator, name)
    assert first.startswith("START RequestId: ") and end.startswith("END ") and report.startswith("REPORT ")
    assert "KeyError: 'channel'" in found


@pytest.mark.skipif(not forked.SUPPORTED, reason="on this system, a worker is a new interpreter")
def test_a_forked_worker_cannot_read_the_key_of_the_emulator(
    emulator: Emulator, function: Function, invoke: Callable[..., Any]
) -> None:
    """A forked process has the environment block of the process that it is forked from."""
    environment = invoke(function(PEEKING))
    assert "PATH=" in environment
    assert root_key(emulator.state) not in environment
