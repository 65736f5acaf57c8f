"""The dependency reviewer: reports what a pull request changes in manifests and locks, if that is risky."""

from functions.agents.dependency_reviewer.review import dependencies, needs_contents
from functions.agents.dependency_reviewer.tools import Tools
from functions.api.agent import Event
from functions.api.changes import Proposed, read_change, reported
from functions.api.workflow import Report


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of the code review."""
    github = tools.github
    reading = read_change(Proposed.of(event.entities), github.pull_files, github.contents_read, needs_contents)
    return Report(reported(reading, dependencies))
