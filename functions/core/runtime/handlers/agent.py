"""The Lambda handler of every agent: HOOKLINE_AGENT says which one it is."""

from importlib import import_module

from functions.core.events import catalogue
from functions.core.platform.environment import AgentEnvironment
from functions.core.runtime.serve import serve

_FOLDER = f"functions.agents.{AgentEnvironment.read().agent}"

handler = serve(import_module(f"{_FOLDER}.manifest").MANIFEST, import_module(f"{_FOLDER}.agent").run, catalogue)
