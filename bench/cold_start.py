"""The verifier's cold start: from the start of a process to its first response, with AWS in memory.

The interpreter is the current one, of Lambda's version if the machine has it; boto3 is in a separate folder, as in
Lambda's runtime. The figures do not include the start of the sandbox and the download of the zip.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.checks import Check, show
from bench.fake_aws import ENVIRONMENT
from bench.requests import request
from hookline.validation.layout import CONNECTOR_FILES
from infra.bundling import BUILD, Recipe, Target, build

ROUNDS = 15
AT_MOST = 1.15
SIZE = 2_000
HERE = Path(__file__).parent
PLACE = BUILD / "bench"
# What a function may import in addition to its zip.
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
CODE = ("functions/core", "functions/api", "functions/providers/stripe")
HANDLER = "functions.core.platform.cold_start"


@dataclass(frozen=True)
class Contender:
    """A function to start: its handler's module and its zip's folder."""

    name: str
    module: str
    folder: Path


@dataclass(frozen=True)
class Start:
    """One cold start: wall and CPU time in seconds, and the boto3 clients that it created."""

    wall: float
    processor: float
    clients: Sequence[str]


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    least, verifier, uncompiled = contenders = _contenders()
    clients = start(verifier, {"BENCH_CLIENTS": "1"}).clients
    environment = {"BENCH_SERVICES": " ".join(clients)}
    starts: dict[Contender, list[Start]] = {one: [] for one in contenders}
    for one in contenders:
        start(one, environment)  # into the page cache
    for _ in range(ROUNDS):
        for one in contenders:
            starts[one].append(start(one, environment))
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"\ncold start on Python {version}, process start to first response; medians of {ROUNDS} rounds")
    print(f"clients of each: {', '.join(clients)}\n")
    print(f"  {'':32}{'wall':>10}{'÷ bare':>8}{'CPU':>12}{'÷ bare':>8}")
    for one in contenders:
        cells = [(median(kind(start) for start in starts[one]), kind) for kind in (_wall, _processor)]
        row = (f"{ms:7.0f} ms{_ratio(starts[one], starts[least], kind):8.2f}" for ms, kind in cells)
        print(f"  {one.name:32}{'  '.join(row)}")
    print(f"\n  without bytecode ÷ with it: {_ratio(starts[uncompiled], starts[verifier], _processor):.2f}")
    # Nothing in a start waits, so alone on a machine it takes its processor time; the wall also waits for neighbours.
    ratio = _ratio(starts[verifier], starts[least], _processor)
    checks = [Check("the verifier's cold start ÷ a bare boto3 handler's with the same clients", ratio, AT_MOST)]
    show(checks)
    return checks


def _wall(start: Start) -> float:
    return start.wall * 1e3


def _processor(start: Start) -> float:
    return start.processor * 1e3


def _ratio(starts: list[Start], others: list[Start], kind: Callable[[Start], float]) -> float:
    """The median of the rounds' ratios: a disturbance affects both starts of a round."""
    return median(kind(one) / kind(other) for one, other in zip(starts, others, strict=True))


def _contenders() -> tuple[Contender, Contender, Contender]:
    built = build(Recipe("verifier-stripe", CODE, CONNECTOR_FILES), Target("bench", None, sys.executable))
    link_runtime()
    (PLACE / "request.json").write_text(json.dumps(request(SIZE)))
    return (
        bare(),
        Contender("verifier", HANDLER, built),
        Contender("verifier without bytecode", HANDLER, _without_bytecode(built)),
    )


def bare() -> Contender:
    """The least handler, in a folder with its bytecode."""
    folder = PLACE / "bare"
    folder.mkdir(exist_ok=True)
    shutil.copy(HERE / "bare.py", folder)
    words = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.run(words, check=True)  # noqa: S603 - this interpreter, with fixed arguments
    return Contender("bare boto3 handler", "bare", folder)


def link_runtime() -> None:
    """Put what Lambda's runtime has into a folder of its own."""
    packages, folder = Path(sysconfig.get_path("purelib")), PLACE / "runtime"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "__pycache__").mkdir(parents=True)
    for name in (*RUNTIME, *(f"__pycache__/{path.name}" for path in packages.glob("__pycache__/six.*"))):
        (folder / name).symlink_to(packages / name)


def _without_bytecode(built: Path) -> Path:
    folder = built.with_name(f"{built.name}-without-bytecode")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def start(one: Contender, more: dict[str, str], answers: bool = True) -> Start:
    """Start a process that knows nothing of this one's environment, and wait for its answer, or for its handler."""
    folders = f"{one.folder}:{PLACE / 'runtime'}"
    # -I leaves this project out of its path; -B keeps what lacks bytecode without it.
    python = sys._base_executable  # type: ignore[attr-defined]  # there, but not typed
    script = [python, "-I", "-B", str(HERE / "first_answer.py")]
    words = [*script, one.module, folders, *([str(PLACE / "request.json")] if answers else [])]
    begun = perf_counter()
    with subprocess.Popen(words, env=ENVIRONMENT | more, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this interpreter, with fixed arguments
        for line in process.stdout or ():
            if line.startswith("answered"):
                wall = perf_counter() - begun
                _, status, processor, *clients = line.split()
                if status == "200":
                    return Start(wall, int(processor) / 1e9, clients)
    raise RuntimeError(f"{one.name} did not answer 200")
