"""Patches the emulator's execution environments, the processes that run functions.

With the patches, a process starts with the packages of functions imported, ends with its emulator, and finishes its
invocation if its function's code is updated meanwhile. The log of a function that cannot start says why, as on AWS.
"""

import os
import subprocess
from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from hookline.local import forked
from hookline.local.conditions import UnsupportedEmulator, replace
from hookline.local.emulator import LAMBDA_PYTHON

# A worker exits when its emulator is gone, even after SIGKILL: an idle worker reads the end of its input, but
# one inside a handler would continue, with the credentials of a role that no longer exists. The kernel ends forked
# ones (`fork_server`).
FOLLOW = """
import os as _os, threading as _threading, time as _time
def _follow():
    while _os.getppid() == {parent}:
        _time.sleep(0.5)
    _os._exit(1)
_threading.Thread(target=_follow, daemon=True).start()
"""

# In the emulator's script: what a process reports if its module cannot be imported, first as it is there.
REPORT = '{"status": "error", "error": str(e)}) + "\\n")\n        _real_stdout.flush()\n        return'
WHOLE = REPORT.replace("str(e)", "traceback.format_exc()")

_starter = forked.Starter(subprocess)
_leaving: set[lambda_runtime.Worker] = set()  # workers with the code before an update, in their last invocation


def apply() -> None:
    """Patch ministack in this process. Raises UnsupportedEmulator if something to patch is missing."""
    if forked.SUPPORTED:
        lambda_runtime.subprocess = _starter
    replace(lambda_runtime, "_detect_runtime_binary", _chosen_interpreter)
    replace(lambda_svc, "_update_code", _let_workers_finish)
    replace(lambda_svc, "_delete_function", _let_workers_finish)
    replace(lambda_svc, "release_worker", _release)
    replace(lambda_svc, "_execute_function_warm", _log_error)


def _chosen_interpreter(original: Callable[..., Any], runtime: str) -> tuple[str, str]:
    binary, script = original(runtime)
    if not runtime.startswith("python"):
        return binary, script
    if REPORT not in script:
        raise UnsupportedEmulator("ministack's script for Python workers is not the one that is patched here")
    whole = script.replace(REPORT, WHOLE)
    chosen = os.environ.get(LAMBDA_PYTHON) or binary
    if forked.SUPPORTED:
        _starter.server(chosen)
        return chosen, whole
    return chosen, FOLLOW.format(parent=os.getpid()) + whole


def _let_workers_finish(original: Callable[..., Any], name: str, *args: Any) -> Any:
    """Take the busy workers of the function out of the pool, where ministack would kill them."""
    with lambda_runtime._lock:
        for key, workers in lambda_runtime._workers.items():
            if key.split(":")[2] == name:
                _leaving.update(worker for worker in workers if worker.in_use)
                workers[:] = [worker for worker in workers if not worker.in_use]
    return original(name, *args)


def _release(original: Callable[..., Any], worker: Any) -> None:
    original(worker)
    if worker in _leaving:
        _leaving.discard(worker)
        lambda_runtime.kill_workers([worker])


def _log_error(original: Callable[..., Any], *args: Any) -> Any:
    """The result of an invocation; one that did not start has its error as its log."""
    result = original(*args)
    if result.get("error") and not result.get("log"):
        return {**result, "log": result["body"]["errorMessage"]}
    return result
