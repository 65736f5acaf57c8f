"""Times contenders in turns, so that whatever disturbs this machine disturbs all of them."""

import gc
from collections.abc import Callable, Mapping
from itertools import repeat
from time import perf_counter_ns

ROUNDS = 100
TURN_NS = 1_000_000  # one turn of one contender: long beside the clock's step, short beside a disturbance


def fastest(contenders: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Nanoseconds that a call of each took in its least disturbed turn."""
    turns = {name: _calls(call) for name, call in contenders.items()}
    least = dict.fromkeys(contenders, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for name, call in contenders.items():
                least[name] = min(least[name], _turn(call, turns[name]) / turns[name])
    finally:
        gc.enable()
    return least


def _calls(call: Callable[[], object]) -> int:
    return max(1, round(TURN_NS / min(_turn(call, 1) for _ in range(5))))


def _turn(call: Callable[[], object], calls: int) -> int:
    start = perf_counter_ns()
    for _ in repeat(None, calls):
        call()
    return perf_counter_ns() - start
