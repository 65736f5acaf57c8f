"""The design reviewer: reports what its model sees in the logic of a pull request, or stands aside."""

from functions.agents.design_reviewer.opinion import ASIDE, Opinion, excerpt, faults, nothing, unseen
from functions.agents.design_reviewer.tools import Tools
from functions.api.agent import Event, Prompt
from functions.api.changes import Proposed, read_change, reported
from functions.api.workflow import Report

PROMPT = Prompt.beside(__file__)


def run(event: Event, tools: Tools) -> Report:
    """Answer a task of the code review. Without logic in the change, the model is not asked."""
    reading = read_change(Proposed.of(event.entities), tools.github.pull_files)
    patches = excerpt(reading.change)
    left = unseen(reading.change, patches)
    aside = f"its model has no room for {left} of the files" if left else ""
    opinion = Opinion(faults=[])
    if patches:
        opinion = tools.model.run(PROMPT.about(files=patches), Opinion, fallback=nothing, max_tokens=1_500).output
    return Report(reported(reading, lambda change: faults(opinion, change), aside if opinion.decided else ASIDE))
