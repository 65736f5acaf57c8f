"""The console's pages over a trail of 100,000 events, on a local stack of its own.

Each page is asked for several times, and its wall time stands beside the processor time of both sides: the console's
and the emulator's, which stands for AWS. Processor time hardly depends on what else the machine does; wall time does.
"""

import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter, process_time, time
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from bench.checks import Check, show
from functions.core.audit.append import BATCH
from functions.core.audit.chain import Head, link
from functions.core.audit.segments import segment_item
from functions.core.platform.times import rfc3339
from hookline.console.app import build
from hookline.console.serve import listening
from hookline.console.session import Session
from hookline.local import stack as local_stack
from hookline.local.stack import LocalStack
from hookline.operator import known
from infra import naming
from tests.local.browser import chromium

EVENTS = 100_000
RECORDS = 3 * EVENTS  # of its verifier, its agent and its connector
OF_OTHERS = 1000  # of each other identity: pages look at the last ones of all
SEGMENT = 10  # records that the recorder stores together
SECONDS_APART = 20.0  # between two events: 23 days in all
ROUNDS = 7
PAINT, PAGE = 300.0, 500.0  # milliseconds
TICK = os.sysconf("SC_CLK_TCK")

# The first page of each kind, and searches that read as much as a search may.
FIRST = (
    "/now",
    "/events",
    "/runs",
    "/reviews",
    "/agents",
    "/dead-letters",
    "/what-if",
    "/replay",
    "/sources",
    "/audit",
)
OTHERS = {
    "one event": "/events/one?id=stripe:evt_{middle}",
    "a search by entity": "/events?entity=stripe:charge/ch_{middle}",
    "a search by time": "/events?source=stripe&until={then}",
    "a search by type": "/events?type=payment.refunded",
    "a search by outcome": "/events?outcome=failed",
    "a chain": "/audit/chain?identity=agent.fraud",
    "an agent": "/agents/one?name=fraud",
}


@dataclass(frozen=True)
class Took:
    """Milliseconds of a page: on the clock, of the console's processor time, and of the emulator's."""

    wall: float
    ours: float
    emulator: float


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    with TemporaryDirectory() as place:
        state = Path(place)
        running = local_stack.up(lambda _: None, state, _free_port(), _free_port())
        try:
            begun = perf_counter()
            now = _fill(running)
            print(
                f"\nthe console over {EVENTS:,} events, {RECORDS:,} records, written in {perf_counter() - begun:.0f} s"
            )
            return figures(measure(running, now), painted(running))
        finally:
            local_stack.down(state)


def figures(took: Mapping[str, Took], paints: Mapping[str, float]) -> list[Check]:
    """Print the figures, and return the checks."""
    load = os.getloadavg()[0]
    print(f"medians of {ROUNDS} requests, in milliseconds; load {load:.1f} on {os.cpu_count()} processors\n")
    print(f"  {'':28}{'wall':>9}{'console':>9}{'emulator':>10}{'first paint':>13}")
    for what, one in took.items():
        paint = f"{paints[what]:13.0f}" if what in paints else ""
        print(f"  {what:28}{one.wall:9.0f}{one.ours:9.0f}{one.emulator:10.0f}{paint}")
    first = {what: one for what, one in took.items() if what in FIRST}
    checks = [
        Check("milliseconds of processor time of a first page, the slowest", max(map(_both, first.values())), PAINT),
        Check("milliseconds on the clock of a first page, the slowest", max(o.wall for o in first.values()), PAINT),
        Check("milliseconds of processor time of any page, the slowest", max(map(_both, took.values())), PAGE),
        Check("milliseconds on the clock of any page, the slowest", max(one.wall for one in took.values()), PAGE),
    ]
    if paints:
        checks.append(Check("milliseconds to the first paint in a browser, the slowest", max(paints.values()), PAINT))
    show(checks)
    return checks


def painted(running: LocalStack) -> dict[str, float]:
    """The milliseconds from a click to the first paint of each first page, in a real browser; {} without one."""
    sys.path.append(str(chromium.PACKAGES))
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found = None
    else:
        found = chromium.find()
    if not found:
        print("\nthere is no Chromium or no Playwright ('make test' gets both): the first paint is not measured")
        return {}
    listens = listening(0)
    session = Session("the token of the bench", listens.getsockname()[1])
    config = uvicorn.Config(build(lambda: running, session, time), log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listens]})
    thread.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(session.address)
            page.wait_for_url("**/now")
            root = f"http://127.0.0.1:{session.port}"
            took = {one: [_paint(page, root + one) for _ in range(ROUNDS)] for one in FIRST}
            browser.close()
        return {one: median(times) for one, times in took.items()}
    finally:
        server.should_exit = True
        thread.join()


def _paint(page: Any, address: str) -> float:
    page.goto(address, wait_until="load")
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    took = float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    # What a page asks for after its paint would otherwise be read while the next one is measured.
    page.wait_for_function("() => !document.querySelector('.loading')")
    return took


def measure(running: LocalStack, now: float) -> dict[str, Took]:
    """How long each page takes."""
    session = Session("the token of the bench", 4568)
    client = TestClient(build(lambda: running, session, time), base_url="http://127.0.0.1:4568")
    client.cookies.set(session.cookie, session.secret)
    names = {"middle": EVENTS // 2, "then": rfc3339(now - EVENTS // 2 * SECONDS_APART)}
    pages = {**{page: page for page in FIRST}, **{what: page.format(**names) for what, page in OTHERS.items()}}
    return {what: _timed(partial(_got, client, page), running.emulator.pid) for what, page in pages.items()}


def _timed(ask: Callable[[], None], emulator: int) -> Took:
    ask()  # what is read once for a process
    rounds = []
    for _ in range(ROUNDS):
        wall, ours, theirs = perf_counter(), process_time(), _cpu(emulator)
        ask()
        rounds.append((perf_counter() - wall, process_time() - ours, _cpu(emulator) - theirs))
    return Took(*(1000 * median(column) for column in zip(*rounds, strict=True)))


def _got(client: TestClient, page: str) -> None:
    answer = client.get(page)
    if answer.status_code != 200:
        raise AssertionError(f"{page}: {answer.status_code} {answer.text[-400:]}")


def _both(one: Took) -> float:
    return one.ours + one.emulator


def _cpu(pid: int) -> float:
    """The seconds of processor time that a process has used, in steps of ten milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _fill(running: LocalStack) -> float:
    """Write the trail of EVENTS payments, and OF_OTHERS records of each other identity.

    Returns when the last one came, in unix seconds.
    """
    now = time()
    dynamodb = running.client("dynamodb")
    writers = {
        "webhook.stripe": ("published", "verified"),
        "connector.stripe": ("read", "permit"),
        "agent.fraud": ("decided", ""),
    }
    project = known.find().project
    names: dict[str, Iterable[str]] = {
        "webhook": project.sources,
        "connector": project.connectors,
        "agent": project.agents,
    }
    with ThreadPoolExecutor(len(writers)) as pool:
        writing = [pool.submit(_write, dynamodb, name, *what, now, EVENTS) for name, what in writers.items()]
        for (kind, found), what in zip(names.items(), writers.values(), strict=True):
            others = sorted({f"{kind}.{name}" for name in found} - writers.keys())
            writing += [
                pool.submit(_write, dynamodb, name, *what, now, OF_OTHERS, name.partition(".")[2]) for name in others
            ]
        for one in writing:
            one.result()
    return now


def _write(
    dynamodb: Any, identity: str, kind: str, decision: str, now: float, events: int, source: str = "stripe"
) -> None:
    """Write a chain as the recorder does, but many segments in one request; the events are of `source`."""
    dynamodb.put_item(TableName=naming.CHAINS_TABLE, Item={"chain": {"S": identity}})
    head, items = Head(), {naming.AUDIT_TABLE: list[Any](), naming.TREES_TABLE: list[Any]()}
    for start in range(EVENTS - events, EVENTS, SEGMENT):
        records = [
            _record(f"{source}:evt_{number}", number, now, kind, decision) for number in range(start, start + SEGMENT)
        ]
        end, linked = link(head, records)
        items[naming.AUDIT_TABLE].append(segment_item(identity, head, linked, end))
        row = {"S": f"{identity}#{head.seq + 1}"}
        items[naming.TREES_TABLE] += [{"correlation": {"S": one["correlation"]}, "segment": row} for one in records]
        head = end
    for table, rows in items.items():
        for start in range(0, len(rows), BATCH):
            puts = [{"PutRequest": {"Item": row}} for row in rows[start : start + BATCH]]
            dynamodb.batch_write_item(RequestItems={table: puts})


def _record(event: str, number: int, now: float, kind: str, decision: str) -> dict[str, Any]:
    return {
        "id": f"{kind}/{number}",
        "at": rfc3339(now - (EVENTS - number) * SECONDS_APART),
        "identity": "",
        "kind": kind,
        "event": event,
        "causation": "",
        "correlation": event,
        "claimed": "",
        "action": "payment.succeeded",
        "resource": f"stripe:charge/ch_{number}",
        "decision": decision,
        "reason": "",
        "policies": [],
        "digests": {"arguments": f"{number:064x}"},
        "usage": {},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
