"""Explores every state that a run can reach, however its messages are lost, repeated, late or out of order.

Whatever a run has asked for may be answered at any time, in every way of a small alphabet, any number of times, or
never; each deadline may come at any time. So the messages that can come in a state follow from the tasks that it has
ever given, and the graph of states is the whole behaviour. Every state is read from its JSON before it is stepped.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from functions.core.workflows.messages import Message
from hookline.testing.workflows.watch import Case, State, Violation, Watch, rank


@dataclass
class Explored:
    """What was found: how many states and messages, the ends, and the most of what is bounded."""

    states: int = 0
    messages: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    tasks: int = 0
    steps: int = 0
    bytes: int = 0


def explore(case: Case, whole: bool = False) -> Explored:
    """Explore every state of a case. Raises Violation with the messages that lead there.

    A run that is over gets one message, another one in each such state; with `whole`, it gets all of them in each.
    """
    return _Exploration(case, whole).all()


class _Exploration:
    def __init__(self, case: Case, whole: bool) -> None:
        self.watch = Watch(case)
        self.whole = whole
        self.found = Explored()
        self.came_from: dict[bytes, tuple[bytes, Message] | None] = {}
        # By how far a state is; each message that changes a state leads further, so one pass sees the longest way.
        self.waiting: dict[int, dict[bytes, tuple[bytes, int]]] = {}

    def all(self) -> Explored:
        new = self.watch.new()
        self._reached((new, self.watch.machine.write(new)), 0, None)
        while self.waiting:
            for key, (stored, steps) in self.waiting.pop(min(self.waiting)).items():
                self._all_messages(key, self.watch.machine.read(stored), steps)
        return self.found

    def _all_messages(self, key: bytes, state: State, steps: int) -> None:
        self.found.states += 1
        messages = list(self.watch.messages(state))
        if state.end:
            number = self.found.ends.total()
            self.found.ends[state.end] += 1
            messages = messages if self.whole else [messages[number % len(messages)]]
        for message, may_matter in messages:
            self.found.messages += 1
            try:
                after = self.watch.step(state, message, may_matter)
                if after and steps >= self.watch.bound.steps:
                    raise Violation(f"more than {self.watch.bound.steps} steps")
            except Violation as violation:
                way = "\n  ".join(map(str, self._way(key, message)))
                raise Violation(f"{self.watch.case.name}: {violation}\n  {way}") from None
            if after:
                self._reached(after, steps + 1, (key, message))

    def _reached(self, after: tuple[State, bytes], steps: int, came: tuple[bytes, Message] | None) -> None:
        state, stored = after
        key = hashlib.blake2b(stored, digest_size=16).digest()
        self.came_from.setdefault(key, came)
        level = self.waiting.setdefault(rank(state), {})
        level[key] = (stored, max(level.get(key, (stored, 0))[1], steps))
        found = self.found
        found.bytes, found.steps = max(found.bytes, len(stored)), max(found.steps, steps)
        found.tasks = max(found.tasks, len(state.tasks))

    def _way(self, key: bytes, message: Message) -> Iterator[Message]:
        way = [message]
        while came := self.came_from[key]:
            key, earlier = came
            way.append(earlier)
        return reversed(way)
