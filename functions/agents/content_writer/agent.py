"""The content writer: chooses blocks for a mail. What a person wrote is text to judge, never an instruction."""

import json

from functions.agents.content_writer.draft import Draft, by_rules
from functions.api.agent import Event, Prompt, Tools
from functions.api.workflow import Report

PROMPT = Prompt.beside(__file__)


def run(event: Event, tools: Tools) -> Report:
    """Propose a mail, as JSON: the ids of its subject and its blocks, and how to call the person."""
    payload = event.data["payload"]
    task, objections = payload["task"], (payload["proposal"] or {}).get("objections") or []
    prompt = PROMPT.about(lead=task, objections=objections)
    decision = tools.model.run(prompt, Draft, fallback=lambda: by_rules(task, objections), max_tokens=500)
    return Report({"says": "proposal", "text": json.dumps(decision.output.model_dump(), ensure_ascii=False)})
