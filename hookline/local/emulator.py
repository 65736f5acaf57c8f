"""The emulator's process: started detached, found by pid and start time, and stopped.

`python -m hookline.local.emulator STATE PORT` is that process. It patches ministack's conditions
(`hookline.local.conditions`) and serves on loopback only, behind `hookline.local.guard`; all its files are in STATE.
Its state is not persistent: a stopped emulator has lost everything that was deployed to it, and each start is clean.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from hookline.local.control import HEADER, control_token, root_key
from hookline.operator.errors import OperatorError

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"
START_SECONDS = 30.0
LAMBDA_PYTHON = "HOOKLINE_LAMBDA_PYTHON"
# The variables of the operator's shell that the emulator inherits. Handlers inherit its environment, so this list
# also keeps the operator's own API keys and AWS profile out of every function.
INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", LAMBDA_PYTHON)
AWS_PREFIXES = ("AWS_", "AMAZON_", "BOTO", "CDK_DEFAULT_")


class EmulatorError(OperatorError):
    """The emulator could not be started; the message is one line for the operator."""


class PortTaken(EmulatorError):
    """Something else already listens on the port."""


@dataclass(frozen=True)
class Emulator:
    """An emulator process: its state folder, port, pid and start time (`process_started`)."""

    state: Path
    port: int
    pid: int
    started: str

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether this process runs; a later process with the same pid does not count."""
        return process_started(self.pid) == self.started

    def environment(self) -> dict[str, str]:
        """The whole environment for a command that talks to this emulator, to pass as `env=`.

        It is the current environment without AWS variables, plus the emulator's. They are removed and not
        overridden, because a profile, session token, role or service endpoint has no harmless value.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith(AWS_PREFIXES)}
        direct = ",".join(filter(None, [kept.get("NO_PROXY") or kept.get("no_proxy"), HOST, "localhost"]))
        return {
            **kept,
            **sealed_aws(root_key(self.state)),
            "AWS_ENDPOINT_URL": self.endpoint,
            "NO_PROXY": direct,
            "no_proxy": direct,
        }

    def client(self, service: str, **config: Any) -> Any:
        """A boto3 client of a service of the emulator, as the account's root; `config` is for botocore's `Config`."""
        direct = Config(**{"proxies": {}, **config})
        return self._session.client(service, endpoint_url=self.endpoint, config=direct)

    @cached_property
    def _session(self) -> boto3.Session:
        # Without the operator's profile and files, even if AWS_PROFILE is set.
        sealed = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
        key = root_key(self.state)
        return boto3.Session(key, key, region_name=REGION, botocore_session=sealed)

    def stop(self) -> None:
        """Kill the process and its Lambda workers, if they run."""
        while self.alive:
            # Nothing has to be saved, and SIGTERM would wait for every running handler. The emulator leads its
            # own session, so its process group holds only itself and its workers.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            time.sleep(0.01)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)  # reaps it if this process started it
        record(self.state).unlink(missing_ok=True)


def start(state: Path, port: int, python: Path | None = None) -> Emulator:
    """Start an emulator and return once it is healthy, or return the one that already runs from `state`.

    `python` is the interpreter of Lambda handlers (default: `HOOKLINE_LAMBDA_PYTHON`, or else this
    one). Raises `PortTaken`, or `EmulatorError` if it is not healthy within `START_SECONDS`.
    """
    state = state.resolve()
    if running := find(state):
        return running
    if _listening(port):
        raise PortTaken(f"port {port} is in use by another program: stop it, or set HOOKLINE_PORT to a free port")
    _clean(state)
    control_token(state), root_key(state)  # the process reads them
    seen = {name: value for name, value in os.environ.items() if name in INHERITED}
    chosen = {LAMBDA_PYTHON: str(python)} if python else {}
    with log(state).open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of the project
            [sys.executable, "-m", __spec__.name, str(state), str(port)],
            cwd=state,
            env=seen | chosen,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process.returncode = 0  # it outlives this object on purpose; Python would warn about a running child
    emulator = Emulator(state, port, process.pid, process_started(process.pid) or "")
    record(state).write_text(json.dumps({"port": port, "pid": emulator.pid, "started": emulator.started}))
    try:
        _wait_until_healthy(emulator)
    except BaseException:
        emulator.stop()
        raise
    return emulator


def find(state: Path) -> Emulator | None:
    """The emulator that runs from `state`; None if it does not run, or its pid now belongs to another process."""
    try:
        emulator = Emulator(state.resolve(), **json.loads(record(state).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return emulator if emulator.started and emulator.alive else None


def record(state: Path) -> Path:
    """The file with the running emulator's pid, port and start time."""
    return state / "emulator.json"


def log(state: Path) -> Path:
    """The file with the emulator's output since its last start."""
    return state / "emulator.log"


def sealed_aws(key: str) -> dict[str, str]:
    """The AWS variables that select the emulator's root by its `key` and disable every other source of credentials."""
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": key,
        "AWS_ACCOUNT": ACCOUNT,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def process_started(pid: int) -> str | None:
    """The start time of a process, in the format of the system; None if it does not exist or is a zombie."""
    try:
        if sys.platform == "linux":
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            started = fields[18]  # clock ticks since boot
        else:
            asked = ["/bin/ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
            plain = {"LC_ALL": "C", "TZ": "UTC"}
            listed = subprocess.run(asked, capture_output=True, text=True, env=plain)  # noqa: S603 - ps, with fixed arguments
            state, _, started = listed.stdout.strip().partition(" ")
    except (OSError, ValueError, IndexError):
        return None
    return started if started and not state.startswith("Z") else None


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _clean(state: Path) -> None:
    for folder in _folders(state).values():
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True)


def _folders(state: Path) -> dict[str, str]:
    names = {"STATE_DIR": "services", "S3_DATA_DIR": "s3", "TMPDIR": "tmp"}
    return {variable: str(state / name) for variable, name in names.items()}


def _wait_until_healthy(emulator: Emulator) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _healthy(emulator):
        if not emulator.alive or time.monotonic() > deadline:
            said = log(emulator.state).read_text(errors="replace").strip().splitlines() or ["nothing"]
            raise EmulatorError(f"the emulator did not start; the end of {log(emulator.state)}: {said[-1]}")
        time.sleep(0.02)


def _healthy(emulator: Emulator) -> bool:
    connection = http.client.HTTPConnection(HOST, emulator.port, timeout=1)
    try:
        connection.request("GET", "/_ministack/health", headers={HEADER: control_token(emulator.state)})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _serve(state: Path, port: int) -> None:
    """Run the emulator until a signal stops it, then stop the Lambda workers."""
    from functions.core.platform.log import TRACEBACKS  # slow to import, and no command needs it

    os.environ.update(
        sealed_aws(root_key(state))
        | _folders(state)
        | {
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "AUTH": "true",
            "PERSIST_STATE": "0",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            # Disable listeners and a Docker daemon that Hookline does not need.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{state}/no-docker",
            TRACEBACKS: "1",
        }
    )
    # Imported here because ministack reads its settings at import.
    from ministack import app
    from ministack.core import lambda_runtime

    from hookline.local import conditions, queries, workers
    from hookline.local.guard import guarded

    conditions.apply()
    queries.apply()
    workers.apply()
    app.app = guarded(app.app, port, control_token(state), root_key(state))
    sys.argv = ["ministack"]
    try:
        app.main()
    finally:
        lambda_runtime.reset()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
