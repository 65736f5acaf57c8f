"""From a save to live on the local stack: `hookline dev` on a copy of the project, beside a full `hookline up`.

The copy has an emulator and ports of its own. A change is timed from the write of the file to the line that says that
it is live; a full `up`, with a synthesis and a deployment, is of a manifest with another purpose.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.checks import Check, show

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv/bin/python"
COPIED = ("functions", "hookline", "infra", "requirements", "cdk.json", "pyproject.toml")
LINKED = (".tools", "node_modules")
ROUNDS = 3
SECONDS = 3.0
SHARE = 0.5  # of a full up
CHANGES = {
    "an agent's code": ("functions/agents/fraud/agent.py", "# "),
    "its policy": ("functions/agents/fraud/policy.cedar", "// "),
    "a domain event": ("functions/events/payments.py", "# "),
    "a provider's translation": ("functions/providers/stripe/translate.py", "# "),
}
MANIFEST, PURPOSE = "functions/agents/fraud/manifest.py", 'purpose="'


@dataclass(frozen=True)
class Measured:
    """The seconds of each change in several rounds, and those of a full `up`."""

    changes: Mapping[str, Sequence[float]]
    full: Sequence[float]


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    return figures(measure(ROUNDS))


def figures(measured: Measured) -> list[Check]:
    """Print the figures, and return the checks."""
    full = median(measured.full)
    print(f"\nfrom a save to live on the local stack; medians of {len(measured.full)} rounds\n")
    print(f"  {'':28}{'seconds':>10}{'÷ full up':>12}")
    for what, seconds in {**measured.changes, "a full 'hookline up'": measured.full}.items():
        print(f"  {what:28}{median(seconds):10.2f}{median(seconds) / full:12.2f}")
    slowest = max(median(seconds) for seconds in measured.changes.values())
    checks = [
        Check("seconds from a save to live, of the slowest kind of change", slowest, SECONDS),
        Check("that ÷ a full 'hookline up'", slowest / full, SHARE),
    ]
    show(checks)
    return checks


def measure(rounds: int) -> Measured:
    """Time each change and a full `up`, `rounds` times."""
    with TemporaryDirectory() as place, _copy(Path(place)) as (root, environment):
        changes: dict[str, list[float]] = {what: [] for what in CHANGES}
        with _loop(root, environment) as lines:
            _until_live(lines)  # the first deployment, from nothing
            for number in range(rounds):
                for what, (file, comment) in CHANGES.items():
                    changes[what].append(_timed(lines, root / file, f"{comment}{number}\n"))
        full = []
        for number in range(rounds):
            manifest = root / MANIFEST
            manifest.write_text(manifest.read_text().replace(PURPOSE, f"{PURPOSE}{number} ", 1))
            begun = perf_counter()
            _hookline(root, environment, "up")
            full.append(perf_counter() - begun)
        return Measured(changes, full)


def _timed(lines: Iterator[str], file: Path, more: str) -> float:
    text = file.read_text() + more
    begun = perf_counter()
    file.write_text(text)
    _until_live(lines, file.name)
    return perf_counter() - begun


def _until_live(lines: Iterator[str], name: str = "") -> None:
    said = []
    for line in lines:
        said.append(line)
        if line.startswith("live in") and name in line and "nothing had to be deployed" not in line:
            return
        if line.startswith("not deployed"):
            break
    raise RuntimeError("not live: " + "".join(said[-20:]))


@contextmanager
def _copy(root: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A copy of the project, and the environment of its commands; its stack is stopped at the end."""
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    ports = {"HOOKLINE_PORT": str(_free_port()), "HOOKLINE_SANDBOX_PORT": str(_free_port())}
    # A test-mode key would make the copy call Stripe; the other packages are those of `make bench`.
    left_out = ("STRIPE_API_KEY", "PYTHONPATH", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in left_out} | ports
    try:
        yield root, environment
    finally:
        _hookline(root, environment, "down", "--yes")


@contextmanager
def _loop(root: Path, environment: Mapping[str, str]) -> Iterator[Iterator[str]]:
    """The lines of a `hookline dev`, which ends with the context."""
    words = [str(PYTHON), "-u", "-m", "hookline", "dev"]
    with subprocess.Popen(  # noqa: S603 - our own command
        words,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield iter(process.stdout or ())
        finally:
            process.send_signal(signal.SIGINT)


def _hookline(root: Path, environment: Mapping[str, str], *words: str) -> None:
    command = [str(PYTHON), "-m", "hookline", *words]
    subprocess.run(command, check=True, cwd=root, env=environment, capture_output=True)  # noqa: S603 - our own command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
