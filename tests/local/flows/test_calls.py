"""Calls on the deployed local stack; the flow itself is played by test_demo.py."""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hookline.demo.flow import Run
from hookline.demo.flows.calls import TYPES, Switchboard
from hookline.local.stack import LocalStack
from hookline.operator import queue_counts
from hookline.operator.send import post
from infra import naming

pytestmark = pytest.mark.local
CALLS = 4


def test_calls_that_three_webhooks_each_announce_at_once_are_answered_once(
    stack: LocalStack, eventually: Callable[..., Any]
) -> None:
    """The events meet in the ledger, each under ids of its own; in the end none of them waits."""
    run = Run(secrets.token_hex(6), time.time())
    desk = Switchboard(run)
    calls = [desk.call(desk.number(), desk.number()) for _ in range(CALLS)]
    rings = [call.announced(f"a call, {api}", api) for call in calls for api in TYPES]
    for ring in rings:
        for one in ring.prepare:
            stack.sandboxes.control(one.method, f"/_sandbox/{one.provider}/{one.path}", one.body)

    def accepted() -> Counter[str]:
        effects = stack.sandboxes.control("GET", "/_sandbox/openai/state")["effects"]
        return Counter(one["call"] for one in effects if run.id in one["call"])

    with ThreadPoolExecutor(len(rings)) as pool:
        sent = list(pool.map(lambda ring: post(stack, "openai", ring.body.encode()), rings))
    assert [one.status for one in sent] == [200] * len(rings)
    eventually(lambda: len(accepted()) == CALLS, "each call is accepted")
    eventually(lambda: not queue_counts.messages(stack, naming.agent("reception")), "no event of a call waits")
    assert set(accepted().values()) == {1}
