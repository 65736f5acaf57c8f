"""The lint reviewer: reports faults on the changed lines of a pull request."""

from functions.agents.lint_reviewer.review import lint, needs_contents, unparsed
from functions.agents.lint_reviewer.tools import Tools
from functions.api.agent import Event
from functions.api.changes import Proposed, read_change, reported
from functions.api.workflow import Report


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of the code review."""
    github = tools.github
    reading = read_change(Proposed.of(event.entities), github.pull_files, github.contents_read, needs_contents)
    left = unparsed(reading.change)
    aside = f"{left} of the files are too large, or nested too deep, for its parsers" if left else ""
    return Report(reported(reading, lint, aside))
