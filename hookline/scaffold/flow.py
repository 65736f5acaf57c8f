"""The files of a new flow of the demo."""

import keyword
import re
from collections.abc import Sequence

from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.entities import recorded
from hookline.scaffold.names import check_line
from hookline.scaffold.rendering import render
from hookline.scaffold.writing import New
from hookline.testing import fixtures
from hookline.validation.discovery import Project

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
LONGEST_NAME = 31


def check_flow(name: str) -> str:
    """The name of the new flow's module. Raises OperatorError if no new flow can have this name."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or keyword.iskeyword(name):
        what = f"up to {LONGEST_NAME} lower-case letters, digits and '-', and no word of Python"
        raise OperatorError(f"flow name {name!r}: write it like code-review: {what}")
    return name.replace("-", "_")


def sendable(project: Project) -> list[str]:
    """What a flow can send, as `source:fixture`."""
    return [f"{source}:{name}" for source in project.sources for name in fixtures.names(source)]


def new_flow(name: str, sends: Sequence[str], summary: str, project: Project) -> New:
    """The files of the new flow, which sends these deliveries, `source:fixture` each.

    Raises UnknownName for a source or a fixture that does not exist, and OperatorError for what cannot be.
    """
    module, shown = check_flow(name), name.replace("_", "-")
    if not sends:
        raise OperatorError(
            "a flow sends something: give --send SOURCE:FIXTURE, like github:pull_request_opened__ordinary"
        )
    deliveries = [_parse(one, project) for one in sends]
    summary = summary or ("what comes of a delivery" if len(sends) == 1 else f"what comes of {len(sends)} deliveries")
    check_line("summary", summary)
    values = {
        "name": shown,
        "summary": summary,
        "deliveries": deliveries,
        "agents": _woken(deliveries, project),
    }
    file, test = f"hookline/demo/flows/{module}.py", f"tests/unit/demo/test_{module}_flow.py"
    return New(
        {file: render("flow/flow.py.j2", **values), test: render("flow/test.py.j2", **values)},
        [file, test],
        then=[f"hookline demo --flow {shown}", f"make test ARGS='{test}'"],
        notes=["say in its acts what to look at, and why; docs/demo.md says what else a flow can do"],
    )


def _parse(given: str, project: Project) -> tuple[str, str]:
    source, colon, name = given.partition(":")
    if not colon:
        raise OperatorError(f"--send {given!r}: write SOURCE:FIXTURE, like github:pull_request_opened__ordinary")
    if source not in project.sources:
        raise UnknownName("source", source, project.sources)
    if name not in (known := fixtures.names(source)):
        raise UnknownName(f"fixture of {source}", name, known)
    return source, name


def _woken(deliveries: Sequence[tuple[str, str]], project: Project) -> list[str]:
    """The agents that one of the deliveries wakes."""
    return [
        agent.name
        for agent in project.agents.values()
        if any(
            agent.subscribes_to(f"webhook.{source}", made.type if made else f"{source}.unmapped", raw_type)
            for source, name in deliveries
            for fixture, raw_type, made in recorded(source, project.sources[source].reading)
            if fixture == name
        )
    ]
