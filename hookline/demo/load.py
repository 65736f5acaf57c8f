"""Plays a flow as a load: some of its deliveries one by one, then many at once with copies and failing providers.

`python -m hookline.demo.load [flow …]` plays flows, or all of them, on a stack of its own, and prints a line of JSON
for each. `make bench ARGS=flows` shows the figures.
"""

import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hookline.cli.output import echo, echo_json
from hookline.demo import found
from hookline.demo.flow import Delivery, Evidence, Flow, Run
from hookline.demo.results import count
from hookline.demo.run import sources_of
from hookline.demo.watch import Sent, Watch
from hookline.local import stack
from hookline.local.stack import LocalStack
from hookline.validation.discovery import discover
from infra.deployable import with_flows

WARMING, ALONE, MANY = 3, 20, 100  # deliveries
OK = 200
COPIES = 10  # every tenth delivery is sent twice
FAILING = 0.05  # of the deliveries: so many requests to each provider fail
# At once: the emulator starts a process for each of them, where Lambda has a machine for each.
CONNECTIONS = 20
PATIENCE = 180.0  # seconds until a delivery counts as lost
RESENT_AFTER = 1.0  # seconds, until a delivery is sent again that the verifier could not take


@dataclass(frozen=True)
class Figures:
    """What a load led to; `alone` and `many` are the milliseconds from a delivery's first try to its last effect.

    An effect is one at a provider: a claim in our own ledger is none.

    `many` deliveries were sent over CONNECTIONS at once, with copies, while `failing` requests were answered with 500.
    `within_ms` is the flow's bar for the 95th percentile of `alone`, None if it has none.
    """

    flow: str
    within_ms: int | None
    alone: Sequence[float]
    many: Sequence[float]
    failing: int
    sent: int
    duplicates: int
    handled: int
    lost: int
    duplicate_effects: int


def _nothing() -> None:
    """Do nothing."""


def play(running: LocalStack, name: str) -> Figures:
    """Play the load of the flow `name` on a running stack that has its agents."""
    flow, own = found.load(name), Run(secrets.token_hex(6), time.time())
    made = deliveries(flow, own)
    few = [next(made) for _ in range(WARMING + ALONE)]
    first = [next(made) for _ in range(CONNECTIONS)]
    many = [next(made) for _ in range(MANY)]
    copies = [one.again("the same delivery, sent again") for one in many[::COPIES]]
    watch = Watch.start(running, flow.agents, sources_of(found.trial(flow)))
    alone = [_played(watch, [one]) for one in few]
    started = _played(watch, first)  # the processes that the emulator starts for so many at once
    faults = _Faults(running, flow)
    try:
        burst = _played(watch, [*many, *copies], faults.plant)
    finally:
        running.sandboxes.control("DELETE", "/_sandbox/faults")
    summary = _summary(flow, own, watch, [sent for group in (*alone, started, burst) for sent in group])
    return Figures(
        name,
        flow.within_ms,
        list(_latencies(watch, [sent for group in alone[WARMING:] for sent in group])),
        list(_latencies(watch, burst)),
        faults.planted,
        *(summary[figure] for figure in ("sent", "duplicates", "handled", "lost", "duplicate_effects")),
    )


def deliveries(flow: Flow, run: Run) -> Iterator[Delivery]:
    """The deliveries of a flow's load, or the signed ones of its acts, again and again with ids of their own."""
    while True:
        if flow.load:
            yield from flow.load(run)
        else:
            steps = [step for act in flow.acts(run) for step in act.steps]
            yield from (step for step in steps if isinstance(step, Delivery) and step.kind == "signed")


def _played(watch: Watch, together: Sequence[Delivery], before: Callable[[], None] = _nothing) -> list[Sent]:
    for one in together:
        if one.kind == "signed":
            watch.prepare(one.prepare)
    sent = [watch.identify(one, PATIENCE) if one.accepted else one for one in _accepted(watch, together, before)]
    watch.follow([event for one in sent if one.accepted for event in one.events], PATIENCE)
    return sent


def _accepted(watch: Watch, together: Sequence[Delivery], before: Callable[[], None] = _nothing) -> list[Sent]:
    """Send deliveries together, and each one again as its provider does until the verifier has taken it.

    `before` is called before each group of CONNECTIONS.
    """
    sent = _post(watch, together, before)
    until = time.monotonic() + PATIENCE
    while failed := [place for place, one in enumerate(sent) if one.posted.status != OK]:
        if time.monotonic() > until:
            break
        _say(f"{len(failed)} deliveries are sent again")
        time.sleep(RESENT_AFTER)
        for place, again in zip(failed, _post(watch, [together[place] for place in failed]), strict=True):
            sent[place] = replace(again, posted=replace(again.posted, sent=sent[place].posted.sent))
    return sent


def _post(watch: Watch, together: Sequence[Delivery], before: Callable[[], None] = _nothing) -> list[Sent]:
    sent: list[Sent] = []
    for start in range(0, len(together), CONNECTIONS):
        before()
        sent += watch.post(together[start : start + CONNECTIONS])
    return sent


class _Faults:
    """Lets the providers of a flow's agents answer some requests with 500, spread over the load."""

    def __init__(self, running: LocalStack, flow: Flow) -> None:
        agents = discover().agents
        used = {connector for name in flow.agents for connector in agents[name].connectors}
        self._running, self._providers = running, sorted(used & set(running.sandboxes.urls))
        self.planted = 0

    def plant(self) -> None:
        """One more request to each provider fails."""
        self.planted += 1
        for provider in self._providers:
            fault = {"provider": provider, "fault": "status", "status": 500, "times": round(CONNECTIONS * FAILING)}
            self._running.sandboxes.control("POST", "/_sandbox/faults", fault)


def _summary(flow: Flow, own: Run, watch: Watch, sent: Sequence[Sent]) -> dict[str, int]:
    watch.reread(PATIENCE)
    received = [
        record
        for source, before in watch.before.items()
        for record in watch.trail.of_identity(f"webhook.{source}", before)
    ]

    def state(provider: str) -> object:
        return watch.running.sandboxes.control("GET", f"/_sandbox/{provider}/state")

    return count(flow, sent, received, Evidence(own, watch.trees, state), watch.subscribers, 0)


def _latencies(watch: Watch, sent: Sequence[Sent]) -> Iterator[float]:
    """The milliseconds from each delivery to the last effect at a provider that it led to, if it led to one."""
    providers = {f"connector.{name}" for name in watch.running.sandboxes.urls}
    for one in sent:
        records = [record for event in one.events for record in watch.trees.get(event, ())] if one.accepted else []
        effects = (one for one in records if one["kind"] == "effected" and one["identity"] in providers)
        effected = [record["at"] for record in effects]
        if effected:
            yield round((datetime.fromisoformat(max(effected)).timestamp() - one.posted.sent) * 1000, 1)


@contextmanager
def _own_stack(flows: Sequence[str]) -> Iterator[LocalStack]:
    with TemporaryDirectory() as place:
        sources = [source for name in flows for source in sources_of(found.trial(found.load(name)))]
        deployed = {source.name for source in with_flows(discover(), flows).deployed_sources()}
        also = [source for source in dict.fromkeys(sources) if source not in deployed]
        try:
            yield stack.up(_say, Path(place), _free_port(), _free_port(), also=also, flows=flows)
        finally:
            stack.down(Path(place))


def _say(step: str) -> None:
    echo(step, err=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main(names: Sequence[str]) -> None:
    """Play the flows on a stack of their own, and print the figures of each."""
    with _own_stack(names) as running:
        for name in names:
            _say(f"playing {name}")
            echo_json(asdict(play(running, name)))


if __name__ == "__main__":
    main(sys.argv[1:] or found.names())
