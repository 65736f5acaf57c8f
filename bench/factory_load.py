"""Reviews pull requests on a local stack of its own: some of 30 files one by one, then a hundred at once.

`python -m bench.factory_load` needs the project's own packages, and prints a line of JSON.
`make bench ARGS=factory` shows it.
"""

import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hookline.demo.flow import Delivery, Evidence, Record, Run
from hookline.demo.flows.code_review import FLOW, MEMBERS, Repository
from hookline.demo.posted import Hub
from hookline.demo.pulls import PullRequest, push
from hookline.demo.results import _twice
from hookline.demo.watch import Sent, Watch
from hookline.local import stack

ROUNDS, FILES, AT_ONCE = 5, 30, int(os.environ.get("PULLS", "100"))
PATIENCE = 900.0  # seconds until a delivery counts as lost
OK, AGAIN_AFTER = 200, 1.0  # the verifier's answer to what it has taken; seconds
FAULTY = "def part{0}(value):\n!undefined-name|    return vlaue + {0}\n"
TEST = "def test_{0}():\n    assert {1} > -1\n"
GOOD = "def part{0}(value):\n    return value + {0}\n"


def main() -> None:
    """Measure, and print a line of JSON."""
    with TemporaryDirectory() as place:
        try:
            running = stack.up(_say, Path(place), _free_port(), _free_port(), flows=["code-review"])
            own = Run(secrets.token_hex(6), time.time())
            watch = Watch.start(running, FLOW.agents, ["github"])
            repository = Repository(own.own())
            watch.prepare([repository.base])
            print(json.dumps({"alone": list(_alone(watch, repository)), **_at_once(watch, repository, own)}))
        finally:
            stack.down(Path(place))


def _alone(watch: Watch, repository: Repository) -> Iterator[dict[str, float]]:
    """The seconds of reviews of a pull request of FILES files, one by one; the first one warms up and is left out."""
    files = range(FILES // 2)
    code = {f"src/part{file}.py": GOOD.format(file) for file in files}
    tests = {f"tests/test_part{file}.py": TEST.format(file, file) for file in files}
    # Each of the files is there before, so its contents are read too.
    watch.prepare([replace(repository.base, body={**repository.base.body, "files": push({**code, **tests}).files})])
    for number in range(ROUNDS + 1):
        texts = {f"src/part{file}.py": (GOOD + "\n" if file % 5 else FAULTY).format(file) for file in files}
        texts |= {f"tests/test_part{file}.py": TEST.format(file, number + 100) for file in files}
        delivery = repository.opened(PullRequest(f"alone{number}", "Thirty files", push(texts)))
        watch.prepare(delivery.prepare)
        (sent,) = watch.post([delivery])
        watch.follow(sent.events, PATIENCE)
        if number:
            yield _times(watch.reread(PATIENCE)[sent.events[0]], sent.posted.sent)


def _times(records: Sequence[Record], sent: float) -> dict[str, float]:
    """Of one review: the seconds to its last effect, of its reviewers together, and of the slowest of them."""
    own: dict[str, list[float]] = {}
    for one in records:
        name = one["identity"].removeprefix("agent.")
        if name in MEMBERS and one["kind"] in ("received", "decided"):
            own.setdefault(name, []).append(_seconds(one))
    took = {name: max(times) - min(times) for name, times in own.items()}
    together = max(map(max, own.values())) - min(map(min, own.values()))
    last = max(_seconds(one) for one in records if one["kind"] == "effected")
    return {"whole": last - sent, "together": together, "slowest": max(took.values()), "reviewers": len(took)}


def _at_once(watch: Watch, repository: Repository, own: Run) -> Mapping[str, Any]:
    """How AT_ONCE pull requests end that are opened at once; every fourth one is clean."""
    pulls = [
        PullRequest(
            f"many{number}",
            f"Part {number}",
            push({f"src/m{number}.py": (FAULTY if number % 4 else GOOD).format(number)}),
        )
        for number in range(AT_ONCE)
    ]
    deliveries: list[Delivery] = []
    for pull in pulls:
        deliveries.append(repository.opened(pull))
        watch.prepare(deliveries[-1].prepare)
    began = time.time()
    sent = _accepted(watch, deliveries)
    watch.follow([event for one in sent if one.accepted for event in one.events], PATIENCE)
    trees = watch.reread(PATIENCE)
    hub = Hub.of(
        Evidence(own, trees, lambda provider: watch.running.sandboxes.control("GET", f"/_sandbox/{provider}/state"))
    )
    done = [
        one for one in pulls if hub.is_reviewed_once(one.name, one.push.planted) and hub.names(one, one.push.planted)
    ]
    last = [
        max((_seconds(one) for one in trees.get(event, ()) if one["kind"] == "effected"), default=0)
        for event in (one.events[0] for one in sent)
    ]
    return {
        "at_once": len(pulls),
        "accepted": sum(one.accepted for one in sent),
        "reviewed_once": len(done),
        "reviews": sum(len(hub.on("reviews", one.name)) for one in pulls),
        "with_faults": sum(bool(one.push.planted) for one in pulls),
        "duplicate_effects": _twice(hub.effects()),
        "seconds": max(last) - began,
    }


def _accepted(watch: Watch, deliveries: Sequence[Delivery]) -> list[Sent]:
    """Send deliveries together, and each one again, as a redelivery, until the verifier has taken it."""
    sent, until = watch.post(deliveries), time.monotonic() + PATIENCE
    while (failed := [place for place, one in enumerate(sent) if one.posted.status != OK]) and time.monotonic() < until:
        _say(f"{len(failed)} deliveries are sent again")
        time.sleep(AGAIN_AFTER)
        for place, again in zip(failed, watch.post([deliveries[place] for place in failed]), strict=True):
            sent[place] = again
    return sent


def _seconds(record: Record) -> float:
    return datetime.fromisoformat(record["at"]).timestamp()


def _say(step: str) -> None:
    print(step, file=sys.stderr)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
