"""Finds the flows by their folder, and what is wrong with one before anything is started."""

import importlib
import pkgutil
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from functions.api.sandbox import BadControl
from hookline.demo import flows
from hookline.demo.flow import Act, Decision, Delivery, Fault, Flow, Kind, Run, Step
from hookline.local.faults import Fault as SandboxFault
from hookline.local.sandbox_providers import sandbox_providers
from hookline.local.toolchain import ROOT
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation.discovery import FUNCTIONS
from hookline.validation.findings import hint

LONGEST = 120  # characters of a line about a flow, an act or a step
NOW = 1_800_000_000.0  # unix seconds; the acts of a flow are checked as if it ran then, and nothing of that is sent


def names() -> list[str]:
    """The names of all flows: code_review.py is code-review. None is imported."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(flows.__path__))


def load(name: str) -> Flow:
    """The flow of this name, checked. Raises UnknownName, or OperatorError with all that is wrong with it."""
    if name not in names():
        raise UnknownName("flow", name, names())
    module = name.replace("-", "_")
    file = Path(flows.__path__[0]) / f"{module}.py"
    shown = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
    try:
        flow = getattr(importlib.import_module(f"{flows.__name__}.{module}"), "FLOW", None)
        found = list(findings(flow))
    except SyntaxError as error:
        raise OperatorError(f"{shown}:{error.lineno}: {error.msg}") from None
    except Exception as error:  # noqa: BLE001 - whatever a flow's own code raises is a finding of its file
        kind = "" if isinstance(error, OperatorError) else f"{type(error).__name__}: "
        raise OperatorError(f"{shown}:{_line(error, file)}: {kind}{error}") from None
    if found or not isinstance(flow, Flow):
        raise OperatorError("\n".join(f"{shown}: {what}" for what in found))
    return flow


def findings(flow: object) -> Iterator[str]:
    """What is wrong with a flow, a line each."""
    if not isinstance(flow, Flow):
        yield "it has no FLOW: a constant of type hookline.demo.flow.Flow"
        return
    yield from _line_of("summary", flow.summary)
    agents = sorted(path.parent.name for path in FUNCTIONS.glob("agents/*/manifest.py"))
    missing = (one for one in flow.agents if one not in agents)
    yield from (f"it needs agent {one!r}, which has no folder{hint(one, agents)}" for one in missing)
    acts = trial(flow)
    if not any(isinstance(step, Delivery) for act in acts for step in act.steps):
        yield "its acts send no delivery"
    yield from _acts(acts)


def trial(flow: Flow) -> list[Act]:
    """The acts of a run that is not played."""
    return list(flow.acts(Run("0" * 12, NOW)))


def _acts(acts: Sequence[Act]) -> Iterator[str]:
    sent: list[Delivery] = []
    for number, act in enumerate(acts, start=1):
        where = f"act {number}"
        yield from _line_of(f"{where}: title", act.title)
        yield from _line_of(f"{where}: look", act.look)
        if not act.steps:
            yield f"{where}: it has no steps"
        for place, step in enumerate(act.steps, start=1):
            yield from (f"{where}, step {place}: {what}" for what in _step(step, sent))
            if isinstance(step, Delivery):
                sent.append(step)


def _step(step: Step, sent: Sequence[Delivery]) -> Iterator[str]:
    if not isinstance(step, Step):
        yield f"a {type(step).__name__} is no step: a Delivery, Decision, Fault or Check is"
        return
    yield from _line_of("story", step.story)
    if isinstance(step, Delivery):
        sources = sorted(path.parent.name for path in FUNCTIONS.glob("providers/*/source.py"))
        if step.source not in sources:
            yield f"there is no source {step.source!r}{hint(step.source, sources)}"
        if step.kind not in get_args(Kind):
            yield f"there is no kind {step.kind!r}{hint(step.kind, get_args(Kind))}"
        if step.kind == "duplicate" and not any(_same(one, step) for one in sent):
            yield "a duplicate is of a delivery that was sent before"
        if bool(step.body) is (step.made is not None):
            yield "a delivery has a body, or is made by a sandbox"
        for call in [*step.prepare, *([step.made] if step.made else [])]:
            yield from _sandbox(call.provider)
    elif isinstance(step, Decision):
        if not any(one is step.of for one in sent):
            yield "a decision is on a delivery that was sent before"
        if step.do not in ("approve", "deny"):
            yield f"a decision is to approve or to deny, not to {step.do!r}"
    elif isinstance(step, Fault):
        yield from _sandbox(step.provider)
        try:
            SandboxFault.parse(step.body, [step.provider])
        except BadControl as error:
            yield f"the fault is not one of a sandbox: {error}"


def _same(one: Delivery, other: Delivery) -> bool:
    """Whether two deliveries are sent with the same body."""
    return (one.source, one.body, one.made) == (other.source, other.body, other.made)


def _sandbox(provider: str) -> Iterator[str]:
    if provider not in sandbox_providers():
        yield f"provider {provider!r} has no sandbox{hint(provider, sandbox_providers())}"


def _line_of(what: str, text: object) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip() or "\n" in text or len(text) > LONGEST:
        yield f"{what}: it is one line of 1 to {LONGEST} characters"


def _line(error: Exception, file: Path) -> int:
    """The line of `file` in which an error arose, 1 if it arose elsewhere."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return lines[-1] or 1 if lines else 1


def listed() -> Iterator[str]:
    """A line for each flow: its name and its description, or that it has findings."""
    width = max(map(len, names()))
    for name in names():
        try:
            says = load(name).summary
        except OperatorError as error:
            says = f"cannot be played: {str(error).splitlines()[0]}"
        yield f"{name:<{width}}  {says}"
