"""Notices, which tell people that a review waits for them.

Mail is read by many, forwarded and stored. So a notice says what to decide, until when and how, and holds neither the
evidence nor the agent's reasons: that text comes from outside and may be about customers. It is shown where people
decide.
"""

import json
import re
from typing import Any

from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Review

# Mail clients turn these into links: `://`, and a dot before a letter, as in www.example.com.
_LINKS = re.compile(r"(?<=:)(?=//)|(?<=\w[.\u3002\uff0e\uff61])(?=[^\W\d])")
AWS = " --aws"
LONGEST_QUESTION = 300
LONGEST_ACTION = 2000


class Notices:
    """Publishes notices on an SNS topic; `where` is the one of `notice`."""

    def __init__(self, sns: Any, topic: str, where: str = AWS) -> None:
        self._sns = sns
        self._topic = topic
        self._where = where

    def send(self, review: Review, link: str) -> None:
        """Send the notice of a review; `link` is the address of its page, "" for none."""
        self._sns.publish(
            TopicArn=self._topic,
            Subject=f"Hookline: review {review.id} waits",
            Message=notice(review, link, self._where),
        )


def notice(review: Review, link: str, where: str = AWS) -> str:
    """The text of a notice; `where` is the command-line option that selects the stack. Pure."""
    otherwise = {"deny": "it is not done", "approve": "it is done without you"}[review.default]
    question = _line(review.request["question"])[:LONGEST_QUESTION]
    lines = [
        f"Agent {review.request['agent']} asks: {question}",
        "",
        f"Action:   {_action(review)}",
        f"Needs:    {review.needed} {'person' if review.needed == 1 else 'people'}",
        f"Until:    {rfc3339(review.expires)}; then {otherwise}",
        "",
        f"Look:     hookline reviews show {review.id}{where}",
        f"Decide:   hookline reviews approve {review.id}{where}",
        f"          hookline reviews deny {review.id}{where}",
        *(["", f"Or, once, with this link, with which anybody who has it can decide: {link}"] if link else []),
    ]
    return "\n".join(lines)


def _action(review: Review) -> str:
    if review.proposal is None:
        return "none: you do yourself what needs doing"
    action = review.proposal.action
    text = f"{action.connector} {action.operation} {_line(json.dumps(action.arguments))}"
    return text if len(text) <= LONGEST_ACTION else f"{text[:LONGEST_ACTION]}… (cut: look at all of it before deciding)"


def _line(text: str) -> str:
    """Text from outside on one line, without links or control characters: it must not look like text of ours."""
    line = _LINKS.sub(" ", " ".join(text.split()))
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
