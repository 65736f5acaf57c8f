"""The tools that `make setup` installs, and the PATH that finds them."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from hookline.operator.errors import OperatorError

ROOT = Path(__file__).resolve().parent.parent.parent


class ToolMissing(OperatorError):
    """A tool is missing; the message is one line that says what to do."""


def cdk() -> str:
    """The path of the pinned CDK CLI. Raises ToolMissing if it or Node is not installed."""
    command = ROOT / "node_modules/.bin/cdk"
    if not command.exists():
        raise ToolMissing("the CDK CLI is not installed: run 'make setup'")
    if shutil.which("node", path=search_path(os.environ)) is None:
        raise ToolMissing("Node is not installed: run 'make setup', or install Node 22 or newer")
    return str(command)


def search_path(environ: Mapping[str, str]) -> str:
    """PATH with the project's own Node and uv first."""
    own = [str(ROOT / ".tools" / name / "bin") for name in ("node", "uv")]
    return os.pathsep.join([*own, environ.get("PATH", "")])
