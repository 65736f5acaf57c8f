"""What can never act, in what is otherwise valid: `hookline check` finds it, and a synth does not refuse it."""

from collections.abc import Iterator
from pathlib import Path

from functions.core.gate.policy import FILE
from hookline.validation.discovery import FUNCTIONS, Survey
from hookline.validation.findings import Finding
from hookline.validation.permits import never_permitted
from hookline.validation.reach import Reach
from hookline.validation.translations import Shown, translate_fixtures


def acting(read: Survey, functions: Path | None = None) -> tuple[list[Finding], list[Finding]]:
    """The findings and the warnings of what was read; each source without a finding translates its fixtures."""
    functions, shown = functions or FUNCTIONS, Shown()
    if read.types is not None:
        for name in read.project.sources:
            if source := read.sources[name]:
                translate_fixtures(source, functions / "providers", shown)
    reach = Reach(read.agents, read.sources, read.connectors, read.types or (), shown.kinds)
    findings = [*shown.findings, *reach.findings(), *_never_permitted(read, functions)]
    return sorted(set(findings)), sorted(set(reach.warnings()))


def _never_permitted(read: Survey, functions: Path) -> Iterator[Finding]:
    for agent in read.project.agents.values():
        where, file = f"functions/agents/{agent.name}/{FILE}", functions / "agents" / agent.name / FILE
        known = {name for name in agent.connectors if name in read.project.connectors}
        if agent.uses and known == set(agent.connectors):
            for line, what in never_permitted(agent, read.project.connectors, file.read_text("utf-8")):
                yield Finding(where, line, what)
