"""The entry of every Lambda function: HOOKLINE_STARTS names the module whose `start` makes its handler.

Python's garbage collector is disabled while modules load, which allocate much and free nothing; afterwards it is
enabled again and ignores all that was loaded. `make bench` measures what that saves.
"""

import gc

gc.disable()

from importlib import import_module  # noqa: E402 - the collector is disabled before anything else is loaded

from functions.core.platform.environment import Started  # noqa: E402 - as above
from functions.core.platform.in_lambda import in_lambda  # noqa: E402 - as above
from functions.core.platform.platform import Handler  # noqa: E402 - as above

_platform = in_lambda()

handler: Handler = import_module(Started.read(_platform.environ).starts).start(_platform)

gc.freeze()
gc.enable()
