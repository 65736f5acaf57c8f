"""Events about the same entities, all at the same moment and in any order, while the account is disturbed.

A later event supersedes the run before, or joins it, and one type of event ends it.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from functions.core.events.event import Event
from functions.core.workflows.runs import run_id
from functions.core.workflows.state import RunState
from hookline.testing.workflows.disturbed import (
    STARTS,
    Chance,
    limited,
    manifests_of,
    planted_of,
    simulated,
    start_of,
    state_of,
    wrong,
)

ENDS = "payment.refunded"
# Of each entity: in which second each event happened, and what it is.
STORIES: Sequence[Sequence[str]] = ((STARTS, STARTS, ENDS, STARTS), (STARTS, STARTS, STARTS), (STARTS, STARTS, ENDS))

States = Mapping[str, RunState[Any] | None]  # by the id of the event


@dataclass(frozen=True)
class Repeated:
    """How many runs ended in each state, how many events joined one or started none, and what is wrong."""

    ends: Mapping[str, int]
    joined: int
    overtaken: int
    wrong: Sequence[str]
    disturbances: Sequence[int]


def repeated(pattern: str, same_entity: Literal["supersede", "join"], entities: int, seed: int = 1) -> Repeated:
    """Tell each story of so many entities, of the runs of one manager."""
    planted = planted_of(pattern)
    declared = replace(
        limited(planted.declared), same_entity=same_entity, ends=[ENDS], compensates=planted.declared.members[:1]
    )
    planted = replace(planted, declared=declared)
    told = [_story(number, story) for number in range(entities) for story in STORIES]
    events = [event for story in told for event in story]
    random.Random(seed).shuffle(events)  # noqa: S311 - the same in each run
    chance = Chance(seed)
    account, _, _ = simulated(manifests_of(planted), planted, events, chance, f"{pattern}-{same_entity}")
    states = {event.id: state_of(account, declared, event) for event in events}
    runs = {run_id(id): state for id, state in states.items() if state}
    lost = [what for story in told for what in _lost(story, states, same_entity)]
    news: list[int] = [len(state.news) for state in runs.values()]
    joined = sum(news)
    return Repeated(
        Counter(state.end for state in runs.values() if state),
        joined,
        len([one for one in events if one.type == STARTS]) - len(runs) - joined,
        [*wrong(account, runs), *lost],
        (chance.copies, chance.lost, chance.faults),
    )


def _story(number: int, types: Sequence[str]) -> list[Event]:
    entity = f"stripe:charge/ch_{number}_{len(types)}_{types.count(ENDS)}"
    return [start_of(hash_of(number, types, second), [entity], type, second) for second, type in enumerate(types)]


def hash_of(number: int, types: Sequence[str], second: int) -> int:
    """A number of its own for each event."""
    return number * 100 + STORIES.index(types) * 10 + second


def _lost(story: Sequence[Event], states: States, same_entity: str) -> Iterator[str]:
    """What must not be: an event that is in no run or in two, or the latest one's run superseded by an earlier."""
    closes = [second for second, event in enumerate(story) if event.type == ENDS]
    for second, event in enumerate(story):
        if event.type == ENDS:
            continue
        of = [id for id, state in states.items() if state and event.id in {one.event for one in state.news}]
        times = len(of) + (states[event.id] is not None)
        may_start_nothing = second < max(closes, default=-1) or (same_entity == "supersede" and event != story[-1])
        if times > 1 or (not times and not may_start_nothing):
            yield f"{event.id} is in {times} runs"
    last = states[story[-1].id]
    if last and last.end == "superseded":
        yield f"the run of {story[-1].id} is superseded, and no later event came"
