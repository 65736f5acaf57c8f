"""The entry of every Lambda function: HOOKLINE_STARTS names the module whose `start` makes its handler."""

import gc
from importlib import import_module
from typing import Any


def _started() -> Any:
    """The handler of this execution environment.

    Python's garbage collector is disabled while modules load, which allocate much and free nothing. Afterwards it
    ignores all that was loaded. `make bench` measures what that saves.
    """
    gc.disable()
    from functions.core.platform.environment import Started
    from functions.core.platform.in_lambda import in_lambda
    from functions.core.platform.log import without_messages

    platform = in_lambda()
    handler = import_module(Started.read(platform.environ).starts).start(platform)
    quiet = without_messages(handler, platform.environ)
    gc.freeze()
    gc.enable()
    return quiet


handler = _started()
