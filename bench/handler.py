"""The verifier's handler on a warm function: its own CPU time, with AWS in memory.

The figures do not include botocore, which serialises, signs, sends and parses each request to AWS.
"""

import cProfile
import gc
import hmac
import importlib
import os
import pstats
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from time import process_time_ns
from typing import Any

from bench.fake_aws import ENVIRONMENT, SIGNING_SECRET, FakeAws
from bench.requests import request

SIZES = (1_000, 20_000, 200_000)
ROUNDS = 25
CALLS = 8
PROFILED_AT = 20_000
WORTH_A_LINE = 0.03
BARE = "bare digest"

Call = Callable[[], object]


def run() -> None:
    """Measure and print; these figures have no limits."""
    with _quiet():
        aws, handler = _loaded()
        figures = {size: _measure(aws, handler, size) for size in SIZES}
        steps = _steps(aws, handler)
    print("\nthe verifier's handler, AWS in memory: CPU time ÷ the bare digest of the same body\n")
    print(f"  {'':32}" + "".join(f"{f'{size // 1000} kB':>10}" for size in SIZES))
    for name in figures[SIZES[0]]:
        unit = name == BARE
        cells = (figures[size][name] / (1000 if unit else figures[size][BARE]) for size in SIZES)
        print(f"  {name:32}" + "".join(f"{cell:7.1f} µs" if unit else f"{cell:10.0f}" for cell in cells))
    print(f"\n  shares of an accepted delivery of {PROFILED_AT // 1000} kB (by a profiler, approximate; nested)\n")
    for share, name in steps:
        print(f"  {share:6.0%}  {name}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Write the logs, as on Lambda, but not to this terminal."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        yield


def _loaded() -> tuple[FakeAws, Callable[[dict[str, Any], Any], dict[str, Any]]]:
    os.environ.update(ENVIRONMENT)
    aws = FakeAws()
    aws.install()
    return aws, importlib.import_module("functions.core.platform.cold_start").handler


def _measure(aws: FakeAws, handler: Callable[..., dict[str, Any]], size: int) -> dict[str, float]:
    good, bad = request(size), request(size, secret="whsec_another")  # noqa: S106 - an example value, no real secret
    key, body = SIGNING_SECRET.encode(), good["body"].encode()

    def accepted() -> dict[str, Any]:
        aws.items.clear()
        return handler(good, None)

    calls: dict[str, Call] = {
        BARE: lambda: hmac.digest(key, body, "sha256"),
        "accepted": accepted,
        "duplicate": lambda: handler(good, None),
        "rejected, signature wrong": lambda: handler(bad, None),
    }
    _check(calls["accepted"](), 200, "")
    _check(calls["duplicate"](), 200, "Duplicate")
    _check(calls["rejected, signature wrong"](), 401, "SignatureMismatch")
    return _least(calls)


def _check(answer: Any, status: int, body: str) -> None:
    if (answer["statusCode"], answer["body"]) != (status, body):
        raise AssertionError(f"expected {status} {body!r}, got {answer}")


def _least(calls: dict[str, Call]) -> dict[str, float]:
    """The CPU time of each call in nanoseconds, in its fastest round."""
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            times = CALLS * (50 if name == BARE else 1)
            gc.collect()
            start = process_time_ns()
            for _ in range(times):
                call()
            least[name] = min(least[name], (process_time_ns() - start) / times)
    return least


def _steps(aws: FakeAws, handler: Callable[..., dict[str, Any]]) -> list[tuple[float, str]]:
    """The project's own functions with their share of an accepted delivery, including the functions that they call."""
    good = request(PROFILED_AT)
    profile = cProfile.Profile()
    for _ in range(200):
        aws.items.clear()
        profile.runcall(handler, good, None)
    stats = pstats.Stats(profile, stream=sys.stderr).stats  # type: ignore[attr-defined]  # the attribute exists, but typeshed does not declare it
    whole = max(cumulative for _, _, _, cumulative, _ in stats.values())
    shares = [
        (cumulative / whole, f"{path.partition('functions/')[2]} {name}")
        for (path, _, name), (_, _, _, cumulative, _) in stats.items()
        if "/functions/" in path
    ]
    return sorted((one for one in shares if one[0] >= WORTH_A_LINE), reverse=True)
