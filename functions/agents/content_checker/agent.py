"""The content checker: a mail has approved blocks in a fitting order, and a name that is one."""

from typing import Annotated

from pydantic import BaseModel, Field

from functions.agents.content_checker.check import objection
from functions.api.agent import Event, Prompt, Tools
from functions.api.workflow import Report

PROMPT = Prompt.beside(__file__)


class Verdict(BaseModel):
    """Whether the mail fits the lead; if not, what has to change."""

    fits: bool
    change: Annotated[str, Field(max_length=300)]


def run(event: Event, tools: Tools) -> Report:
    """Approve the proposal, or object. A model, if there is one, is asked only about what the rules approve."""
    payload = event.data["payload"]
    task, text = payload["task"], payload["proposal"]["text"]
    if found := objection(text, task):
        return Report({"says": "object", "text": found})
    prompt = PROMPT.about(lead=task, mail=text)
    fits = Verdict(fits=True, change="")
    verdict = tools.model.run(prompt, Verdict, fallback=lambda: fits, max_tokens=300).output
    if verdict.fits:
        return Report({"says": "approve"})
    return Report({"says": "object", "text": verdict.change or "it does not fit the lead"})
