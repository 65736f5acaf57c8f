"""Synthesizes the templates for AWS, for commands that read them."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hookline.local import stack
from hookline.local.bindings import cdk_context
from hookline.local.deployed import fingerprint
from hookline.local.toolchain import ROOT
from infra import naming
from infra.templates import Deployed

STATE = stack.STATE / "synthesis"
CONTEXT: dict[str, Any] = {
    **cdk_context(),
    "bundle": "false",
    "unbound": "true",
    **({"stage": naming.STAGE} if naming.STAGE else {}),
}

Templates = Mapping[str, str]


def synthesize(say: Callable[[str], None], without: Collection[str] = ()) -> Deployed:
    """Everything in the templates for AWS, without the functions' code and without the agents in `without`.

    A synthesis takes seconds, so the last templates are reused if their inputs are unchanged. `say` receives each step.
    Raises OperatorError if the synthesis fails.
    """
    STATE.mkdir(parents=True, exist_ok=True)
    made_from = _made_from(without)
    templates = _kept(made_from)
    if templates is None:
        say("synthesizing the templates")
        templates = _synthesized(without)
        if _made_from(without) == made_from:  # no file changed in the meantime
            _keep(made_from, templates)
    return Deployed.of({name: template.encode() for name, template in templates.items()})


def _made_from(without: Collection[str]) -> str:
    """A digest of the inputs of a synthesis: the project's files, and the versions of the tools."""
    tools = {name: version(name) for name in ("aws-cdk-lib", "constructs")}
    return fingerprint({**CONTEXT, **tools, "python": sys.version, "without": ",".join(sorted(without))})


def _synthesized(without: Collection[str]) -> Templates:
    if not without:
        return templates_in(stack.synthesize(CONTEXT, STATE))
    # The app reads every folder, so it runs on a copy without the broken ones.
    with TemporaryDirectory() as place:
        left_out = {str(ROOT / "functions/agents" / name) for name in without}

        def ignored(folder: str, names: list[str]) -> list[str]:
            return [name for name in names if name == "__pycache__" or os.path.join(folder, name) in left_out]

        for name in ("functions", "hookline", "infra", "requirements"):
            shutil.copytree(ROOT / name, Path(place, name), ignore=ignored)
        return templates_in(stack.synthesize(CONTEXT, STATE, Path(place)))


def templates_in(assembly: Path) -> Templates:
    """The templates of an assembly, by stack."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = {name: one for name, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
    return {name: (assembly / one["properties"]["templateFile"]).read_text() for name, one in stacks.items()}


def _kept(made_from: str) -> Templates | None:
    try:
        kept = json.loads((STATE / "templates.json").read_text())
        return kept["templates"] if kept["made_from"] == made_from else None
    except (OSError, ValueError, KeyError):
        return None


def _keep(made_from: str, templates: Templates) -> None:
    fresh = STATE / f"templates.{os.getpid()}.json"
    fresh.write_text(json.dumps({"made_from": made_from, "templates": templates}))
    fresh.replace(STATE / "templates.json")
