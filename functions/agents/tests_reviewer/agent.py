"""The tests reviewer: reports code that a pull request changes without a test, and tests that do not run."""

from collections.abc import Iterator
from dataclasses import replace

from functions.agents.tests_reviewer.review import candidates, needs_contents, untested
from functions.agents.tests_reviewer.tools import Tools
from functions.api.agent import Event
from functions.api.changes import Change, Proposed, read_change, reported
from functions.api.workflow import Report


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of the code review."""
    proposed, github = Proposed.of(event.entities), tools.github
    reading = read_change(proposed, github.pull_files, github.contents_read, needs_contents)
    change = replace(reading.change, beside=frozenset(_existing(reading.change, proposed, tools)))
    return Report(reported(replace(reading, change=change), untested))


def _existing(change: Change, proposed: Proposed, tools: Tools) -> Iterator[str]:
    """The tests that the repository has for the changed code, of those that are usual."""
    for path in candidates(change):
        found = tools.github.contents_read(repository=proposed.repository, head_sha=proposed.head, path=path)
        if found["kind"] != "missing":
            yield path
