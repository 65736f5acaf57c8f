"""`python -m hookline.local.redeploy REQUEST`: one redeployment of `hookline dev`, in a process of its own.

A process imports a manifest once, so that a later change of it needs another process. It writes JSON lines: {"step"}
for each step, and at the end {"live"} with the steps, none if nothing had to be done, or {"failed"} with why not.
"""

import json
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.errors import HooklineError
from hookline.local import stack
from hookline.operator.errors import OperatorError
from infra.bundling import BundleError
from infra.interpreters import ToolMissing

ATTEMPTS = 5
EXPECTED = (OperatorError, HooklineError, BundleError, ToolMissing, BotoCoreError, ClientError)


def main(request: dict[str, Any]) -> int:
    """Bring the stack in the folder `state` to what the files say; returns the exit code."""
    state = Path(request["state"])
    for _ in range(ATTEMPTS):
        steps: list[str] = []

        def say(step: str, steps: list[str] = steps) -> None:
            if step != stack.STARTING or stack.find_emulated(state) is None:
                steps.append(step)
                _write("step", step)

        try:
            stack.up(say, state, also=request["also"], bind=request["bind"], code_only=True)
        except FileNotFoundError:
            continue  # an editor replaced the file while it was read
        except EXPECTED as error:
            _write("failed", str(error))
            return 1
        _write("live", steps)
        return 0
    _write("failed", "files disappear while they are read: save again")
    return 1


def _write(kind: str, value: Any) -> None:
    print(json.dumps({kind: value}), flush=True)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
