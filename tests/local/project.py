"""A copy of this project with a local stack of its own, for tests that change its agents and providers."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hookline.local import stack
from hookline.local.stack import LocalStack
from hookline.local.toolchain import ROOT

COPIED = ("functions", "hookline", "infra", "requirements", "cdk.json", "pyproject.toml")
LINKED = (".tools", "node_modules")


@dataclass(frozen=True)
class Project:
    """A copy of the project in the folder `root`, whose stack has ports of its own."""

    root: Path
    ports: dict[str, str]

    def run(self, *words: str) -> str:
        """Run the copy's `hookline` command, which must succeed; returns its output."""
        ended = self._ended(*words)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def fails(self, *words: str) -> str:
        """Run the copy's `hookline` command, which must fail; returns its errors."""
        ended = self._ended(*words)
        assert ended.returncode == 1, ended.stdout + ended.stderr
        return ended.stderr

    def _ended(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hookline", *words]
        environment = self.environment()
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    def environment(self) -> dict[str, str]:
        """The environment of the copy's commands."""
        # A developer's own test-mode key must not make the tests call Stripe.
        return {name: value for name, value in os.environ.items() if name != "STRIPE_API_KEY"} | self.ports

    def add(self, functions: Path) -> None:
        """Add a user's folders and files, none of which is there."""
        place = self.root / "functions"
        before = {path for path in place.rglob("*") if path.is_file()}
        assert before.isdisjoint(place / path.relative_to(functions) for path in functions.rglob("*") if path.is_file())
        shutil.copytree(functions, place, dirs_exist_ok=True)

    def up(self, *options: str) -> LocalStack:
        """Deploy the copy to its local stack."""
        self.run("up", *options)
        return self.stack

    @property
    def stack(self) -> LocalStack:
        """The copy's local stack, which runs."""
        deployed = stack.find(self._state)
        assert deployed is not None
        return deployed

    def down(self) -> None:
        """Stop the local stack, if it runs."""
        stack.down(self._state)

    @property
    def _state(self) -> Path:
        return self.root / ".hookline"


def copied(root: Path, free_port: Callable[[], int]) -> Project:
    """Copy what a deploy needs into an empty folder; tools and node modules are linked."""
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    return Project(root, {"HOOKLINE_PORT": str(free_port()), "HOOKLINE_SANDBOX_PORT": str(free_port())})
