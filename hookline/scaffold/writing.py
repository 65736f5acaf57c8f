"""Writes new files all at once or not at all: they are made beside the project, and then moved into it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from hookline.operator.errors import OperatorError
from infra.interpreters import ROOT

STATE = ".hookline"  # on the file system of the project, and not in git


@dataclass(frozen=True)
class New:
    """What is to be written: the text of each file by its path from the project's root.

    `places` are the folders and files that must not exist yet; together they hold every file. `then` are the commands
    that the user runs next, and `notes` what they should know.
    """

    files: Mapping[str, str]
    places: Sequence[str]
    then: Sequence[str] = ()
    notes: Sequence[str] = ()


def write(new: New, root: Path = ROOT) -> list[str]:
    """Write all the files, formatted, and return their paths in order.

    Raises OperatorError if one of the places exists, or if the files cannot be written. After any error, and after
    Ctrl-C, nothing is left.
    """
    for place in new.places:
        refuse_existing(root / place, place)
    try:
        _write(new, root)
    except OSError as error:
        raise OperatorError(f"the files cannot be written: {error}") from None
    return sorted(new.files)


def _write(new: New, root: Path) -> None:
    (root / STATE).mkdir(exist_ok=True)
    made = Path(mkdtemp(prefix="new-", dir=root / STATE))
    try:
        for file, text in new.files.items():
            (made / file).parent.mkdir(parents=True, exist_ok=True)
            (made / file).write_text(text, "utf-8")
        _format(made, root)
        _move(made, root, new.places)
    finally:
        shutil.rmtree(made)


def refuse_existing(path: Path, shown: str) -> None:
    """Raise OperatorError if `path` exists. A folder that holds only bytecode, as git leaves it, does not count."""
    if path.is_file() or path.is_symlink() or (path.is_dir() and any(_kept(path))):
        raise OperatorError(f"{shown} exists already: choose another name, or delete it first")


def _kept(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.name != "__pycache__")


def _move(made: Path, root: Path, places: Sequence[str]) -> None:
    try:
        for place in places:
            target = root / place
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir():  # nothing but bytecode
                shutil.rmtree(target)
            (made / place).rename(target)
    except BaseException:
        # Also after Ctrl-C: a file that is no longer here was moved.
        for place in places:
            if not (made / place).exists():
                shutil.rmtree(root / place) if (root / place).is_dir() else (root / place).unlink()
        raise


def _format(folder: Path, root: Path) -> None:
    """Sort the imports and format the code as `make lint` demands it."""
    own = f"src = {json.dumps(['.', str(folder)])}"  # what the new files import of each other is the project's own
    configured = ["--config", str(root / "pyproject.toml"), "--config", own, "--no-respect-gitignore", "--no-cache"]
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        done = subprocess.run(  # noqa: S603 - the formatter of this environment, with words of our own
            [sys.executable, "-m", "ruff", *command, *configured, "--quiet", str(folder)],
            capture_output=True,
            text=True,
            cwd=root,
        )
        if done.returncode:
            raise OperatorError(f"the new files cannot be formatted: {done.stderr.strip() or done.stdout.strip()}")
