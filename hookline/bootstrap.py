"""Sets the project up from a fresh clone: `python3 -I hookline/bootstrap.py`.

Runs under the machine's own python3 before anything is installed. So it uses only the standard library
and imports no other module of the project. It installs

- uv into .tools/uv,
- the project and its locked requirements into .venv,
- Node into .tools/node if the machine has none, or one older than 22,
- the pinned CDK CLI into node_modules,

and writes a stamp into each folder, so that a second run with unchanged locks does nothing.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 22


class SetupError(Exception):
    """A step that failed; the message says what is missing and how to fix it."""


def main() -> int:
    """Run all steps and return the exit code: 0, 1 for a failed step, 130 for an interruption."""
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise SetupError(
                "Hookline needs Python 3.11 or newer, and this python3 is "
                f"{sys.version.split()[0]}: install one, or name it with 'make PYTHON=python3.12 …'"
            )
        uv = install_uv()
        install_project(uv)
        install_node(uv)
        install_cdk()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; the next run continues at this step", file=sys.stderr)
        return 130
    return 0


def install_uv() -> Path:
    """Install uv and return the path of its executable."""
    lock, home = ROOT / "requirements/uv.txt", TOOLS / "uv"
    uv = home / "bin/uv"
    with Step("uv", home, [lock]) as step:
        if step.needed:
            venv = [sys.executable, "-m", "venv", "--clear", home]
            run(venv, "python3 cannot make virtual environments: install its venv module (Debian: python3-venv)")
            run(
                [home / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock],
                "pip could not install uv: check the network and pip's configuration",
            )
    return uv


def install_project(uv: Path) -> None:
    """Install the project and its locked requirements into .venv."""
    lock = ROOT / "requirements/project.txt"
    python = VENV / "bin/python"
    with Step("Python packages", VENV, [lock, ROOT / "pyproject.toml"]) as step:
        if step.needed:
            hint = "uv could not install the locked packages: check the network and uv's configuration"
            run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV], hint)
            run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock], hint)
            editable = ["--no-deps", "--no-build-isolation", "--editable", ROOT]
            run([uv, "pip", "install", "--quiet", "--python", python, *editable], hint)


def install_node(uv: Path) -> None:
    """Install Node, unless the machine's own is new enough."""
    if machine_node_is_new_enough():
        return
    lock, home = ROOT / "requirements/node.txt", TOOLS / "node"
    with Step("Node", home, [lock]) as step:
        if step.needed:
            hint = "uv could not install Node: check the network, or install Node 22 or newer yourself"
            run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, home], hint)
            target = ["--python", home / "bin/python", "-r", lock]
            run([uv, "pip", "install", "--quiet", "--require-hashes", *target], hint)


def install_cdk() -> None:
    """Install the pinned CDK CLI."""
    manifests = [ROOT / "package.json", ROOT / "package-lock.json"]
    with Step("CDK CLI", ROOT / "node_modules", manifests) as step:
        if step.needed:
            run(
                ["npm", "ci", "--silent", "--no-audit", "--no-fund"],
                "npm could not install the CDK CLI: check the network and npm's configuration",
            )


def machine_node_is_new_enough() -> bool:
    """Whether the PATH has npm and a Node of at least OLDEST_NODE."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.match(r"v(\d+)\.", version)
    return major is not None and int(major.group(1)) >= OLDEST_NODE


class Step:
    """One installation; it is complete if the stamp in its folder matches its locks."""

    def __init__(self, name: str, home: Path, locks: list[Path]) -> None:
        self.name, self.stamp = name, home / ".hookline-stamp"
        digest = hashlib.sha256(sys.version.encode())
        for lock in locks:
            digest.update(lock.read_bytes())
        self.digest = digest.hexdigest()
        self.needed = not self.stamp.is_file() or self.stamp.read_text() != self.digest

    def __enter__(self) -> "Step":
        if self.needed:
            print(f"setup: installing {self.name} …", file=sys.stderr, flush=True)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self.needed and error is None:
            self.stamp.write_text(self.digest)


def run(command: list[object], hint: str) -> None:
    """Run a command in the project's root. Raises SetupError, with `hint`, if it fails."""
    # An active virtual environment of the operator would redirect uv.
    inherited = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME")}
    path = os.pathsep.join([str(TOOLS / "node/bin"), inherited.get("PATH", "")])
    # Use the machine's CA certificates, as pip does: behind a company's proxy the tools' own lists are not enough.
    trust = {"UV_SYSTEM_CERTS": "1", "NODE_USE_SYSTEM_CA": "1"}
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=ROOT, env={**trust, **inherited, "PATH": path}, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise SetupError(f"{hint} ({error})") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip()
        raise SetupError(f"{hint}\n{last}")


if __name__ == "__main__":
    sys.exit(main())
