"""The process that the emulator's Python workers are forked from: it has imported the packages of functions already.

A script without imports of the project, because it runs in the interpreter of functions: `fork_server.py FD`. Each
message on that socket is a JSON object `{"script", "cwd", "env"}` with three descriptors, the worker's standard input,
output and error. The answer is the worker's process id. The process ends when the emulator does, and the workers end
with it.

Nothing is imported here that a function configures: no client is made, and no module of a function is read.
"""

import contextlib
import ctypes
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from typing import Any

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # prctl(2)
LARGEST = 128 * 1024  # bytes of a message; an environment has at most a few thousand
PACKAGES = (
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.parameters",
    "boto3",
    "botocore.handlers",
    "cedarpy",
    "pydantic",
    "urllib3",
)
# What each function's clients read from botocore's files.
SERVICES = ("dynamodb", "events", "kms", "lambda", "s3", "secretsmanager", "sqs", "ssm")


def prepare(bootstrap: str) -> None:
    """Import what most functions import, and read what most of their clients read.

    `bootstrap` is the emulator's own code for botocore, which runs before the first session is made.
    """
    for package in PACKAGES:
        with contextlib.suppress(ImportError):
            importlib.import_module(package)
    exec(bootstrap, {"__name__": "bootstrap"})  # noqa: S102 - the emulator's own code, which its workers run too
    with contextlib.suppress(ImportError):
        import boto3

        boto3.setup_default_session()
        loader = boto3.DEFAULT_SESSION._session.get_component("data_loader")
        for data in ("endpoints", "partitions", "sdk-default-configuration"):
            loader.load_data(data)
        for service in SERVICES:
            loader.load_service_model(service, "service-2")
            loader.load_service_model(service, "endpoint-rule-set-1")


def serve(channel: socket.socket) -> None:
    """Fork a worker for each message until the emulator is gone."""
    server = os.getpid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the workers: the emulator watches them itself
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, LARGEST, 3)
        if not message:
            return
        worker = os.fork()
        if not worker:
            channel.close()
            _end_with(server)
            _become(descriptors, **json.loads(message))
        for descriptor in descriptors:
            os.close(descriptor)
        channel.send(str(worker).encode())


def _end_with(server: int) -> None:
    """Let the kernel kill this process when its parent ends: a handler would go on with the credentials of its role."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:  # it ended before the call
        os._exit(1)


def _become(descriptors: Sequence[int], script: str, cwd: str, env: dict[str, str]) -> Any:
    """Run the script as a new interpreter would, with the descriptors as its standard ones, and exit."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for standard, descriptor in enumerate(descriptors):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        sys.argv = [script]
        sys.path[0] = os.path.dirname(script)
        runpy.run_path(script, run_name="__main__")
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter does with what a script does not catch
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        prepare(sys.stdin.read())
        serve(asked)
