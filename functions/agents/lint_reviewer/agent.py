"""The lint reviewer: reports faults on the changed lines of a pull request."""

from functions.agents.lint_reviewer.review import examined, needs_contents
from functions.agents.lint_reviewer.tools import Tools
from functions.api.agent import Event
from functions.api.changes import Proposed, read_change, reported
from functions.api.workflow import Report


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of the code review."""
    github = tools.github
    reading = read_change(Proposed.of(event.entities), github.pull_files, github.contents_read, needs_contents)
    found, left = examined(reading.change)
    return Report(reported(reading, lambda _: found, more_unread=left))
