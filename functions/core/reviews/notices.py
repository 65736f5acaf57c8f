"""Tells people that a review waits for them.

Mail is read by many, forwarded, and kept: so a notice says what is to be decided, until when and how, and holds
neither the evidence nor the agent's reasons. Those are text from outside, and may be about customers; whoever decides
sees them where they decide.
"""

import json
import re
from typing import Any

from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Review

# Readers of mail make links of these: `://`, and a dot before a letter, as in www.example.com.
_LINKS = re.compile(r"(?<=:)(?=//)|(?<=\w[.\u3002\uff0e\uff61])(?=[^\W\d])")
AWS = " --aws"
LONGEST_QUESTION = 300
LONGEST_ACTION = 2000


class Notices:
    """Publishes notices on an SNS topic; `where` is as `notice` takes it."""

    def __init__(self, sns: Any, topic: str, where: str = AWS) -> None:
        self._sns = sns
        self._topic = topic
        self._where = where

    def send(self, review: Review, link: str) -> None:
        """Send the notice of a review; `link` leads to its page, "" where there is none to send."""
        self._sns.publish(
            TopicArn=self._topic,
            Subject=f"Hookline: review {review.id} waits",
            Message=notice(review, link, self._where),
        )


def notice(review: Review, link: str, where: str = AWS) -> str:
    """The text of a notice; `where` says on the command line which stack it is. Pure."""
    otherwise = {"deny": "it is not done", "approve": "it is done without you"}[review.default]
    question = _line(review.asked["question"])[:LONGEST_QUESTION]
    lines = [
        f"Agent {review.asked['agent']} asks: {question}",
        "",
        f"Action:   {_action(review)}",
        f"Needs:    {review.needed} {'person' if review.needed == 1 else 'people'}",
        f"Until:    {rfc3339(review.expires)}; then {otherwise}",
        "",
        f"Look:     hookline reviews show {review.id}{where}",
        f"Decide:   hookline reviews approve {review.id}{where}",
        f"          hookline reviews deny {review.id}{where}",
        *(["", f"Or, once, with this link, by which anybody can decide who has it: {link}"] if link else []),
    ]
    return "\n".join(lines)


def _action(review: Review) -> str:
    if review.proposal is None:
        return "none: you do yourself what is to be done"
    action = review.proposal.action
    text = f"{action.connector} {action.operation} {_line(json.dumps(action.arguments))}"
    return text if len(text) <= LONGEST_ACTION else f"{text[:LONGEST_ACTION]}… (cut: look at the whole before deciding)"


def _line(text: str) -> str:
    """Text from outside on one line, no link in it, and nothing that turns it around: it must not pass for ours."""
    line = _LINKS.sub(" ", " ".join(text.split()))
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
