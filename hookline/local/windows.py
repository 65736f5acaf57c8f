"""Patches the emulator: a queue whose mapping has a batching window is not read again at once.

On AWS, the recorder gets together what five seconds bring. ministack ignores the window and invokes the recorder for
each few messages, which takes much of what its one process can do under load. With the patch, such a queue is read at
once if it was quiet, and not again within SPACE: a record is as early as before, and those of a load come together.
"""

import time
from collections.abc import Callable
from math import inf
from typing import Any

from ministack.services import lambda_svc

from hookline.local.conditions import replace

SPACE = 0.5  # seconds; a whole window would hold up everybody who waits for a record

_read: dict[str, float] = {}  # when each mapping's queue was last read


def apply() -> None:
    """Patch ministack in this process. Raises UnsupportedEmulator if a function is missing."""
    replace(lambda_svc, "_dispatch_esm_batch", _noted)
    replace(lambda_svc, "_sqs_esm_concurrency", _spaced)


def _noted(original: Callable[..., Any], mapping: str, *batch: Any) -> Any:
    _read[mapping] = time.monotonic()
    return original(mapping, *batch)


def _spaced(original: Callable[..., int], mapping: dict[str, Any], *function: Any) -> int:
    """How many batches may be handled at once; 0 while it is too early."""
    window = mapping.get("MaximumBatchingWindowInSeconds")
    early = window and time.monotonic() - _read.get(mapping["UUID"], -inf) < SPACE
    return 0 if early else original(mapping, *function)
