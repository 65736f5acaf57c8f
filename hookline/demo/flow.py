"""What a flow of the demo declares. A flow is one file, `hookline/demo/flows/<name>.py`, with a constant `FLOW`.

The engine knows no flow: what it sends, decides, breaks, checks and counts are values of the types below. docs/demo.md
says how a flow is written.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Literal

from functions.core.ingress.reading import FORM
from hookline.testing import fixtures

Kind = Literal["signed", "duplicate", "forged", "stale", "unsigned"]
Record = Mapping[str, Any]  # an audit record, see functions/core/audit/records.py
JSON = {"content-type": "application/json"}
PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class SandboxCall:
    """A call of a provider's sandbox's control interface: `method` /_sandbox/<provider>/<path> with a JSON `body`."""

    provider: str
    path: str
    body: Any = None
    method: str = "POST"


@dataclass(frozen=True)
class Delivery:
    """One delivery of `source`: its description in one line, its body as the provider sends it, and its kind.

    A `duplicate` is sent as it is, `forged` is signed with another secret, `stale` ten minutes ago, `unsigned` not at
    all. `prepare` is what the sandboxes get before a signed delivery, for example the object that it is about, and
    before any that a sandbox makes.

    A delivery that a sandbox itself makes has no `body`: `made` is the call that leads to it, which is answered with
    {"deliveries": [{"headers", "payload"}]}. Deliveries with the same `made` are one; a call that an earlier `prepare`
    has made is not made again.
    """

    story: str
    source: str
    body: str = ""
    kind: Kind = "signed"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    prepare: Sequence[SandboxCall] = ()
    made: SandboxCall | None = None

    def again(self, story: str) -> "Delivery":
        """The same delivery, sent again."""
        return replace(self, story=story, kind="duplicate", prepare=())


@dataclass(frozen=True)
class Decision:
    """A person decides on the open review that `of` led to, through the review service, as the operator does."""

    story: str
    of: Delivery
    do: Literal["approve", "deny"] = "approve"
    note: str = "decided in the demo"


@dataclass(frozen=True)
class Fault:
    """A fault in a provider's sandbox, until its act ends: `settings` are fields of hookline.local.faults.Fault.

    For example {"fault": "status", "status": 503, "times": 2, "match": {"method": "POST", "path": "/v1/…"}}.
    """

    story: str
    provider: str
    settings: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """The body of the control request that arms it."""
        return json.dumps({"provider": self.provider, **self.settings}).encode()


@dataclass(frozen=True)
class Check:
    """What must hold now. A check that fails is shown, counted, and makes the exit code 1."""

    story: str
    holds: "Callable[[Evidence], bool]"


Step = Delivery | Decision | Fault | Check


@dataclass(frozen=True)
class Act:
    """A part of a flow: its title, one line that says what to `look` at and why, and its steps in their order.

    Each delivery and decision is followed until all that it led to is handled. With `at_once`, deliveries that follow
    each other are sent together, and then followed; those that a sandbox makes are made and sent in their order, the
    next one while the one before is being handled. `patience` is how many seconds a delivery may take until it counts
    as lost.
    """

    title: str
    look: str
    steps: Sequence[Step]
    at_once: bool = False
    patience: float = PATIENCE


class Run:
    """One run of a flow: its `id`, 12 hex digits, and the time `now` in unix seconds."""

    def __init__(self, id: str, now: float) -> None:
        self.id, self.now = id, now
        self._numbers = count()

    def own(self) -> str:
        """A new part for ids, 16 hex digits: several runs on one stack have different ids, and all begin with `id`."""
        return f"{self.id}{next(self._numbers):04x}"

    def fixture(
        self, source: str, name: str, story: str, changes: Mapping[str, Any] | None = None, kind: Kind = "signed"
    ) -> Delivery:
        """The delivery of a source's fixture with new ids, and with `changes` to its JSON by their dotted paths.

        For example {"pull_request.title": "Retry the export", "commits.0.id": "…"}. Raises OperatorError for an unknown
        fixture, and ValueError for a path that the fixture does not have.
        """
        loaded, own = fixtures.load(source, name), self.own()
        body = loaded.body.replace(fixtures.PLACEHOLDER, own)
        if changes:
            if loaded.headers["content-type"] == FORM:
                raise ValueError(f"fixture {name} is a form: changes are for JSON")
            made = json.loads(body)
            for path, value in changes.items():
                _change(made, path, value)
            body = json.dumps(made)
        headers = {key: value.replace(fixtures.PLACEHOLDER, own) for key, value in loaded.headers.items()}
        return Delivery(story, source, body, kind, headers)


@dataclass(frozen=True)
class Evidence:
    """What the stack holds of a run, read from it and never assumed.

    `trees` are the records of each accepted event's causal tree, announcements of its reviews included, in order of
    time and by the event's id. `sandbox` returns the state of a provider's sandbox, `runs` the runs of workflows that
    the run's events started, as `hookline runs show --json` shows each.
    """

    run: Run
    trees: Mapping[str, Sequence[Record]]
    sandbox: Callable[[str], Any]
    runs: Callable[[], Sequence[Mapping[str, Any]]] = lambda: ()

    @property
    def records(self) -> Sequence[Record]:
        """The records of all trees."""
        return [record for tree in self.trees.values() for record in tree]


@dataclass(frozen=True)
class Table:
    """A table that is shown at the end: its title, its columns, and its rows with a cell for each column."""

    title: str
    columns: Sequence[str]
    rows: "Callable[[Evidence], Iterable[Sequence[object]]]"


@dataclass(frozen=True)
class Flow:
    """A flow: its description in one line, the agents that it needs, and its acts.

    - `outcomes` are the words for what became of a delivery, by the action of an agent's decision ("payment.approved",
      "stripe:review.approve"); the first entry that is on record counts.
    - `figures` are figures of its own at the end, by their names. Each is counted from the evidence.
    - `tables` are tables of its own at the end. Each row is made of the evidence.
    - `effects` are the effects that the providers' sandboxes list of this run; one that is there twice is a duplicate.
    - `load` returns some deliveries for a load, with new ids each time; without it, those of the acts are sent.
      `within_ms` is the bar for the 95th percentile of the time from a delivery to its last effect (bench/flows.py).
    """

    summary: str
    agents: Sequence[str]
    acts: Callable[[Run], Sequence[Act]]
    outcomes: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Callable[[Evidence], int]] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    effects: Callable[[Evidence], Iterable[Hashable]] = lambda evidence: ()
    load: Callable[[Run], Sequence[Delivery]] | None = None
    within_ms: int | None = None


def _change(made: Any, path: str, value: Any) -> None:
    """Set what is at the dotted `path` of a JSON value. Raises ValueError if nothing is there to set it in."""
    *way, last = path.split(".")
    try:
        for part in way:
            made = made[int(part)] if isinstance(made, list) else made[part]
        if isinstance(made, list):
            made[int(last)] = value
        elif isinstance(made, dict):
            made[last] = value
        else:
            raise TypeError
    except (KeyError, IndexError, TypeError, ValueError):
        raise ValueError(f"the fixture has no {path!r}") from None
