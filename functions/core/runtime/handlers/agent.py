"""The handler of every agent: HOOKLINE_AGENT says which one it is."""

from importlib import import_module

from functions.core.events import catalogue
from functions.core.platform.environment import AgentEnvironment
from functions.core.platform.platform import Handler, Platform
from functions.core.runtime.serve import serve


def start(platform: Platform) -> Handler:
    """The handler of the agent that the environment names."""
    folder = f"functions.agents.{AgentEnvironment.read(platform.environ).agent}"
    manifest, run = import_module(f"{folder}.manifest").MANIFEST, import_module(f"{folder}.agent").run
    return serve(manifest, run, catalogue, platform)
