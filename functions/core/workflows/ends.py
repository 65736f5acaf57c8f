"""The end states of a run. Every run ends in one of them."""

from typing import Literal, get_args

EndState = Literal[
    "completed",  # the work is done: the last stage passed its gate, an agent finished, or the plan is fulfilled
    "agreed",  # enough members approve one proposal
    "merged",  # the join was met, and each field has one value by its policy
    "best_so_far",  # a limit was reached, and the best that exists is the result
    "handed_to_person",  # a person goes on, with everything that is known
    "stalled",  # no progress, and no replan is left
    "expired",  # the run's deadline
    "cancelled",  # by an operator
    "superseded",  # a newer event made the run pointless
]
END_STATES: tuple[EndState, ...] = get_args(EndState)
