"""Dead letters: why they are dead, what they hold, and their redrive."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from hookline.console.page import Asked, Done, Page
from hookline.operator import dead_letters
from hookline.operator.dead_letter import shown
from hookline.operator.errors import OperatorError

page = Page("Dead letters", order=60)

MOST = 200  # letters of the list
OF_A_QUEUE = 50  # messages that are received from one queue to show them


@page.view("dead_letters.html", command="dead-letters", tool="list_dead_letters")
def listed(asked: Asked) -> Mapping[str, Any]:
    """The dead letters and quarantined bodies. SQS shows a message by receiving it, so this page is not live."""
    found = islice(dead_letters.letters(asked.account, OF_A_QUEUE), MOST)
    return {"letters": [asdict(letter) for letter in found], "most": MOST, "of_a_queue": OF_A_QUEUE}


@page.view("dead_letter.html", "one", command="dead-letters show ID", tool="show_dead_letter")
def one(asked: Asked) -> Mapping[str, Any]:
    """One letter with its content."""
    letter = dead_letters.find(asked.account, asked.needs("id"))
    return {"letter": letter, "message": shown(letter.text)}


@page.act("redrive", command="dead-letters redrive ID", tool="redrive_dead_letter")
def redrive(asked: Asked) -> Done:
    """Redrive one."""
    return _redriven(asked, asked.needs("id"))


@page.act("redrive-all", command="dead-letters redrive --all", tool="redrive_all_dead_letters")
def redrive_all(asked: Asked) -> Done:
    """Redrive all."""
    return _redriven(asked, None)


@page.act("discard", command="dead-letters discard PLACE --id ID", tool="discard_dead_letter")
def discard(asked: Asked) -> Done:
    """Delete one."""
    letter, why = dead_letters.find(asked.account, asked.needs("id")), asked.needs("note")
    if left := dict(dead_letters.discard(asked.account, [letter], why)):
        raise OperatorError("not discarded: " + "; ".join(f"{id}: {reason}" for id, reason in left.items()))
    return Done(f"{letter.id} is discarded", "/dead-letters")


def _redriven(asked: Asked, id: str | None) -> Done:
    outcomes = [f"{one}: {outcome}" for one, outcome in dead_letters.redrive(asked.account, id)]
    if not outcomes:
        raise OperatorError("nothing is waiting")
    return Done("; ".join(outcomes), "/dead-letters")
