"""The keeper: what it does is in `act`, which a test sets."""

from collections.abc import Sequence
from typing import Any

from functions.api.agent import Done, Event, Outcome

HELD = {"charge": "ch_1", "score": 0.5, "reasons": ["nobody disputed it"]}


def act(event: Event, tools: Any) -> Outcome | Sequence[Outcome]:
    """What it does; a test sets another."""
    return Done("nothing")


def run(event: Event, tools: Any) -> Outcome | Sequence[Outcome]:
    """Do what the test says."""
    return act(event, tools)
