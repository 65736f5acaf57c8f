"""The handler of every manager: HOOKLINE_AGENT says which one it is."""

from importlib import import_module

from functions.core.events import catalogue
from functions.core.platform.environment import ManagerEnvironment
from functions.core.platform.platform import Handler, Platform
from functions.core.workflows.serve import serve_manager


def start(platform: Platform) -> Handler:
    """The handler of the manager that the environment names."""
    agent = ManagerEnvironment.read(platform.environ).agent
    return serve_manager(import_module(f"functions.agents.{agent}.manifest").MANIFEST, catalogue, platform)
