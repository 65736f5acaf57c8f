"""The secrets reviewer: reports secrets on the lines that a pull request adds."""

from functions.agents.secrets_reviewer.review import secrets
from functions.agents.secrets_reviewer.tools import Tools
from functions.api.agent import Event
from functions.api.changes import Proposed, read_change, reported
from functions.api.workflow import Report


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of the code review. The patches are enough: they have every added line."""
    return Report(reported(read_change(Proposed.of(event.entities), tools.github.pull_files), secrets))
