"""Finds what `hookline up` and a synth would refuse, and what could never act, in one round and without a synth.

It imports neither CDK nor an AWS client.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from functions.core.manifests.places import ROOMS
from hookline.local import toolchain
from hookline.local.bindings import bound_locally, remembered
from hookline.local.variables import PORT, SANDBOX_PORT, live_providers, port_from
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation.acting import acting
from hookline.validation.discovery import FUNCTIONS, Survey, survey
from hookline.validation.findings import Finding
from infra import interpreters, naming
from infra.interpreters import ROOT
from infra.refusals import Refusal, context_settings, refusals

CDK_JSON = "cdk.json"
STATE = ROOT / ".hookline"


@dataclass(frozen=True)
class Report:
    """The findings, each of which is refused, the warnings, and how many agents, providers and events were checked."""

    findings: Sequence[Finding]
    warnings: Sequence[Finding]
    checked: Mapping[str, int]


@dataclass(frozen=True)
class Place:
    """Where the project is: `functions`, the folder of cdk.json, and the state of the local stack."""

    functions: Path = FUNCTIONS
    root: Path = ROOT
    state: Path = STATE


def check(
    names: Sequence[str] = (), given: Mapping[str, str] | None = None, aws: bool = False, place: Place | None = None
) -> Report:
    """Check the project, or only the agents and providers in `names`.

    `given` are values of the CDK context, as after -c. With `aws`, it is checked as it would be deployed to AWS, to the
    process's stage; otherwise as on the local stack, and what only AWS refuses is a warning. Raises UnknownName for a
    name that no folder has.
    """
    place = place or Place()
    with redirect_stdout(sys.stderr):  # the code that it runs is the user's, and the output is one document
        return _check(names, dict(given or {}), aws, place)


def _check(names: Sequence[str], given: Mapping[str, str], aws: bool, place: Place) -> Report:
    read = survey(place.functions)
    agents, providers = read.agents.keys(), _providers(read)
    for name in names:
        if name not in agents | providers:
            raise UnknownName("agent or provider", name, sorted(agents | providers))
    never, doubtful = acting(read, place.functions)
    deployment = _Deployment(read, place, given)
    refused, doubts = deployment.on_aws() if aws else deployment.locally()
    findings = sorted({*read.findings, *never, *refused})
    warnings = sorted({*doubtful, *doubts} - {*findings})
    folders = {f"functions/{kind}/{name}" for kind in ("agents", "providers") for name in names}
    return Report(
        [one for one in findings if not names or one.folder in folders],
        [one for one in warnings if not names or one.folder in folders],
        {"agents": len(agents), "providers": len(providers), "events": len(read.types or ())},
    )


def _providers(read: Survey) -> set[str]:
    return {*read.sources, *read.connectors} - {*ROOMS}  # those are the engine's own


@dataclass(frozen=True)
class _Deployment:
    """What a deployment of the sound part of the project is refused for."""

    read: Survey
    place: Place
    given: Mapping[str, str]

    def on_aws(self) -> tuple[list[Finding], list[Finding]]:
        """The findings and the warnings of a deployment to AWS."""
        context, findings = self._context()
        stage = {"stage": naming.STAGE} if naming.STAGE else {}
        settings, malformed = context_settings({**context, **self.given, **stage})
        found = [*malformed, *refusals(self.read.project, settings, lambda connector: False)]
        findings += [self._finding(one) for one in found if not one.warning]
        return [*findings, *_tools()], [self._finding(one) for one in found if one.warning]

    def locally(self) -> tuple[list[Finding], list[Finding]]:
        """The findings and the warnings of the local stack; what only AWS would refuse is a warning."""
        refused, doubts = self.on_aws()
        local = list(self._on_the_local_stack())
        findings = [one for one, warning in local if not warning]
        # A mistake in a setting, and not its absence.
        findings += [one for one in refused if one.file in ("", CDK_JSON)]
        warnings = [one for one, warning in local if warning]
        only_aws = [one for one in (*refused, *doubts) if one not in (*findings, *warnings)]
        warnings += [Finding(one.file, one.line, f"on AWS: {one.what}") for one in only_aws]
        return [*findings, *_environment()], warnings

    def _on_the_local_stack(self) -> Iterator[tuple[Finding, bool]]:
        """What the local stack is refused for, each with whether it is a warning."""
        project, sandboxes = self.read.project, dict[str, Any]()
        for name in sorted({connector for agent in project.agents.values() for connector in agent.connectors}):
            found = _sandbox(name, self.place.functions)
            if isinstance(found, Finding):
                yield found, False
            elif found:
                sandboxes[name] = found
        stages = self._context()[0].get("stages")
        stage = stages.get("local") if isinstance(stages, dict) else None
        local = stage if isinstance(stage, dict) else {}
        bindings = local.get("destinations")
        own = {**local, "destinations": bindings if isinstance(bindings, dict) else {}}

        bound = bound_locally(project, _kept(self.place.state), own, _live(), sandboxes)
        given = {
            "local": "true",
            "destinations": {one.name: one.entity for one in bound},
            "tenants": local.get("tenants"),
            "links": local.get("links"),
            "sources": _asked(self.place.state, "sources"),
            "flows": _asked(self.place.state, "flows"),
        }
        settings, malformed = context_settings(given)
        refused = refusals(project, settings, lambda name: name in sandboxes and name not in _live())
        yield from ((self._finding(one), one.warning) for one in [*malformed, *refused])

    def _context(self) -> tuple[dict[str, Any], list[Finding]]:
        """The context of cdk.json without its stage, and its findings."""
        try:
            read = json.loads(self._text())
        except FileNotFoundError:
            return {}, [Finding(CDK_JSON, 1, "is missing")]
        except json.JSONDecodeError as error:
            return {}, [Finding(CDK_JSON, error.lineno, f"is not JSON: {error.msg}")]
        except (OSError, ValueError) as error:
            return {}, [Finding(CDK_JSON, 1, f"cannot be read: {error}")]
        context = read.get("context", {}) if isinstance(read, dict) else None
        if not isinstance(context, dict):
            return {}, [Finding(CDK_JSON, 1, 'is not an object with an object "context"')]
        named = context.pop("stage", None)
        what = "stage: name it with --stage or -c stage=…, not here"
        return context, [Finding(CDK_JSON, self._line("stage"), what)] if named else []

    def _finding(self, refusal: Refusal) -> Finding:
        """The finding on its line: of a manifest, or of the value in cdk.json."""
        folders = {"agents": self.read.agents, "sources": self.read.sources, "connectors": self.read.connectors}
        declared = folders[refusal.kind].get(refusal.name) if refusal.kind else None
        if declared:
            return declared.finding(refusal.what, *refusal.words)
        return Finding(CDK_JSON, self._line(refusal.what), refusal.what)

    def _line(self, what: str) -> int:
        """The line of cdk.json with the last value that a text quotes, or else the last one with another word of it."""
        try:
            lines = self._text().splitlines()
        except (OSError, ValueError):
            return 1
        head = what.partition(" (")[0]
        quoted = [number for word in re.findall(r"'([^']+)'", head) for number in _holding(lines, word)]
        words = [number for word in re.findall(r"[\w-]+", head) for number in _holding(lines, word)]
        return quoted[-1] if quoted else max(words, default=1)

    def _text(self) -> str:
        return (self.place.root / CDK_JSON).read_text("utf-8")


def _holding(lines: Sequence[str], word: str) -> list[int]:
    """The numbers of the lines of JSON that have a word as a text."""
    return [number for number, line in enumerate(lines, 1) if f'"{word}"' in line]


def _sandbox(name: str, functions: Path) -> Any:
    """The sandbox of a provider, None if it has none, or the finding for one that cannot be imported."""
    for file in ("sandbox.py", "sandbox/__init__.py"):
        if (functions / "providers" / name / file).is_file():
            try:
                return import_module(f"functions.providers.{name}.sandbox").SANDBOX
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - its code can raise anything, and it is reported
                what = f"{type(error).__name__}: {' '.join(str(error).split())}"
                return Finding(f"functions/providers/{name}/{file}", 1, what)
    return None


def _live() -> Sequence[str]:
    try:
        return live_providers()
    except OperatorError:
        return ()


def _environment() -> Iterator[Finding]:
    """What is wrong around the project on this machine, for the local stack."""
    yield from _refused(
        live_providers,
        lambda: port_from("HOOKLINE_PORT", PORT),
        lambda: port_from("HOOKLINE_SANDBOX_PORT", SANDBOX_PORT),
    )


def _tools() -> Iterator[Finding]:
    """The tools of a deployment that are missing on this machine."""
    yield from _refused(toolchain.cdk, interpreters.uv)


def _refused(*checks: Callable[[], object]) -> Iterator[Finding]:
    for one in checks:
        try:
            one()
        except (OperatorError, interpreters.ToolMissing) as error:
            yield Finding("", 0, str(error))


def _kept(state: Path) -> dict[str, str]:
    try:
        return {name: entity for name, entity in remembered(state).items() if entity}
    except (OSError, ValueError, AttributeError):
        return {}


def _asked(state: Path, what: str) -> Iterable[str]:
    """What earlier commands asked for: the sources, or the flows."""
    try:
        asked = json.loads((state / f"{what}.json").read_text())
    except (OSError, ValueError):
        return []
    return asked if isinstance(asked, list) else []
