"""The files of an agent in another version: a folder, or a revision of git."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from hookline.operator.errors import OperatorError
from infra.interpreters import ROOT

NEEDED = ("manifest.py", "agent.py", "policy.cedar")


@contextmanager
def folder_of(agent: str, path: Path | None = None, ref: str = "") -> Iterator[Path]:
    """A copy of the agent's files, in a folder of its name: those at `path`, in the revision `ref`, or as they are now.

    `path` is the agent's folder or a whole project. Raises OperatorError if the files are not there.
    """
    with TemporaryDirectory(prefix="hookline-what-if-") as made:
        folder = Path(made) / agent
        if ref:
            _from_git(agent, ref, Path(made))
        else:
            _copied(agent, path or ROOT, folder)
        if missing := [name for name in NEEDED if not (folder / name).is_file()]:
            raise OperatorError(f"{ref or path or 'the project'} has no {', '.join(missing)} of agent {agent}")
        yield folder


def _copied(agent: str, path: Path, folder: Path) -> None:
    inside = path / "functions/agents" / agent
    found = inside if inside.is_dir() else path
    if not found.is_dir():
        raise OperatorError(f"{path} is neither the folder of agent {agent} nor a project that has it")
    shutil.copytree(found, folder, ignore=shutil.ignore_patterns("__pycache__"))


def _from_git(agent: str, ref: str, made: Path) -> None:
    where = f"functions/agents/{agent}"
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", "--end-of-options", ref, where]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - git, and a ref that is no option
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise OperatorError(f"git has no {where} at {ref}: {said}")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(made, filter="data")
    shutil.move(made / where, made / agent)
