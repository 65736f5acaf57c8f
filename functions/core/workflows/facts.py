"""Facts: what members learnt. A fact that says the same as an earlier one is not new."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.core.workflows.similarity import Sketch, same, sketch

MOST_KEPT = 40


@dataclass(frozen=True)
class Fact:
    """What `member` learnt, at the pattern's count of what went before."""

    text: str
    member: str
    at: int
    sketch: Sketch


def learnt(known: tuple[Fact, ...], member: str, at: int, texts: Sequence[str]) -> tuple[Fact, ...]:
    """The facts with those of `texts` that are new, as long as there is room: what is not kept is not new either."""
    facts = known
    for text in texts:
        now = sketch(text)
        if len(facts) < MOST_KEPT and is_new(facts, now):
            facts = (*facts, Fact(text, member, at, now))
    return facts


def is_new(known: Sequence[Fact], now: Sketch) -> bool:
    """Whether no fact says the same."""
    return not any(same(one.sketch, now) for one in known)
